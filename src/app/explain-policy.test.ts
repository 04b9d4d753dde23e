import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { memoryStore } from "../../tests/support/memory-files.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { defaultPolicySettings } from "./default-settings.ts";
import { explainRule } from "./explain-policy.ts";
import { openWorld, type PolicyWorld } from "./meaning-world.ts";

const kernelFeatures = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
const settings = defaultPolicySettings({
  workingDirectory: "/",
  base: "/etc/apparmor.d",
  kernelFeatures,
  policyFeatures: { kind: "kernel" },
});

function worldOf(texts: readonly string[], included: Readonly<Record<string, string>> = {}): PolicyWorld {
  const sources = texts.map((text, at) => ({ path: `/p${at}`, bytes: encodeBytes(text) }));
  return openWorld(sources, settings, memoryStore(included));
}

test("a name that several profiles have is answered for each of them, with the place of each", () => {
  const world = worldOf(["profile p {\n/a r,\n}\n", "# another\nprofile p {\n/a w,\n}\n"]);
  const found = explainRule(world, "p", "/a r,");
  assert.ok(found.ok);
  const answers = found.value.map(({ path, line, verdict }) => `${path}:${line} ${verdict}`);
  assert.deepEqual(answers, ["/p0:1 all", "/p1:2 none"]);
});

test("of two profiles of one name in one file, each in a name space, each is asked with its own rules, and edited", () => {
  const world = worldOf(["profile p {\n/a r,\n}\nprofile :ns:p {\n/a w,\n}\n"]);
  const found = explainRule(world, "p", "/a r,");
  assert.ok(found.ok);
  const answers = found.value.map(({ line, verdict, edit }) => `${line} ${verdict} ${edit?.makes}`);
  assert.deepEqual(answers, ["1 all none", "4 none all"]);
  assert.ok(found.value[1]?.edit?.diff.includes("\n+/a r,") ?? false, found.value[1]?.edit?.diff);
});

test("a limit that an included file sets is set again behind it; of one that nothing sets is said why no rule refuses it", () => {
  const world = worldOf(["profile p {\ninclude <l>\n/a r,\n}\n"], {
    "/etc/apparmor.d/l": "set rlimit nofile <= 10,\n",
  });
  const raised = explainRule(world, "p", "set rlimit nofile <= 20,");
  assert.ok(raised.ok);
  assert.deepEqual([raised.value[0]?.verdict, raised.value[0]?.edit?.makes], ["some", "all"]);
  assert.match(raised.value[0]?.edit?.diff ?? "", /^\+set rlimit nofile <= 20,/m);
  const free = explainRule(world, "p", "set rlimit nproc <= 20,");
  assert.ok(free.ok);
  assert.deepEqual([free.value[0]?.verdict, free.value[0]?.edit], ["all", undefined]);
  assert.match(free.value[0]?.notes.join() ?? "", /0 is always allowed/);
});

const STACKED =
  "profile a {\n/x rw,\n/y r,\n}\nprofile b flags=(complain) {\n/x r,\n/z r,\n}\nprofile :ns:c {\n/x r,\n}\n";

function stackOf(world: PolicyWorld, label: string, rule: string): unknown {
  const found = explainRule(world, label, rule);
  if (!found.ok) return found.error;
  const [first] = found.value;
  const names = found.value.map(({ profile }) => profile);
  return [first?.stack?.verdict, first?.stack?.allows, first?.stack?.refusedBy, names];
}

test("a stack allows what all of its profiles allow, whichever order and however often they are named", () => {
  const world = worldOf([STACKED]);
  for (const label of ["a//&b", "&a//&b", "b//&a", "a//&b//&a", "a//&unconfined//&b"]) {
    const found = explainRule(world, label, "/{x,y} rw,");
    assert.ok(found.ok, label);
    const { allows, refusedBy = [], verdict } = found.value[0]?.stack ?? {};
    assert.deepEqual([verdict, allows, refusedBy.toSorted()], ["some", ["/x r,"], ["a", "b"]], label);
  }
  const letThrough = (rule: string): unknown => {
    const found = explainRule(world, "a//&b", rule);
    return found.ok && found.value[0]?.stack?.isLetThrough;
  };
  assert.deepEqual(["/x rw,", "/z r,", "/{x,y} rw,", "/x r,"].map(letThrough), [true, false, false, false]);
  assert.deepEqual(stackOf(world, "a//&b", "/x r,"), ["all", [], [], ["a", "b"]]);
  assert.deepEqual(stackOf(world, "a//&b", "/y r,"), ["none", [], ["b"], ["a", "b"]]);
  // each allows something of it, and not the same
  assert.deepEqual(stackOf(world, "a//&b", "/{y,z} r,"), ["none", [], ["a", "b"], ["a", "b"]]);
});

test("a component of a stack is looked for in the namespace that it has, or that the one before has", () => {
  const world = worldOf([STACKED]);
  assert.deepEqual(stackOf(world, "a//&:ns:c", "/x rw,"), ["some", ["/x r,"], [":ns:c"], ["a", ":ns:c"]]);
  assert.match(String(stackOf(world, ":ns:c//&a", "/x r,")), /no profile `a` in the namespace `ns`/);
  assert.deepEqual(stackOf(world, ":ns:c", "/x r,"), [undefined, undefined, undefined, [":ns:c"]]);
});

test("of a stack that cannot be decided is said why", () => {
  const world = worldOf([STACKED, "profile twin {\n/x r,\n}\n", "profile twin {\n/y r,\n}\n"]);
  assert.match(String(stackOf(world, "a//&nobody", "/x r,")), /^there is no profile `nobody`/);
  assert.match(String(stackOf(world, "a//&twin", "/x r,")), /2 profiles have the name `twin`/);
  assert.match(String(stackOf(world, "unconfined//&unconfined", "/x r,")), /is confined/);
  const other = worldOf(["@{X}=/x\nprofile a {\n@{X} r,\n}\n", "@{X}=/y\nprofile b {\n@{X} r,\n}\n"]);
  assert.match(String(stackOf(other, "a//&b", "@{X} r,")), /does not mean the same to `a` and `b`/);
});
