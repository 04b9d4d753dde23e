import assert from "node:assert/strict";
import { test } from "node:test";
import { renderPolicy } from "../../src/compiler/decompile/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { encodeTables, type TableSet } from "../../src/compiler/policydb/table-set.ts";
import { renderingEffort } from "../../src/compiler/decompile/work.ts";
import { countSteps } from "../support/counted-steps.ts";
import { decoded, readStream } from "../support/streams.ts";

test("a stream cut at any place is refused, with the place", () => {
  for (const name of ["a-7.2", "net-v5", "xattr-6.1"]) {
    const stream = readStream(name);
    for (let end = 0; end < stream.length; end += 1)
      assert.ok(!decodePolicy(stream.subarray(0, end)).ok, `${name} ${end}`);
  }
});

/** A stream with one file automaton of these tables. */
function streamOf(tables: TableSet): Uint8Array {
  const stream = readStream("a-v5");
  const tag = Buffer.from(stream).indexOf(Buffer.from("\x04\x06\0aadfa\0"));
  const blob = encodeTables(tables);
  const length = Buffer.alloc(5);
  length[0] = 6;
  length.writeUInt32LE(blob.length, 1);
  return Buffer.concat([stream.subarray(0, tag + 9), length, blob, Uint8Array.of(8)]);
}

/** What decoding may cost. */
const STEPS_A_BYTE = 20;

/** 256 cells of which the first hundred are used. */
function hundred(value: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, cell) => (cell < 100 ? value : 0));
}

test("tables whose resolved rows would fill the memory are refused before they do", () => {
  const states = 200_000;
  const base = Uint32Array.from({ length: states }, (_, state) => (state < 2 ? 0 : 0x80000000));
  const defaults = Uint32Array.from({ length: states }, (_, state) => (state < 2 ? 0 : 1));
  const accept = new Uint32Array(states);
  const tables = {
    flags: 1,
    accept,
    accept2: accept,
    classes: undefined,
    base,
    defaults,
    next: hundred(2),
    check: hundred(1),
    wide: true,
  };
  const bytes = streamOf(tables);
  const before = process.memoryUsage().arrayBuffers;
  let result: ReturnType<typeof decodePolicy> | undefined;
  const steps = countSteps(() => (result = decodePolicy(bytes)));
  assert.ok(result?.ok === false && result.error.refusal.kind === "unsupported");
  assert.ok(steps < STEPS_A_BYTE * bytes.length, `${steps} steps for ${bytes.length} bytes`);
  assert.ok(process.memoryUsage().arrayBuffers - before < 300_000_000);
});

test("an automaton where everything leads everywhere is rendered in bounded size", () => {
  const states = 3000;
  const cells = 256 + states;
  const base = Uint32Array.from({ length: states }, (_, state) => (state === 0 ? 0 : state));
  const next = Uint32Array.from({ length: cells }, (_, cell) => (cell * 7919) % states);
  const check = Uint32Array.from({ length: cells }, (_, cell) => (cell < 256 ? 0 : Math.max(1, (cell * 31) % states)));
  next.fill(0, 0, 256);
  const defaults = Uint32Array.from({ length: states }, (_, state) => (state === 0 ? 0 : (state * 31 + 1) % states));
  const accept = Uint32Array.from({ length: states }, (_, state) => (state === 0 ? 0 : state % 7));
  const bytes = streamOf({
    flags: 0,
    accept,
    accept2: accept,
    classes: undefined,
    base,
    defaults,
    next,
    check,
    wide: false,
  });
  const policy = decoded(bytes);
  const effort = renderingEffort(policy);
  const text = renderPolicy(policy, effort);
  assert.ok(text.length < 60_000_000);
  const steps = effort.patterns.spent + effort.search.spent;
  // What is promised of any stream: 12 million of search, 3 million of patterns, and the step that was too many.
  assert.ok(steps < 16_000_000, `${steps} steps`);
});

test("long chains are followed without recursion", () => {
  const states = 60_000;
  const base = Uint32Array.from({ length: states }, (_, state) => (state < 2 ? 0 : 0x80000000));
  const defaults = Uint32Array.from({ length: states }, (_, state) => Math.max(0, state - 1));
  const accept = new Uint32Array(states);
  const cells = new Uint32Array(256);
  const bytes = streamOf({
    flags: 1,
    accept,
    accept2: accept,
    classes: undefined,
    base,
    defaults,
    next: cells,
    check: cells,
    wide: false,
  });
  let found: number | undefined;
  const steps = countSteps(() => (found = decoded(bytes).profiles[0]?.file?.dfa.stateCount));
  assert.equal(found, states);
  assert.ok(steps < STEPS_A_BYTE * bytes.length, `${steps} steps for ${bytes.length} bytes`);
  const circular = defaults.slice();
  circular[2] = states - 1;
  const refused = decodePolicy(
    streamOf({
      flags: 1,
      accept,
      accept2: accept,
      classes: undefined,
      base,
      defaults: circular,
      next: cells,
      check: cells,
      wide: false,
    }),
  );
  assert.ok(!refused.ok && /circle/.test(refused.error.refusal.message));
});

test("lengths that promise more than there is are refused without allocating it", () => {
  const stream = readStream("a-v5");
  const tables = Buffer.from(stream).indexOf(Buffer.from([0x1b, 0x5e, 0x78, 0x3d]));
  for (const at of [tables + 24 + 8, tables + 4, tables - 7]) {
    const changed = stream.slice();
    changed.set([0x7f, 0xff, 0xff, 0xff], at);
    const before = process.memoryUsage().arrayBuffers;
    assert.ok(!decodePolicy(changed).ok);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  }
});

test("compressed policy is refused without a decompressor and read with one", () => {
  const stream = readStream("a-6.1");
  const file = Uint8Array.from([1, 10, 0, 0, 0, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, ...stream]);
  assert.ok(!decodePolicy(file).ok);
  assert.ok(decodePolicy(file, { decompress: (frame) => frame.subarray(4) }).ok);
  assert.ok(!decodePolicy(file, { decompress: () => undefined }).ok);
});
