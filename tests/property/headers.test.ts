/** Headers alone beside all of a policy: the same profiles by the same names, whatever one session has read before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { type ResolvedPolicy, createResolveSession, resolvePolicy } from "../../src/language/resolve/index.ts";
import { createEngine } from "../../src/app/pipeline.ts";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { memoryStore } from "../support/memory-files.ts";
import { mutate, randomFrom, textsAlone } from "../support/policy-texts.ts";
import { Random } from "../support/random.ts";

const TUNABLES = "@{HOME}=/home/*/ /root/\n@{A}=/a\n@{A}+=/b\n@{B}=@{A}/c\n$T = true\n";

const files = memoryStore({
  "/p/abi/4.0": "x {y\n}\n",
  "/p/abi/3.0": "x {z\n}\n",
  "/p/tunables/global": `include <tunables/more>\n${TUNABLES}`,
  "/p/tunables/more": "@{M}=m\nalias /x -> /y,\n",
  "/p/tunables/odd": "#include <tunables/more>\n@{A}=/odd\n",
  "/p/tunables/wrong": "@{A}=\n",
  "/p/abstractions/base": "/base r,\ninclude <abstractions/more>\n",
  "/p/abstractions/more": "/more r,\n^hat flags=(complain) {\n  /h r,\n}\n",
});

function headersOf({ attachment, children, flags, name, namespace, written }: Profile): object {
  return { attachment, children: children.map(headersOf), flags, name, namespace, written };
}

function shown({ diagnostics, sources, value }: ResolvedPolicy): object {
  const { abi, aliases, profiles, files: read } = value;
  const known = [...sources.values()].map(({ path }) => path).toSorted();
  return {
    profiles: profiles.map(headersOf),
    abi: abi?.name,
    aliases,
    read: read.toSorted(),
    known,
    isWrong: diagnostics.some(({ severity }) => severity === "error"),
  };
}

const options = { files, search: ["/p"], kernelFeatures: parseFeatures("").tree };

/** What headers say is what all says; rules may be wrong besides. */
function compare(texts: readonly string[]): Record<"right" | "wrong", number> {
  const session = createResolveSession(files);
  const count = { right: 0, wrong: 0 };
  for (const text of texts) {
    const source = sourceFile("/p/main", text);
    const all = resolvePolicy({ source }, options);
    const headers = resolvePolicy({ source }, { ...options, only: "headers", session });
    const alone = resolvePolicy({ source }, { ...options, only: "headers" });
    // What is said, and the way by which it came, does not depend on what was read before.
    assert.deepEqual(headers.diagnostics, alone.diagnostics, text);
    assert.deepEqual(shown(headers), shown(alone), text);
    const isWrong = all.diagnostics.some(({ severity }) => severity === "error");
    if (isWrong) count.wrong += 1;
    else {
      count.right += 1;
      assert.deepEqual(shown(headers), shown(all), text);
    }
  }
  return count;
}

test("the texts of the corpus, whole and broken, have the profiles that they have", () => {
  const texts = textsAlone();
  const random = randomFrom(20261130);
  const broken = Array.from({ length: 500 }, () => mutate(texts, random));
  const { right, wrong } = compare([...texts, ...broken]);
  assert.ok(right > 100 && wrong > 150, `${right} are right, ${wrong} wrong`);
});

const STARTS = [
  "",
  "abi <abi/4.0>,\n",
  "abi <abi/3.0>,\n",
  "@{A}=/own\n",
  "# a comment\n",
  "include <tunables/more>\n",
];
const INCLUDES = ["global", "global", "global", "more", "odd", "wrong", "none"].map(
  (name) => `include <tunables/${name}>\n`,
);
const MORE = ["", "@{A}+=/d\n", "@{A}=/again\n", "@{N}=@{B}/n\n", "@{M}:=n\n", "alias /q -> /r,\n", "@{HOME}?=/h\n"];
const PROFILES = [
  "profile p /usr/bin/p {\n  include <abstractions/base>\n  @{A}/x r,\n}\n",
  "profile @{M} @{A}/bin flags=(complain) {\n  /x r,\n  ^hat { @{B} w, }\n}\n",
  "@{N}/q {\n  if $T { profile inner { /x r, } }\n}\n",
  "profile q {\n  if not defined @{N} { ^other { /x r, } }\n  /x rx,\n}\n",
  "profile r @{HOME}bin/{a,b} { @{NONE}/x r, }\n",
];

test("files that begin alike are what they are alone, in any order", () => {
  const random = new Random(20261129);
  const texts = Array.from({ length: 800 }, () => {
    const parts = [STARTS, INCLUDES, MORE, PROFILES].map((choices) => random.pick(choices));
    return parts.join("");
  });
  const { right, wrong } = compare(texts);
  assert.ok(right > 100 && wrong > 150, `${right} are right, ${wrong} wrong`);
});

test("an engine that reads the headers of many files reads what all begin with once", () => {
  const asked: string[] = [];
  const heard: typeof files = {
    ...files,
    kind: (path) => {
      asked.push(path);
      return files.kind(path);
    },
  };
  const settings = defaultPolicySettings({ base: "/p", kernelFeatures: "", workingDirectory: "/" });
  const engine = createEngine();
  const askedOf = (path: string): readonly string[] => {
    asked.length = 0;
    const bytes = encodeBytes("abi <abi/4.0>,\ninclude <tunables/global>\nprofile p /usr/bin/p {\n  @{A}/x r,\n}\n");
    const { source } = engine.stages({ path, bytes }, settings, heard).headers();
    assert.deepEqual(source.diagnostics, []);
    assert.deepEqual(source.files.length, 4);
    return [...new Set(asked)].filter((one) => one.startsWith("/p/tunables/"));
  };
  assert.deepEqual(askedOf("/p/first"), ["/p/tunables/global", "/p/tunables/more"]);
  // What the session knows was asked of these files before.
  assert.deepEqual(askedOf("/p/second"), []);
});
