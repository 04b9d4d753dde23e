/** A policy set whose rules are resolved when somebody asks for them is the set that is resolved at once: what is wrong with it, as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFeatures } from "../../src/language/features/index.ts";
import {
  createResolveSession,
  type DeferredPolicySet,
  deferPolicySet,
  type PolicySet,
  resolvePolicySet,
} from "../../src/language/resolve/index.ts";
import { dose } from "../support/dose.ts";
import { memoryStore } from "../support/memory-files.ts";
import { mistakes } from "../support/mistakes.ts";
import { TextMaker } from "../support/policy-grammar.ts";
import { Random } from "../support/random.ts";

const SETS = dose(150, 5000);
const PARTS = ["a", "b", "c", "d", "e"];
const HEAD = "abi <abi/4.0>,\ninclude <tunables/global>\n";

/** What the text of a file has in the body of its first profile. */
function bodyOf(text: string): string {
  return text.slice(text.indexOf("{\n") + 2, Math.max(text.lastIndexOf("}"), 0));
}

/** With includes at the beginning of its first profile. */
function including(text: string, random: Random): string {
  const parts = PARTS.filter(() => random.chance(0.25)).map((name) => `  include <abstractions/${name}>\n`);
  return text.replace("{\n", () => `{\n${parts.join("")}`);
}

function randomTree(random: Random): Readonly<Record<string, string>> {
  const maker = new TextMaker(random.below(2 ** 31));
  const written = Object.values(mistakes);
  const own = (): string => {
    const roll = random.below(10);
    if (roll < 2) return random.pick(written);
    if (roll < 4) return maker.policy();
    return `${HEAD}${maker.oneRule().replace(/^@\{x\}.*\n@\{y\}.*\n\$b.*\n/, "")}`;
  };
  const names = Array.from({ length: 1 + random.below(8) }, (_, at) => `f${at}`);
  const files = names.map((name) => [
    `/p/${name}`,
    including(own(), random)
      .replace(/\bt \/bin\/t\b/, `${name} /bin/${name}`)
      .replace(/@\{d\}/g, random.pick(["@{exec_path}", "@{profile_name}", "@{x}"])),
  ]);
  const parts = PARTS.map((name) => {
    const lines = Array.from({ length: random.below(4) }, () => bodyOf(maker.oneRule()));
    return [`/p/abstractions/${name}`, `${lines.join("")}${random.chance(0.3) ? "  @{exec_path} mr,\n" : ""}`];
  });
  const defined = ["@{x}=a /b\n", "@{y}=/c/\n", "$b=true\n", "@{z}=@{none}\n"].filter(() => random.chance(0.9));
  return Object.fromEntries([
    ...files,
    ...parts,
    ["/p/abi/4.0", "caps {mask {chown kill\n}\n}\n"],
    ["/p/tunables/global", defined.join("")],
  ]);
}

function flawsOf({ files }: PolicySet): DeferredPolicySet["flaws"] {
  return files.flatMap(({ path, policy }) => {
    const flaw = policy.diagnostics.find(({ severity }) => severity === "error");
    return flaw === undefined ? [] : [{ path, flaw }];
  });
}

/** How many files have errors, and how many have them in their rules alone. */
function compare(texts: Readonly<Record<string, string>>): { readonly wrong: number; readonly inRules: number } {
  const options = { files: memoryStore(texts), search: ["/p"], kernelFeatures: parseFeatures("").tree };
  const whole = resolvePolicySet("/p", options);
  const deferred = deferPolicySet("/p", options);
  const told = JSON.stringify(texts);
  assert.deepEqual(deferred.flaws, flawsOf(whole), told);
  assert.deepEqual(deferred.diagnostics, whole.diagnostics, told);
  const profiles = whole.files.flatMap(({ policy }) => policy.value.profiles);
  assert.deepEqual(structuredClone(deferred.profiles), structuredClone(profiles), told);
  assert.deepEqual([...deferred.sources], [...whole.sources], told);
  assert.deepEqual(
    deferred.files.map(({ path, state, policy }) => [path, state, policy.value]),
    whole.files.map(({ path, state, policy }) => [path, state, policy.value]),
    told,
  );
  const headers = flawsOf({
    ...whole,
    files: resolvePolicySet("/p", { ...options, only: "headers" }).files,
  });
  return { wrong: deferred.flaws.length, inRules: deferred.flaws.length - headers.length };
}

test("a set whose rules wait is the set that is resolved at once, and its flaws are the same", () => {
  const random = new Random(20261202);
  let [wrong, inRules] = [0, 0];
  for (let round = 0; round < SETS; round += 1) {
    const found = compare(randomTree(random));
    wrong += found.wrong;
    inRules += found.inRules;
  }
  assert.ok(wrong > SETS && inRules > SETS / 3, `${wrong} files have errors, ${inRules} in their rules alone`);
});

test("what rules make of a variable counts for the headers behind them, although the rules wait", () => {
  const files = {
    "the name of the profile that asks first": `@{x}=/@{profile_name}\nprofile f /bin/f {\n @{x}/q r,\n}\nprofile g @{x}/g {\n}\n`,
    "a name that somebody else defines": `@{profile_name}=u\n@{x}=/@{profile_name}\nprofile f /bin/f {\n @{x}/q r,\n}\nprofile g @{x}/g {\n}\n`,
    "what it attaches to": `@{x}=/q@{exec_path}\nprofile f /bin/f {\n @{x} r,\n}\nprofile g @{x}/g {\n}\n`,
    "a value that cannot be expanded": `@{x}=/a /@{none}\nprofile f /bin/f {\n @{x}/q r,\n}\nprofile g @{x}/g {\n}\n`,
    "a condition": `@{x}=/a\nprofile f /bin/f {\n if @{x} == "/a" {\n /q r,\n }\n}\n@{x}+=/b\nprofile g @{x}/g {\n}\n`,
  };
  for (const text of Object.values(files))
    for (const also of ["", "profile same /bin/same {\n}\n"])
      compare({ "/p/one": `abi <abi/4.0>,\n${text}${also}`, "/p/two": also, "/p/abi/4.0": "caps {mask {kill\n}\n}\n" });
  const texts = { "/p/one": files["the name of the profile that asks first"] };
  const set = deferPolicySet("/p", { files: memoryStore(texts), search: ["/p"] });
  assert.deepEqual(set.flaws, []);
  assert.deepEqual(
    set.profiles.map(({ attachment }) => attachment?.text),
    ["/bin/f", "/f/g"],
  );
});

test("what is right is not resolved until somebody reads a rule, and then only its file", () => {
  const rules = "  include <abstractions/a>\n  @{exec_path} mr,\n  @{x}/y r,\n  capability kill,\n";
  const texts = {
    "/p/abi/4.0": "caps {mask {chown kill\n}\n}\n",
    "/p/tunables/global": "@{x}=/a /b\n",
    "/p/abstractions/a": "  /etc/a r,\n",
    "/p/one": `${HEAD}profile one /bin/one {\n${rules}}\n`,
    "/p/two": `${HEAD}profile two /bin/two {\n${rules}}\n`,
  };
  const files = memoryStore(texts);
  const plain = createResolveSession(files);
  const expanded: string[] = [];
  const session = {
    ...plain,
    expansions: { ...plain.expansions, keep: (text: string) => void expanded.push(text) },
  };
  const set = deferPolicySet("/p", { files, search: ["/p"], session });
  assert.deepEqual(set.flaws, []);
  assert.deepEqual(expanded, []);
  assert.equal(set.profiles[1]?.rules.length, 4);
  assert.deepEqual(expanded, ["@{exec_path}", "@{x}/y"]);
});
