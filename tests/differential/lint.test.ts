/** Rules and letters that lint calls superfluous, and those that it does not, taken out of Debian's profiles: 5.0.2 says whether they are missed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { casesOf, lintedFiles, type RuleCase, verdictsOf } from "../support/lint-law.ts";

/** `npm run lint-proof`: all rules of all files, and their letters; `3-20` takes the files with these places, from none. */
const WHOLE = process.env["ARMORER_LINT_PROOF"];
const [FROM = 0, TO = Number.POSITIVE_INFINITY] = /^\d+-\d+$/.test(WHOLE ?? "")
  ? (WHOLE ?? "").split("-").map(Number)
  : [];
/** Of each kind of rule; of letters. */
const DOSE = 24;
const LETTERS = 8;
const EVERY_FILE = 12;

const found = await findOracle();

type Tally = Record<string, number>;

/** Cases where lint and 5.0.2 are of two minds. */
function wrongAmong(oracle: Oracle, cases: readonly RuleCase[], tally: Tally): readonly string[] {
  const verdicts = verdictsOf(oracle, cases);
  return cases.flatMap(({ path, line, letter, isMarked }, at) => {
    const verdict = verdicts[at] ?? "refused";
    const what = `${letter === undefined ? "rule" : "letter"} that ${isMarked ? "is superfluous" : "counts"}: ${verdict}`;
    tally[what] = (tally[what] ?? 0) + 1;
    const isSame = verdict === "same bytes" || verdict === "same meaning";
    return isSame === isMarked ? [] : [`${what} ${path} ${letter ?? ""} ${line}`];
  });
}

function sampleOf(cases: readonly RuleCase[], dose: number): readonly RuleCase[] {
  const stride = Math.max(1, Math.floor(cases.length / dose));
  return cases.filter((_, at) => at % stride === 0);
}

test(
  "a rule, or a letter, is superfluous exactly where 5.0.2 compiles the file without it to the same",
  { skip: found.ok ? false : found.error },
  () => {
    assert.ok(found.ok);
    const files = lintedFiles(join(found.value.root, "etc/apparmor.d"), WHOLE === undefined ? EVERY_FILE : 1);
    const tally: Tally = {};
    const wrong: string[] = [];
    if (WHOLE === undefined) {
      const cases = files.flatMap(casesOf);
      for (const isMarked of [true, false]) {
        for (const isLetter of [true, false]) {
          const kind = cases.filter((one) => one.isMarked === isMarked && (one.letter !== undefined) === isLetter);
          const sample = sampleOf(kind, isLetter ? LETTERS : DOSE);
          assert.ok(sample.length > 3, `${sample.length} ${isMarked ? "superfluous" : "that count"}`);
          wrong.push(...wrongAmong(found.value, sample, tally));
        }
      }
    } else {
      for (const [at, file] of files.entries()) {
        if (at < FROM || at >= TO) continue;
        const said = wrongAmong(found.value, casesOf(file), tally);
        for (const line of said) process.stdout.write(`# ${line}\n`);
        process.stdout.write(`# ${at}: ${JSON.stringify(tally)}\n`);
        wrong.push(...said);
      }
    }
    assert.deepEqual(wrong, []);
  },
);
