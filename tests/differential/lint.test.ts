/** Rules that lint calls superfluous, and rules that it does not, taken out of Debian's profiles: 5.0.2 says whether they are missed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findOracle } from "../support/oracle.ts";
import { ruleCases, verdictOf } from "../support/lint-law.ts";

/** Of each kind; `npm run lint-proof` takes all. */
const DOSE = Number(process.env["ARMORER_LINT_RULES"] ?? "12");

const found = await findOracle();

test(
  "a rule is superfluous exactly where 5.0.2 compiles the file without it to the same",
  {
    skip: found.ok ? false : found.error,
  },
  () => {
    assert.ok(found.ok);
    const cases = ruleCases(join(found.value.root, "etc/apparmor.d"));
    const tally: Record<string, number> = {};
    const wrong: string[] = [];
    for (const isMarked of [true, false]) {
      const all = cases.filter((one) => one.isMarked === isMarked);
      const stride = Math.max(1, Math.floor(all.length / DOSE));
      for (const one of all.filter((_, at) => at % stride === 0)) {
        const verdict = verdictOf(found.value, one);
        const key = `${isMarked ? "superfluous" : "counts"}: ${verdict}`;
        tally[key] = (tally[key] ?? 0) + 1;
        const isSame = verdict === "same bytes" || verdict === "same meaning";
        if (isSame !== isMarked) wrong.push(`${key} ${one.path} ${one.line}`);
      }
    }
    if (process.env["ARMORER_LINT_RULES"] !== undefined) process.stdout.write(`# ${JSON.stringify(tally)}\n`);
    assert.deepEqual(wrong, []);
    assert.ok(Object.values(tally).reduce((sum, count) => sum + count, 0) >= Math.min(DOSE, cases.length));
  },
);
