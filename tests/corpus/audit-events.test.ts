import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseLine } from "../../src/learning/audit/index.ts";

/**
 * Recorded on running kernels 6.1, 6.12 and 7.2 with their daemons; one case a line: id, carrier, line, event in normal form
 * without `source`, `extra` and `duplicates`.
 */
const cases = readFileSync(new URL("../../../tests/corpus/audit-events.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line): unknown => JSON.parse(line));

test("every recorded line gives the event that was written down for it", () => {
  assert.ok(cases.length > 1000);
  for (const entry of cases) {
    assert.ok(Array.isArray(entry));
    const [id, , line, expected]: unknown[] = entry;
    assert.ok(typeof line === "string");
    assert.deepEqual(bare(parseLine(line)), expected, String(id));
  }
});

function bare(item: unknown): unknown {
  if (item === undefined) return null;
  assert.ok(typeof item === "object" && item !== null);
  const kept = Object.entries(item).filter(([key]) => !["source", "extra", "duplicates"].includes(key));
  return Object.fromEntries(kept);
}
