import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type CompiledAutomaton,
  type CompiledProfile,
  match,
  outOfBandStep,
} from "../../src/compiler/compiled/index.ts";
import { createAutomata, step } from "../../src/compiler/automata/index.ts";
import { compareAutomata } from "../../src/analysis/tables/index.ts";
import { encodePolicy } from "../../src/compiler/policydb/index.ts";
import { decodeTables, type TableSet } from "../../src/compiler/policydb/table-set.ts";
import { StreamReader } from "../../src/compiler/policydb/reader.ts";
import { setOf } from "../support/brute-automata.ts";
import { anyAutomaton, anyProfile } from "../support/compiled.ts";
import { decoded, profileOf, readStream, withoutLayout, withoutLayouts } from "../support/streams.ts";

const runs = { seed: 20_24, numRuns: 300 };

/** Scalar parts, as they are. */
function scalars(profile: CompiledProfile): unknown {
  const { xmatch, policydb: _, file: __, ...rest } = profile;
  return { ...rest, length: xmatch?.length };
}

function checkAutomaton(
  found: CompiledAutomaton | undefined,
  wanted: CompiledAutomaton | undefined,
  name: "xmatch" | "policydb" | "file",
): void {
  assert.equal(found === undefined, wanted === undefined);
  if (found === undefined || wanted === undefined) return;
  const { outputs: _, ...rows } = found.dfa;
  const { outputs: __, ...wantedRows } = wanted.dfa;
  assert.deepEqual(rows, wantedRows);
  assert.deepEqual(found.transitions, wanted.transitions);
  assert.deepEqual(compareAutomata(wanted, found, name), []);
  if (name === "xmatch") assert.ok(!found.diffEncoded, "attachments are stored plainly");
}

test("decoding what was encoded gives the same policy", () => {
  const property = fc.property(fc.array(anyProfile, { minLength: 1, maxLength: 3 }), (profiles) => {
    const policy = decoded(encodePolicy({ profiles }));
    assert.equal(policy.profiles.length, profiles.length);
    for (const [i, profile] of profiles.entries()) {
      const found = policy.profiles[i];
      assert.ok(found !== undefined);
      assert.deepEqual(scalars(found), scalars(profile));
      for (const name of ["xmatch", "policydb", "file"] as const) {
        checkAutomaton(found[name], profile[name], name);
      }
    }
  });
  fc.assert(property, { ...runs, numRuns: 150 });
});

test("encoding what was decoded gives the same bytes, with the layout kept and with our own", () => {
  const property = fc.property(anyProfile, (profile) => {
    const stream = encodePolicy({ profiles: [profile] });
    const policy = decoded(stream);
    assert.deepEqual(encodePolicy(policy), stream);
    const again = policy.profiles.map((each) => {
      const bare = withoutLayouts(each);
      const wanted = (name: "policydb" | "file"): CompiledAutomaton | undefined =>
        bare[name] && { ...bare[name], diffEncoded: profile[name]?.diffEncoded === true };
      return { ...bare, policydb: wanted("policydb"), file: wanted("file") };
    });
    assert.deepEqual(encodePolicy({ profiles: again }), stream);
  });
  fc.assert(property, { ...runs, numRuns: 150 });
});

test("the numbers of outputs and of table entries do not reach the bytes", () => {
  const property = fc.property(anyAutomaton, fc.nat(100), (automaton, shift) => {
    const { permissions, dfa } = automaton;
    const [profile] = decoded(readStream("a-v5")).profiles;
    if (permissions.kind !== "table" || profile === undefined) return;
    const count = permissions.index.length - 1;
    const renumber = (output: number): number => (output === 0 ? 0 : 1 + ((output - 1 + shift) % count));
    const index = permissions.index.slice();
    for (const [output, place] of permissions.index.entries()) index[renumber(output)] = place + 2;
    const entries = [...permissions.entries.slice(-2), ...permissions.entries];
    const other: CompiledAutomaton = {
      ...automaton,
      dfa: { ...dfa, outputs: dfa.outputs.map(renumber) },
      permissions: { ...permissions, entries, index },
    };
    const encode = (file: CompiledAutomaton): Uint8Array => encodePolicy({ profiles: [{ ...profile, file }] });
    assert.deepEqual(encode(other), encode(automaton));
  });
  fc.assert(property, runs);
});

/** Rows of any automaton: sets, stars and their ends, over few bytes and over nearly all. */
const pattern = fc.array(
  fc.record({
    kind: fc.constantFrom("set", "set", "star", "outOfBand"),
    set: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => setOf([...bytes])),
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => setOf([...bytes], true)),
      fc.nat(255).map((last) => setOf(Array.from({ length: last + 1 }, (_, byte) => byte))),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

test("automata come back from the stream table for table", () => {
  let states = 0;
  const property = fc.property(
    fc.array(pattern, { minLength: 1, maxLength: 8 }),
    fc.boolean(),
    (patterns, isDifferential) => {
      const session = createAutomata({ combine: (labels) => 1 + ((labels[0] ?? 0) % 3) });
      const terms = patterns.map((parts, label) =>
        parts.reduceRight((next, { kind, set }) => {
          if (kind === "outOfBand") return session.outOfBand(next);
          return kind === "set" ? session.set(set, next) : session.star(set, next);
        }, session.accept(label)),
      );
      const built = session.build(terms);
      assert.ok(built.ok);
      const dfa = { ...built.value, outputs: built.value.outputs.map((output, state) => (state < 2 ? 0 : output)) };
      const accept = Uint32Array.from([0, 4, 2, 1]);
      const automaton: CompiledAutomaton = {
        dfa,
        permissions: { kind: "packed", accept, accept2: new Uint32Array(4) },
        transitions: [],
        diffEncoded: isDifferential,
        equivalenceClasses: isDifferential,
      };
      const [profile] = decoded(readStream("a-v5")).profiles;
      assert.ok(profile !== undefined);
      const [found] = decoded(encodePolicy({ profiles: [{ ...profile, file: automaton }] })).profiles;
      checkAutomaton(found?.file, automaton, "file");
      states += dfa.stateCount;
    },
  );
  fc.assert(property, runs);
  assert.ok(states > 2000, `only ${states} states`);
});

/** The walk as the format describes it, over the tables themselves. */
function tableStep(tables: TableSet, from: number, byte: number): number {
  const symbol = tables.classes === undefined ? byte : (tables.classes[byte] ?? 0);
  let state = from;
  for (;;) {
    const base = tables.base[state] ?? 0;
    const cell = (base & 0xffffff) + symbol;
    if (tables.check[cell] === state) return tables.next[cell] ?? 0;
    state = tables.defaults[state] ?? 0;
    if ((base & 0x80000000) === 0) return state;
  }
}

function tablesOf(automaton: CompiledAutomaton): TableSet {
  const [profile] = decoded(readStream("a-v5")).profiles;
  assert.ok(profile !== undefined);
  const stream = encodePolicy({ profiles: [{ ...profile, file: automaton }] });
  const tag = Buffer.from("aadfa\0");
  const reader = new StreamReader(stream);
  reader.position = Buffer.from(stream).indexOf(tag) + tag.length;
  const blob = reader.blob();
  assert.ok(blob !== undefined);
  const tables = decodeTables(blob.subarray(blob.length % 8));
  assert.ok(tables.ok);
  return tables.value;
}

test("tables walk as the automaton they were made of, whatever the encoding", () => {
  let relative = 0;
  const property = fc.property(anyAutomaton, (automaton) => {
    const tables = tablesOf(automaton);
    if (tables.base.some((entry) => entry >>> 31 === 1)) relative += 1;
    for (let state = 0; state < automaton.dfa.stateCount; state += 1) {
      for (const byte of [0, 1, 46, 47, 48, 96, 97, 98, 99, 255, (state * 7) % 256]) {
        assert.equal(tableStep(tables, state, byte), step(automaton.dfa, state, byte));
      }
    }
  });
  fc.assert(property, runs);
  assert.ok(relative > 20, "differential storage was hardly tried");
});

test("a walk of n bytes needs at most 2n looks into relative tables", () => {
  const property = fc.property(anyAutomaton, fc.uint8Array({ maxLength: 40 }), (automaton, input) => {
    const tables = tablesOf({ ...automaton, diffEncoded: true, equivalenceClasses: false });
    let state = 1;
    let looks = 0;
    for (const byte of input) {
      for (let at = state; ; at = tables.defaults[at] ?? 0) {
        looks += 1;
        const base = tables.base[at] ?? 0;
        if (tables.check[(base & 0xffffff) + byte] === at || (base & 0x80000000) === 0) break;
      }
      state = tableStep(tables, state, byte);
    }
    assert.ok(looks <= 2 * input.length, `${looks} looks for ${input.length} bytes`);
  });
  fc.assert(property, runs);
});

test("matching stops in the dead state and out-of-band goes where the row says", () => {
  const { xmatch } = profileOf(readStream("xattr-6.1"), "xa");
  assert.ok(xmatch !== undefined);
  const plain = withoutLayout(xmatch);
  assert.equal(match(plain.dfa, 1, Uint8Array.from([47, 47, 47])), 0);
  assert.equal(outOfBandStep(plain.dfa, 12), 13);
});

/** Whether two automata of one encoding differ, by pairs of states and all 256 bytes over the tables themselves. */
function differByTables(left: TableSet, right: TableSet): boolean {
  const seen = new Set(["1 1"]);
  const queue: [number, number][] = [[1, 1]];
  for (const [one, other] of queue) {
    if (left.accept[one] !== right.accept[other] || left.accept2?.[one] !== right.accept2?.[other]) return true;
    for (let byte = 0; byte < 256; byte += 1) {
      const pair: [number, number] = [tableStep(left, one, byte), tableStep(right, other, byte)];
      if (seen.has(pair.join(" "))) continue;
      seen.add(pair.join(" "));
      queue.push(pair);
    }
  }
  return false;
}

test("the product walk finds a planted bit exactly when a plain walk over the tables does", () => {
  const stream = readStream("deny-6.1");
  const original = profileOf(stream, "d").file;
  assert.ok(original !== undefined);
  const reader = new StreamReader(stream);
  const start = Buffer.from(stream).lastIndexOf(Buffer.from("aadfa\0")) + 6;
  reader.position = start;
  const blob = reader.blob();
  assert.ok(blob !== undefined);
  const plain = decodeTables(blob.subarray(blob.length % 8));
  assert.ok(plain.ok);
  let found = 0;
  let invalid = 0;
  for (let bit = 0; bit < blob.length * 8; bit += 1) {
    const changed = stream.slice();
    const at = start + 5 + (bit >> 3);
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
    const part = changed.subarray(start + 5 + (blob.length % 8), start + 5 + blob.length);
    const tables = decodeTables(part);
    if (!tables.ok || part[0] !== 0x1b) {
      invalid += 1;
      continue;
    }
    // only bits that always mean something: exec, read and write
    if (tables.value.accept2?.join(" ") !== plain.value.accept2?.join(" ")) continue;
    const bitsAgree = tables.value.accept.every(
      (bits, i) => ((bits ^ (plain.value.accept[i] ?? 0)) & ~0x0001c007) === 0,
    );
    if (!bitsAgree) continue;
    const differs = differByTables(plain.value, tables.value);
    const file = profileOf(stream, "d").file;
    const other = tryFile(changed);
    assert.ok(file !== undefined);
    if (other === undefined) continue;
    assert.equal(compareAutomata(file, other, "file").length > 0, differs, `bit ${bit}`);
    if (differs) found += 1;
  }
  assert.ok(found > 100 && invalid > 500, `${found} found, ${invalid} invalid`);
});

function tryFile(stream: Uint8Array): CompiledAutomaton | undefined {
  try {
    return profileOf(stream, "d").file;
  } catch {
    return undefined;
  }
}
