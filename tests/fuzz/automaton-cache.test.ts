/** Whatever happens to a cache of automata, what is compiled is what is compiled without one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type AutomatonCache,
  type CompiledSource,
  type PolicyEngine,
  type PolicySettings,
  automatonCache,
  defaultPolicySettings,
  loadEngine,
} from "../../src/app/index.ts";
import { TextTable, encodeEntry } from "../../src/app/caches/entries.ts";
import { packStore } from "../../src/app/caches/packs.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeDigest } from "../../src/host/index.ts";
import { dose } from "../support/dose.ts";
import { wholeEntries } from "../support/listed-packs.ts";
import { type MemoryStore, memoryStore } from "../support/memory-files.ts";
import { Random } from "../support/random.ts";

const DAMAGES = Number(process.env["ARMORER_DAMAGES"] ?? dose(400, 10_000));

const policies = [
  "/usr/bin/a { /etc/{a,b}/** r, deny /etc/a/secret rw, network inet stream, signal peer=b, }",
  "/usr/bin/{b,c} { /etc/** r, /bin/* Px -> other, capability kill, dbus send bus=system, ^hat { /h r, } }",
  "profile plain { owner @{HOME}/** rwk, unix, mount options=ro /x -> /y/, change_profile -> other, }",
  "/usr/bin/a* { /etc/{a,b}/** r, audit /etc/a/x w, network inet stream, signal peer=b, ptrace, }",
  "profile two /two/* xattrs=(user.a=b user.c=*) { /bin/sh ix, /bin/* Cx, profile child { /q r, } }",
].map((text) => `@{HOME}=/home/*/ /root/\n${text}\n`);

function settings(kernel: string): PolicySettings {
  const kernelFeatures = readFileSync(
    join(import.meta.dirname, "../../../tests/corpus/features", `debian-kernel-${kernel}`),
    "utf8",
  );
  return defaultPolicySettings({
    workingDirectory: "/",
    base: "/base",
    kernelFeatures,
    policyFeatures: { kind: "kernel" },
  });
}

const kernels = [settings("6.1"), settings("7.2")];

/** With a cache, each policy's automata are a pack. */
function compileAll(engine: PolicyEngine, cache?: AutomatonCache): readonly CompiledSource[] {
  return kernels.flatMap((kernel) =>
    policies.map((text, index) => {
      const source = engine.compile({ path: `/base/p${index}`, bytes: encodeBytes(text) }, kernel, memoryStore({}));
      cache?.flush();
      return source;
    }),
  );
}

/** By an engine and a cache that know nothing but what is in the store. */
async function compileFrom(store: MemoryStore): Promise<readonly CompiledSource[]> {
  const cache = automatonCache("/c", store, nodeDigest);
  return compileAll(await loadEngine(cache), cache);
}

function streams(sources: readonly CompiledSource[]): string {
  return sources.map(({ units }) => units.map(({ bytes }) => decodeBytes(bytes)).join("|")).join("\n");
}

const built = (sources: readonly CompiledSource[]): number => sources.reduce((sum, { work }) => sum + work.built, 0);

const expected = compileAll(await loadEngine());

/** One way in which a file may be damaged; `others` are whole packs of other automata. */
function damage(whole: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const copy = whole.slice();
  const head = whole.indexOf(10) + 1;
  const ways: readonly (() => Uint8Array)[] = [
    () => flip(copy, random.below(copy.length), random),
    () => flip(flip(copy, random.below(head), random), random.below(copy.length), random),
    () => copy.subarray(0, random.below(copy.length)),
    () => new Uint8Array(),
    // What was not on the disk yet when the power went.
    () => copy.fill(0, random.below(copy.length)),
    () => random.pick(others),
    // The beginning of one, the rest of another.
    () => Buffer.concat([copy.subarray(0, random.below(copy.length)), random.pick(others).subarray(head)]),
    () => Buffer.concat([copy.subarray(0, head), random.pick(others).subarray(random.pick(others).indexOf(10) + 1)]),
    () => Buffer.concat([copy, Uint8Array.of(random.below(256))]),
    () => encodeBytes(decodeBytes(copy).replace("armorer-cache 3", `armorer-cache ${random.pick(["1", "2", "30"])}`)),
    () =>
      encodeEntry(
        "another",
        { about: { fields: 0, transitions: [] }, texts: [], bytes: copy },
        new TextTable(),
        nodeDigest,
      ),
    () => Uint8Array.from({ length: random.below(400) }, () => random.below(256)),
  ];
  return random.pick(ways)();
}

function flip(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

test("a cache gives what is compiled without it, and then no automaton is built", async () => {
  const store = memoryStore();
  const first = await compileFrom(store);
  const second = await compileFrom(store);
  assert.equal(streams(first), streams(expected));
  assert.equal(streams(second), streams(expected));
  assert.ok(expected.every(({ ok }) => ok));
  assert.ok(built(first) > 20);
  assert.equal(built(second), 0);
});

test(`of ${DAMAGES} damaged packs nothing is used that is damaged, and all that is whole`, async () => {
  const store = memoryStore();
  const count = built(await compileFrom(store));
  const whole = [...store.contents];
  const random = new Random(7);
  const wanted = streams(expected);
  let rebuilt = 0;
  for (let done = 0; done < DAMAGES;) {
    let changed = 0;
    const left = new Set<string>();
    for (const [path, bytes] of whole) {
      const others = whole.filter(([name]) => name !== path).map(([, other]) => other);
      const damaged = damage(bytes, random, others);
      changed += Buffer.compare(damaged, bytes) === 0 ? 0 : 1;
      store.contents.set(path, damaged);
      for (const name of wholeEntries(path, bytes, damaged)) left.add(name);
    }
    done += changed;
    const sources = await compileFrom(store);
    assert.equal(streams(sources), wanted);
    assert.equal(built(sources), count - left.size, "each that is damaged is built, and no other");
    rebuilt += count - left.size;
    assert.equal(built(await compileFrom(store)), 0, "they are mended");
    for (const path of store.contents.keys()) store.contents.delete(path);
  }
  assert.ok(rebuilt > DAMAGES, `only ${rebuilt} automata were damaged`);
});

test("an entry that is whole but holds something else is not used", async () => {
  const hostile = [null, 7, [], {}, { fields: -1, transitions: [] }, { fields: 1e9, transitions: [] }, { fields: 1 }];
  const more = [
    { fields: 0.5, transitions: [] },
    { fields: 0, transitions: [1] },
    { fields: "0", transitions: [] },
  ];
  const plain = memoryStore();
  const count = built(await compileFrom(plain));
  const packs = [...plain.contents.values()];
  const lists = packs.flatMap((bytes) => decodeBytes(bytes).match(/^[0-9a-f]{64}(?= [0-9]+$)/gm) ?? []);
  for (const about of [...hostile, ...more]) {
    const store = memoryStore();
    const pack = packStore("/c/automata", store, nodeDigest);
    for (const name of lists) pack.keep(name, { about, texts: [], bytes: new Uint8Array(9) });
    pack.flush();
    const sources = await compileFrom(store);
    assert.equal(streams(sources), streams(expected), JSON.stringify(about));
    assert.equal(built(sources), count);
  }
});

test("a cache that cannot be read or written changes nothing", async () => {
  const refused = { ok: false, error: { path: "", errno: "EACCES" } } as const;
  const store = { ...memoryStore(), read: () => refused, write: () => refused, makeDirectory: () => refused };
  const cache = automatonCache("/c", { ...store, list: () => refused, kind: () => undefined }, nodeDigest);
  assert.equal(streams(compileAll(await loadEngine(cache))), streams(expected));
  cache.trim();
});

test("what cannot be compiled is not kept, and is refused again", async () => {
  const store = memoryStore();
  const cache = automatonCache("/c", store, nodeDigest);
  const text = "profile p { /a/b* Px, /a/*b Ux, }";
  const [, kernel] = kernels;
  assert.ok(kernel !== undefined);
  for (const engine of [await loadEngine(cache), await loadEngine(cache)]) {
    const source = engine.compile({ path: "/base/p", bytes: encodeBytes(text) }, kernel, memoryStore({}));
    assert.deepEqual(
      source.diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code),
      ["compile/exec-conflict"],
    );
    assert.deepEqual(source.units, []);
  }
});
