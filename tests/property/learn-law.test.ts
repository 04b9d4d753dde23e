import assert from "node:assert/strict";
import { test } from "node:test";
import type { LearnedProposal, LearnResult } from "../../src/app/index.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { checkLearnLaw } from "../support/learn-law.ts";
import { Random } from "../support/random.ts";

/** How many logs are tried, of how many lines; the first seed. */
const LOGS = Number(process.env["ARMORER_LEARN_LOGS"] ?? 20);
const SEED = Number(process.env["ARMORER_LEARN_SEED"] ?? 20261129);
const LINES = Number(process.env["ARMORER_LEARN_LINES"] ?? 100);

const tally = { lines: 0, events: 0, taken: 0, written: 0, refused: 0, created: 0, skipped: new Map<string, number>() };

const reasons = new Set<string>();

function count(result: LearnResult): void {
  for (const { reason, count: times } of result.skipped)
    tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + times);
  for (const { problems } of result.files) for (const problem of problems) reasons.add(problem);
}

function chooser(random: Random): ((proposal: LearnedProposal) => number | undefined) | undefined {
  if (random.chance(0.5)) return undefined;
  return ({ candidates, status }) =>
    status === "covered" || random.chance(0.1) ? undefined : random.below(candidates.length);
}

function tryLog(seed: number): void {
  const random = new Random(seed);
  const lines = hostileLog(random, LINES, random.pick([0, 0.1, 0.5]));
  const createProfiles = random.chance(0.5);
  const { result, ...report } = checkLearnLaw(lines, { createProfiles, choose: chooser(random) });
  tally.lines += lines.length;
  for (const key of ["events", "taken", "written", "created", "refused"] as const) tally[key] += report[key];
  count(result);
}

test("for every log, the written policy allows what confirmed proposals say and nothing else, and compiles", () => {
  for (let at = 0; at < LOGS; at += 1) {
    try {
      tryLog(SEED + at);
    } catch (thrown) {
      throw new Error(`log ${SEED + at}: ${thrown instanceof Error ? thrown.message : ""}`, { cause: thrown });
    }
  }
  if (process.env["ARMORER_LEARN_LOGS"] !== undefined) {
    process.stderr.write(
      `${JSON.stringify({ ...tally, skipped: Object.fromEntries(tally.skipped), reasons: [...reasons] })}\n`,
    );
  }
  assert.ok(tally.taken > LOGS && tally.written > LOGS / 4 && tally.refused < tally.written, JSON.stringify(tally));
});
