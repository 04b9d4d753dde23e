import assert from "node:assert/strict";
import { test } from "node:test";
import { readAudit } from "../../src/app/index.ts";
import type { LogItem } from "../../src/foundation/ports/index.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { checkLearning, chooser, emptyTally, learner } from "../support/learn-law.ts";
import { Random } from "../support/random.ts";

/** How many logs are tried, of how many lines; the first seed. */
const LOGS = Number(process.env["ARMORER_LEARN_LOGS"] ?? 20);
const SEED = Number(process.env["ARMORER_LEARN_SEED"] ?? 20261129);
const LINES = Number(process.env["ARMORER_LEARN_LINES"] ?? 100);

async function* logItems(lines: readonly string[]): AsyncGenerator<LogItem> {
  for (const text of lines) yield { kind: "line", text };
}

const tally = emptyTally();

async function tryLog(seed: number): Promise<void> {
  const random = new Random(seed);
  const lines = hostileLog(random, LINES, random.pick([0, 0.1, 0.5]));
  const source = { kind: "file", path: "-" } as const;
  const { groups } = await readAudit({ source, items: logItems(lines) }, { filter: {}, keyOf: learner.keyOf });
  checkLearning({ groups, createProfiles: random.chance(0.5), choose: chooser(random) }, tally);
}

test("for every log, the written policy allows what confirmed proposals say and nothing else, and compiles", async () => {
  for (let at = 0; at < LOGS; at += 1) {
    try {
      await tryLog(SEED + at);
    } catch (thrown) {
      throw new Error(`log ${SEED + at}: ${thrown instanceof Error ? thrown.message : ""}`, { cause: thrown });
    }
  }
  if (process.env["ARMORER_LEARN_LOGS"] !== undefined) {
    process.stderr.write(
      `${JSON.stringify({ ...tally, skipped: Object.fromEntries(tally.skipped), problems: [...tally.problems] })}\n`,
    );
  }
  assert.ok(tally.taken > LOGS && tally.written > LOGS / 4 && tally.refused < tally.written, JSON.stringify(tally));
});
