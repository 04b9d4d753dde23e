/** Random compiled profiles for properties: any shape of automaton, any encoding of permissions. */
import * as fc from "fast-check";
import type { Dfa } from "../../src/compiler/automata/index.ts";
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledPermissions,
  type CompiledProfile,
  noPermissions,
} from "../../src/compiler/compiled/index.ts";

interface RowShape {
  readonly base: number;
  readonly exceptions: readonly (readonly [symbol: number, target: number])[];
  readonly output: number;
  readonly outOfBand: number;
}

/** A row that leads anywhere, often like another one (so that differential storage has something to find). */
const rowShape: fc.Arbitrary<RowShape> = fc.record({
  base: fc.nat(1000),
  exceptions: fc.array(fc.tuple(fc.oneof(fc.constantFrom(0, 47, 97, 98), fc.nat(255)), fc.nat(1000)), {
    maxLength: 40,
  }),
  output: fc.nat(1000),
  outOfBand: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(1000)),
});

/** An automaton of `outputs` outputs; rows are in normal form (fewer exceptions than half the bytes). */
function dfaOf(shapes: readonly RowShape[], outputs: number, withOutOfBand: boolean): Dfa {
  const stateCount = shapes.length + 2;
  const defaults = [0];
  const rows = [0, 0];
  const symbols: number[] = [];
  const targets: number[] = [];
  const dead = { base: 0, exceptions: [[47, 2]] as const, output: 0, outOfBand: 0 };
  for (const [i, shape] of [dead, ...shapes].entries()) {
    const model = i > 3 && shape.base % 3 === 0 ? (shapes[(shape.base % i) - 1] ?? shape) : shape;
    const fallback = model.base % 4 === 0 ? model.base % stateCount : 0;
    const cells = new Map([...model.exceptions, ...shape.exceptions.slice(0, 2)].map(([s, t]) => [s, t % stateCount]));
    if (withOutOfBand && shape.outOfBand !== 0) cells.set(256, shape.outOfBand % stateCount);
    for (const [symbol, target] of [...cells].toSorted(([a], [b]) => a - b)) {
      if (target === (symbol === 256 ? 0 : fallback)) continue;
      symbols.push(symbol);
      targets.push(target);
    }
    defaults.push(fallback);
    rows.push(symbols.length);
  }
  return {
    stateCount,
    outputs: Uint32Array.from([0, 0, ...shapes.map(({ output }) => output % outputs)]),
    defaults: Uint32Array.from(defaults),
    rows: Uint32Array.from(rows),
    symbols: Uint16Array.from(symbols),
    targets: Uint32Array.from(targets),
  };
}

/** Records as object literals make them. */
const plain = { noNullPrototype: true } as const;

const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const entry: fc.Arbitrary<CompiledPermissionEntry> = fc
  .record({ allow: uint32, audit: uint32, quiet: uint32 }, plain)
  .map((bits) => ({ ...noPermissions, ...bits }));

function permissions(outputs: number): fc.Arbitrary<CompiledPermissions> {
  const accepted = fc
    .array(uint32, { minLength: outputs - 1, maxLength: outputs - 1 })
    .map((some) => Uint32Array.from([0, ...some]));
  const packed = fc
    .tuple(accepted, accepted)
    .map(([accept, accept2]): CompiledPermissions => ({ kind: "packed", accept, accept2 }));
  const entries = fc.array(entry, { minLength: 2 * outputs, maxLength: 2 * outputs });
  const single = entries.map((all): CompiledPermissions => {
    const index = Uint32Array.from({ length: outputs }, (_, i) => (i * 3) % outputs);
    return { kind: "table", version: undefined, entries: all, index, accept2: undefined };
  });
  const paired = entries.map((all): CompiledPermissions => {
    const index = Uint32Array.from({ length: outputs }, (_, i) => 2 * ((i * 3) % outputs));
    return {
      kind: "table",
      version: 3,
      entries: [...all.slice(0, 1), ...all.slice(0, 1), ...all.slice(2)],
      index,
      accept2: new Uint32Array(outputs).fill(1),
    };
  });
  return fc.oneof(packed, single, paired);
}

export const anyAutomaton: fc.Arbitrary<CompiledAutomaton> = fc.integer({ min: 1, max: 5 }).chain((outputs) =>
  fc.record({
    dfa: fc
      .tuple(fc.array(rowShape, { maxLength: 60 }), fc.boolean())
      .map(([shapes, outOfBand]) => dfaOf(shapes, outputs, outOfBand)),
    permissions: permissions(outputs),
    transitions: fc.array(fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }), { maxLength: 4 }),
    diffEncoded: fc.boolean(),
    equivalenceClasses: fc.boolean(),
  }),
);

const text = fc.string({ maxLength: 20, unit: "grapheme" });
const optionalText = fc.option(text, { nil: undefined });
const optionalUint32 = fc.option(uint32, { nil: undefined });
const set64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const optionalAutomaton = fc.option(anyAutomaton, { nil: undefined });

export const anyProfile: fc.Arbitrary<CompiledProfile> = fc.record({
  version: fc.constantFrom(5, 0x202006, 0x202007, 0x202807, 8, 9),
  namespace: fc.option(fc.string({ minLength: 1, maxLength: 9 }), { nil: undefined }),
  name: fc.string({ minLength: 1, maxLength: 30 }).filter((name) => !name.startsWith(":")),
  rename: optionalText,
  attach: optionalText,
  xmatch: fc.option(
    fc.tuple(anyAutomaton, uint32).map(([automaton, length]) => ({ ...automaton, length })),
    { nil: undefined },
  ),
  disconnected: optionalText,
  disconnectedIpc: optionalText,
  kill: optionalUint32,
  error: optionalUint32,
  flags: uint32,
  mode: fc.nat(4),
  audit: fc.nat(1),
  pathFlags: optionalUint32,
  capabilities: fc.record(
    {
      allow: set64,
      audit: set64,
      quiet: set64,
      extended: fc.option(set64, { nil: undefined }),
    },
    plain,
  ),
  identities: fc.option(fc.array(text), { nil: undefined }),
  xattrs: fc.option(fc.array(text), { nil: undefined }),
  rlimits: fc.option(fc.record({ mask: uint32, values: fc.array(set64, { maxLength: 16 }) }, plain), {
    nil: undefined,
  }),
  secmark: fc.option(fc.array(fc.record({ audit: fc.nat(255), deny: fc.nat(255), label: text }, plain)), {
    nil: undefined,
  }),
  netAllowedAf: fc.option(
    fc.array(fc.nat(0xffff), { minLength: 138, maxLength: 138 }).map((masks) => Uint16Array.from(masks)),
    { nil: undefined },
  ),
  policydb: optionalAutomaton,
  file: optionalAutomaton,
  data: fc.option(fc.array(fc.record({ key: text, value: fc.uint8Array({ minLength: 1, maxLength: 20 }) }, plain)), {
    nil: undefined,
  }),
});
