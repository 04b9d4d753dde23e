/** Rules that lint calls superfluous, and rules that it does not, taken out of Debian's profiles: 5.0.2 says whether they are missed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findOracle } from "../support/oracle.ts";
import { type RuleCase, ruleCases, verdictOf } from "../support/lint-law.ts";

/** `npm run lint-proof` takes all files, and all rules of them. */
const IS_WHOLE = process.env["ARMORER_LINT_PROOF"] === "all";
const EVERY = IS_WHOLE ? 1 : 12;
/** Of each kind. */
const DOSE = IS_WHOLE ? Number.POSITIVE_INFINITY : 24;

const found = await findOracle();

function sampleOf(cases: readonly RuleCase[]): readonly RuleCase[] {
  const stride = Math.max(1, Math.floor(cases.length / DOSE));
  return cases.filter((_, at) => at % stride === 0);
}

test(
  "a rule is superfluous exactly where 5.0.2 compiles the file without it to the same",
  {
    skip: found.ok ? false : found.error,
  },
  () => {
    assert.ok(found.ok);
    const cases = ruleCases(join(found.value.root, "etc/apparmor.d"), EVERY);
    const tally: Record<string, number> = {};
    const wrong: string[] = [];
    for (const isMarked of [true, false]) {
      const sample = sampleOf(cases.filter((one) => one.isMarked === isMarked));
      assert.ok(sample.length > 3, `${sample.length} rules are ${isMarked ? "superfluous" : "not"}`);
      for (const one of sample) {
        const verdict = verdictOf(found.value, one);
        const key = `${isMarked ? "superfluous" : "counts"}: ${verdict}`;
        tally[key] = (tally[key] ?? 0) + 1;
        const isSame = verdict === "same bytes" || verdict === "same meaning";
        if (isSame !== isMarked) wrong.push(`${key} ${one.path} ${one.line}`);
      }
    }
    if (IS_WHOLE) process.stdout.write(`# ${JSON.stringify(tally)}\n`);
    assert.deepEqual(wrong, []);
  },
);
