import assert from "node:assert/strict";
import { test } from "node:test";
import type { LearnSession } from "../../src/app/index.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { openLawLog } from "../support/learn-law.ts";
import { Random } from "../support/random.ts";

/** How many logs are tried, of how many lines; the first seed. */
const LOGS = Number(process.env["ARMORER_LEARN_LOGS"] ?? 8);
const SEED = Number(process.env["ARMORER_LEARN_SEED"] ?? 20261201);
const LINES = 60;

function writtenBy(session: LearnSession): readonly (readonly [string, string | undefined])[] {
  return session
    .answerRest()
    .result()
    .files.map(({ path, after }): [string, string | undefined] => [path, after])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

test("a log that is shuffled, read twice, or said in two halves gives the same profiles to the byte", () => {
  let texts = 0;
  for (let at = 0; at < LOGS; at += 1) {
    const random = new Random(SEED + at);
    const lines = hostileLog(random, LINES, 0);
    const straight = writtenBy(openLawLog(lines, true).session);
    texts += straight.length;
    const half = Math.floor(lines.length / 2);
    const orders: readonly (readonly [string, readonly string[]])[] = [
      ["shuffled", random.shuffled(lines)],
      ["backwards", lines.toReversed()],
      ["twice", [...lines, ...random.shuffled(lines)]],
      ["the second half first", [...lines.slice(half), ...lines.slice(0, half)]],
    ];
    for (const [how, other] of orders) {
      assert.deepEqual(writtenBy(openLawLog(other, true).session), straight, `log ${SEED + at}, ${how}`);
    }
  }
  assert.ok(texts > LOGS, `${texts} texts`);
});
