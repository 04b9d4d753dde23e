/** Headers alone beside all of a policy: the same profiles by the same names, whatever one session has read before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { type ResolvedPolicy, createResolveSession, resolvePolicy } from "../../src/language/resolve/index.ts";
import { memoryStore } from "../support/memory-files.ts";
import { mutate, randomFrom, textsAlone } from "../support/policy-texts.ts";
import { Random } from "../support/random.ts";

const TUNABLES = "@{HOME}=/home/*/ /root/\n@{A}=/a\n@{A}+=/b\n@{B}=@{A}/c\n@{W}=@{NOWHERE}/w\n$T = true\n";

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

/** All that is known of a policy, with the way by which each thing came. */
function whole({ diagnostics, isSpliced, sources, value, variables }: ResolvedPolicy): object {
  const { definitions, get } = variables();
  const names = [...new Set(definitions.map(({ name }) => name))];
  return {
    diagnostics,
    isSpliced,
    paths: [...sources.values()].map(({ path }) => path),
    value,
    definitions,
    variables: names.map(get),
  };
}

/** What headers say is what all says; rules may be wrong besides. */
function compare(texts: readonly string[]): Record<"right" | "wrong", number> {
  const session = createResolveSession(files);
  const count = { right: 0, wrong: 0 };
  for (const text of texts) {
    const source = sourceFile("/p/main", text);
    const all = resolvePolicy({ source }, options);
    assert.deepEqual(whole(resolvePolicy({ source }, { ...options, session })), whole(all), text);
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
const MORE = [
  "",
  "@{A}+=/d\n",
  "@{A}=/again\n",
  "@{N}=@{B}/n\n",
  "@{M}:=n\n",
  "alias /q -> /r,\n",
  "alias /x -> /y,\n",
  "@{HOME}?=/h\n",
];
const PROFILES = [
  "profile p /usr/bin/p {\n  include <abstractions/base>\n  @{A}/x r,\n}\n",
  "profile @{M} @{A}/bin flags=(complain) {\n  /x r,\n  ^hat { @{B} w, }\n}\n",
  "@{N}/q {\n  if $T { profile inner { /x r, } }\n}\n",
  "profile q {\n  if not defined @{N} { ^other { /x r, } }\n  /x rx,\n}\n",
  "profile r @{HOME}bin/{a,b} { @{NONE}/x r, }\n",
  "profile w { @{W}/x r, }\n",
];

test("files that begin alike are what they are alone, in any order", () => {
  const random = new Random(20261129);
  const texts = Array.from({ length: 1000 }, () => {
    const parts = [STARTS, INCLUDES, MORE, PROFILES].map((choices) => random.pick(choices));
    return parts.join("");
  });
  const { right, wrong } = compare(texts);
  assert.ok(right > 100 && wrong > 150, `${right} are right, ${wrong} wrong`);
});

test("what all files begin with is read once, and each hears what was asked of the files for it", () => {
  const text = "abi <abi/4.0>,\ninclude <tunables/global>\nprofile p /usr/bin/p {\n  @{A}/x r,\n}\n";
  for (const only of ["headers", undefined] as const) {
    const session = createResolveSession(files);
    const resolve = (path: string): { readonly asked: readonly string[]; readonly read: readonly string[] } => {
      const asked = new Set<string>();
      const read: string[] = [];
      const hear = <T>(question: string, answer: (path: string) => T): ((path: string) => T) => {
        return (about) => {
          asked.add(`${question} ${about}`);
          return answer(about);
        };
      };
      const heard: typeof session = {
        ...session,
        source: hear("source", session.source),
        kind: hear("kind", session.kind),
        members: hear("members", session.members),
        tree: (source) => {
          read.push(source.path);
          return session.tree(source);
        },
      };
      const resolved = resolvePolicy(
        { source: sourceFile(path, text) },
        { ...options, session: heard, ...(only && { only }) },
      );
      assert.deepEqual(resolved.value.files.length, 4);
      return { asked: [...asked].toSorted(), read };
    };
    const first = resolve("/p/first");
    assert.deepEqual(first.read, ["/p/first", "/p/tunables/global", "/p/tunables/more"]);
    assert.deepEqual(resolve("/p/second"), { asked: first.asked, read: ["/p/second"] });
  }
});
