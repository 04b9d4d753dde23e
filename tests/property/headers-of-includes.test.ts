/** Headers of profiles that come to the same included files: what these lead to is found once, and is what reading them item by item gives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import {
  createResolveSession,
  defaultLimits,
  type ResolvedPolicy,
  type ResolveLimits,
  resolvePolicy,
} from "../../src/language/resolve/index.ts";
import { createEngine } from "../../src/app/pipeline.ts";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { memoryStore } from "../support/memory-files.ts";
import { Random } from "../support/random.ts";

const NAMES = [
  "a",
  "b",
  "c",
  "d",
  "e",
  "one.d",
  "one.d/x",
  "one.d/y",
  "one.d/z",
  "two.d",
  "two.d/v",
  "two.d/w",
  "none",
];

/** Items that a file in a body may hold and headers show, includes most of all. */
function item(random: Random): string {
  const name = random.pick(NAMES);
  const include = [
    `include <abstractions/${name}>`,
    `include if exists <abstractions/${name}>`,
    `include if exists <abstractions/${name}>`,
    `include if exists "/p/abstractions/${name}"`,
  ];
  const others = [
    "abi <abi/4.0>,",
    "abi <abi/4.0>,",
    "abi <abi/3.0>,",
    "abi <kernel>,",
    `#include <abstractions/${name}>`,
    `^${random.pick(["h", "i", "j"])} { include if exists <abstractions/${name}> }`,
    `if $T { include if exists <abstractions/${name}> }`,
  ];
  return random.pick(random.chance(0.85) ? include : others);
}

function items(random: Random, most: number): string {
  const count = random.below(most + 1);
  return Array.from({ length: count }, () => `  ${item(random)}\n`).join("");
}

interface Tree {
  readonly files: ReturnType<typeof memoryStore>;
  readonly mains: readonly string[];
}

function randomTree(random: Random): Tree {
  const files = NAMES.filter((name) => name !== "none" && !name.endsWith(".d"));
  const abstractions = files.map((name) => [`/p/abstractions/${name}`, items(random, 3)] as const);
  const global = "/p/tunables/global";
  const features = [["/p/abi/4.0", "x {y\n}\n"] as const, ["/p/abi/3.0", "x {z\n}\n"] as const];
  return {
    files: memoryStore(Object.fromEntries([...abstractions, ...features, [global, "$T = true\n"]])),
    mains: Array.from({ length: 6 }, (_, at) => {
      const abi = random.pick(["abi <abi/4.0>,\n", "abi <abi/3.0>,\n", ""]);
      const inner = `  profile inner {\n${items(random, 3)}  }\n`;
      return `${abi}include <tunables/global>\nprofile p${at} /usr/bin/p${at} {\n${items(random, 4)}${inner}}\n`;
    }),
  };
}

function headersOf({ attachment, children, flags, name }: Profile): object {
  return { attachment, children: children.map(headersOf), flags, name };
}

function shown({ diagnostics, isSpliced, sources, value }: ResolvedPolicy): object {
  const read = [...sources.values()].map(({ path }) => path);
  return { diagnostics, isSpliced, read, files: value.files, profiles: value.profiles.map(headersOf) };
}

/** Nothing here is a rule, so that all of a text has as much in it as its headers. */
function compare({ files, mains }: Tree, limits: ResolveLimits): number {
  const options = { files, search: ["/none", "/p"], kernelFeatures: parseFeatures("").tree, limits };
  const session = createResolveSession(files);
  let count = 0;
  for (const [at, text] of mains.entries()) {
    const source = sourceFile(`/p/main${at}`, text);
    const all = resolvePolicy({ source }, options);
    const headers = resolvePolicy({ source }, { ...options, only: "headers", session });
    assert.deepEqual(shown(headers), shown(all), JSON.stringify({ mains, at }));
    if (all.diagnostics.some(({ code }) => code === "resolve/too-much" || code === "resolve/include-too-deep"))
      count += 1;
  }
  return count;
}

test("what included files lead to is the same for whoever comes to them first, next and last", () => {
  const random = new Random(20261130);
  for (let round = 0; round < 300; round += 1) compare(randomTree(random), defaultLimits);
});

test("who has read too much is told at the same place", () => {
  const random = new Random(20261201);
  let count = 0;
  for (let round = 0; round < 300; round += 1) {
    const limits = {
      ...defaultLimits,
      items: 5 + random.below(60),
      includedFiles: 3 + random.below(20),
      includeDepth: 1 + random.below(6),
    };
    count += compare(randomTree(random), limits);
  }
  assert.ok(count > 300, `${count} have read too much`);
});

test("an engine asks for each included file once, and hears nothing again that it has asked for itself", () => {
  const store = memoryStore({
    "/p/abi/4.0": "x {y\n}\n",
    "/p/abstractions/a": "abi <abi/4.0>,\n  include if exists <abstractions/a.d>\n  include <abstractions/b>\n",
    "/p/abstractions/b": "abi <abi/4.0>,\n  include if exists <abstractions/b.d>\n  /b r,\n",
  });
  const asked: string[] = [];
  const ask = <T>(answer: (path: string) => T): ((path: string) => T) => {
    return (path) => {
      asked.push(path);
      return answer(path);
    };
  };
  const files = { ...store, kind: ask(store.kind), read: ask(store.read) };
  const settings = defaultPolicySettings({ base: "/p", kernelFeatures: "", workingDirectory: "/" });
  const engine = createEngine();
  const askedFor = (path: string, heard: typeof files): readonly string[] => {
    asked.length = 0;
    const bytes = encodeBytes("abi <abi/4.0>,\nprofile p /usr/bin/p {\n  include <abstractions/a>\n}\n");
    const { source } = engine.stages({ path, bytes }, settings, heard).headers();
    assert.deepEqual(source.diagnostics, []);
    assert.deepEqual(source.files, [path, "/p/abi/4.0", "/p/abstractions/a", "/p/abstractions/b"]);
    return [...new Set(asked)].toSorted();
  };
  const all = ["/p/abi/4.0", "/p/abstractions/a", "/p/abstractions/a.d", "/p/abstractions/b", "/p/abstractions/b.d"];
  assert.deepEqual(askedFor("/p/first", files), all);
  assert.deepEqual(askedFor("/p/second", files), []);
  // Whoever comes with files of his own hears all of it.
  assert.deepEqual(askedFor("/p/third", { ...files }), all);
});
