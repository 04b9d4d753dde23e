/**
 * Debian's libapparmor reads the same lines: what its parser accepts, ours understands alike, field by field; where the two differ, it is told
 * from the line alone that they do, and in what (libapparmor-model.ts; audit-events 10). `ARMORER_LOG_LINES` is the dose.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignView, rejection } from "../support/libapparmor-model.ts";
import type { View } from "../support/libapparmor-view.ts";
import { logLine } from "../support/log-lines.ts";
import { type ForeignRecord, parseForeign } from "../support/log-readers.ts";
import { Random } from "../support/random.ts";

const dose = Number(process.env["ARMORER_LOG_LINES"] ?? "4000");
const BATCH = 20_000;

/** Not compared: without a counterpart, or derived from several of ours. */
const OTHERS: ReadonlySet<string> = new Set([
  "version",
  "bitmask",
  "audit_id",
  "magic_token",
  "parent",
  "task",
  "net_protocol",
  "peer",
  "peer_profile",
]);

function differences(ours: View, theirs: ForeignRecord): readonly string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((key) => {
    if (OTHERS.has(key)) return false;
    const [own, other] = [ours[key], theirs[key]];
    const isUnset = own === undefined && typeof other === "number" && (other === 0 || other > 2 ** 63);
    return own !== other && !isUnset;
  });
}

/** What becomes of a line: one word for each reason. A reason that does not do what it says explains nothing. */
function compare(line: string, theirs: ForeignRecord | null): string {
  const expected = foreignView(line);
  const isTheirs = theirs !== null && theirs["event"] !== 0;
  if (expected === undefined) return isTheirs ? "unexplained: theirs alone" : "neither";
  const rejected = rejection(line);
  if (rejected !== undefined) return isTheirs ? `unexplained: accepted, though ${rejected}` : rejected;
  if (!isTheirs) return "unexplained: rejected";
  const wrong = differences(expected.view, theirs);
  if (wrong.length > 0) return `unexplained: ${[...wrong, ...expected.reasons].join(" ")}`;
  return expected.reasons.length === 0 ? "same" : expected.reasons.join("; ");
}

test(`${dose} lines are read as libapparmor reads them, or for a known reason otherwise`, async (t) => {
  const random = new Random(Number(process.env["ARMORER_LOG_SEED"] ?? "20261129"));
  const counts = new Map<string, number>();
  const examples = new Map<string, string>();
  for (let done = 0; done < dose; done += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, dose - done) }, () => logLine(random));
    const records = await parseForeign(lines);
    for (const [index, line] of lines.entries()) {
      const what = compare(line, records[index] ?? null);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (!examples.has(what)) examples.set(what, line);
    }
  }
  for (const [what, count] of [...counts].toSorted((a, b) => b[1] - a[1])) t.diagnostic(`${count} ${what}`);
  const unexplained = [...examples].filter(([what]) => what.startsWith("unexplained"));
  assert.deepEqual(unexplained, []);
  assert.ok((counts.get("same") ?? 0) > dose / 4);
});
