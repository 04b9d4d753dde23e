import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { EncodedAutomaton } from "../../compiler/policydb/index.ts";
import { nodeDigest as digest } from "../../host/index.ts";
import { type MemoryStore, memoryStore } from "../../../tests/support/memory-files.ts";
import { automatonCache } from "./automaton-cache.ts";
import { type StoredTables, resultCache } from "./result-cache.ts";

/** Larger than what is written with a result. */
const LARGE = 40_000;

/** Tables of automata, by what fills them, and how many bytes are before each, and behind the last. */
const contents = fc.record({
  tables: fc.array(
    fc.record({ fill: fc.integer({ min: 1, max: 255 }), before: fc.nat({ max: 9 }), isLarge: fc.boolean() }),
    { maxLength: 5 },
  ),
  behind: fc.nat({ max: 9 }),
});

function automaton(fill: number, isLarge: boolean): EncodedAutomaton {
  const tables = new Uint8Array(isLarge ? LARGE : 100).fill(fill);
  return { fields: Uint8Array.of(fill), tables, transitions: [] };
}

/** Keeps a result made of automata in a cache, and gives its bytes. */
function keepResult(files: MemoryStore, { behind, tables }: ReturnType<typeof contents.generate>["value"]): Uint8Array {
  const automata = automatonCache("/c", files, digest);
  const parts: Uint8Array[] = [];
  const stored: StoredTables[] = [];
  let at = 0;
  for (const { before, fill, isLarge } of tables) {
    const made = automata.recall(`${fill} ${isLarge}`, () => automaton(fill, isLarge));
    assert.ok(made !== undefined);
    const name = automata.nameOf(made.tables);
    assert.ok(name !== undefined);
    parts.push(new Uint8Array(before), made.tables);
    stored.push({ name, start: at + before, end: at + before + made.tables.length });
    at += before + made.tables.length;
  }
  const bytes = Buffer.concat([...parts, new Uint8Array(behind)]);
  automata.trim();
  const results = resultCache("/c", files, digest);
  results.keep("r", { observations: ["kind file /a"], about: { of: "r" }, texts: ["/a", "/b"], bytes }, stored);
  results.flush();
  return bytes;
}

function bytesIn(files: MemoryStore, folder: string): number {
  return [...files.contents].reduce((sum, [path, { length }]) => sum + (path.startsWith(folder) ? length : 0), 0);
}

test("a result comes back as it was, and large tables that the cache of automata has are not written again", () => {
  fc.assert(
    fc.property(contents, (content) => {
      const files = memoryStore({});
      const bytes = keepResult(files, content);
      const found = resultCache("/c", files, digest).find("r", (seen) => seen.join("") === "kind file /a");
      assert.deepEqual([found?.about, found?.texts], [{ of: "r" }, ["/a", "/b"]]);
      assert.equal(found?.sizeBytes, bytes.length);
      assert.equal(Buffer.compare(found.bytes() ?? Buffer.of(), bytes), 0);
      assert.ok(bytesIn(files, "/c/results/") < LARGE);
      assert.equal(
        resultCache("/c", files, digest).find("r", () => false),
        undefined,
      );
    }),
    { seed: 1, numRuns: 100 },
  );
});

test("a result whose tables are not there any more, or are others, has no bytes", () => {
  const content = { tables: [{ fill: 1, before: 3, isLarge: true }], behind: 2 };
  const files = memoryStore({});
  keepResult(files, content);
  const [path = "", whole = new Uint8Array()] = [...files.contents].find(([name]) => name.includes("/automata/")) ?? [];
  const bytesOf = (): Uint8Array | undefined =>
    resultCache("/c", files, digest)
      .find("r", () => true)
      ?.bytes();
  assert.notEqual(bytesOf(), undefined);
  files.contents.set(path, whole.with(whole.length - 1, 7));
  assert.equal(bytesOf(), undefined, "damaged");
  files.contents.delete(path);
  assert.equal(bytesOf(), undefined, "gone");
  const other = automatonCache("/c", files, digest);
  other.recall("1 true", () => automaton(1, false));
  other.flush();
  assert.equal(bytesOf(), undefined, "of another size");
});
