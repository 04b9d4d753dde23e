/** Tried before shown: every fix that is offered ends its own problem, makes no other, and leaves a text that compiles where nothing else was wrong. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Diagnostic, type Fix } from "../../src/foundation/diagnostics/index.ts";
import { applyEdits, sourceFile } from "../../src/foundation/text/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { checkMistake } from "../support/check-mistake.ts";
import { mistakes } from "../support/mistakes.ts";
import { Random } from "../support/random.ts";

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** How often each is said: places move, messages stay. */
function countSaid(list: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { code, message } of list) {
    const key = `${code} ${message}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** What a fix brought about that the law forbids. `after` may reveal more of the lines that were mended, where nothing could be understood before. */
function broken(text: string, before: readonly Diagnostic[], problem: Diagnostic, fix: Fix): string | undefined {
  const mended = applyEdits(
    text,
    fix.edits.map(({ edit }) => edit),
  );
  const after = checkMistake(mended);
  const key = `${problem.code} ${problem.message}`;
  const [was, is] = [countSaid(before), countSaid(after)];
  if ((is.get(key) ?? 0) >= (was.get(key) ?? 0)) return "its problem stays";
  const syntax = (list: readonly Diagnostic[]): number =>
    list.filter((one) => isError(one) && one.code.startsWith("syntax/")).length;
  if (syntax(after) > syntax(before)) return "more is unreadable";
  const isOnly = before.filter((one) => isError(one) && one.follows !== true).every((one) => one === problem);
  const first = after.find(isError);
  // Where a text could not be read, what it means was not known: that is revealed, not made.
  if (isOnly && first !== undefined && !problem.code.startsWith("syntax/")) return `it makes ${first.message}`;
  // A word that can be read and means nothing for a character in it is named by the reader's code, and revealed as other meaning is.
  const unreadable = new Set(
    parse(sourceFile("demo", mended)).diagnostics.map(({ code, message }) => `${code} ${message}`),
  );
  const made = after.find((one) => {
    const said = `${one.code} ${one.message}`;
    return isError(one) && one.code.startsWith("syntax/") && !was.has(said) && unreadable.has(said);
  });
  return made === undefined ? undefined : `it makes ${made.message}`;
}

function checkFixes(name: string, text: string): number {
  const before = checkMistake(text);
  let count = 0;
  for (const problem of before)
    for (const fix of problem.fixes) {
      // An abstraction's own text is another file.
      if (fix.edits.some(({ file }) => file !== problem.at.span.file) || problem.at.span.file !== "demo") continue;
      count += 1;
      const why = broken(text, before, problem, fix);
      assert.equal(
        why,
        undefined,
        `${name}: ${fix.title}\n${JSON.stringify(text)}\n${problem.code} ${problem.message}`,
      );
    }
  return count;
}

test("the fix of a mistake mends it, and the text compiles then", () => {
  let count = 0;
  for (const [name, text] of Object.entries(mistakes)) {
    count += checkFixes(name, text);
    for (const { fixes } of checkMistake(text).filter(isError)) {
      for (const fix of fixes) {
        const mended = applyEdits(
          text,
          fix.edits.map(({ edit }) => edit),
        );
        // The template and the like stay what they are: they have no fix.
        assert.deepEqual(
          checkMistake(mended)
            .filter((one) => isError(one))
            .map(({ message }) => message),
          [],
          name,
        );
      }
    }
  }
  assert.ok(count > 25, `${count} fixes`);
});

interface Case {
  readonly name: string;
  readonly text: string;
}

test("the fixes of the corpus's texts keep the law", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
  const cases = JSON.parse(readFileSync("tests/corpus/policy-language.json", "utf8")) as readonly Case[];
  let count = 0;
  for (const { name, text } of cases) count += checkFixes(name, text);
  assert.ok(count > 80, `${count} fixes`);
});

const noise = [
  "\r",
  "\u00a0",
  "\u200b",
  "“",
  "”",
  ",",
  " ",
  "{",
  "}",
  '"',
  "\\ ",
  "(",
  ")",
  "<",
  ">",
  "\n",
  ";",
  "#",
  "/a b r,",
  " ,",
  "in",
  "=",
  "x",
];

/** Leaves out, doubles or puts in something at a few places. */
function spoil(text: string, random: Random): string {
  let spoilt = text;
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(spoilt.length + 1);
    const length = random.below(3);
    spoilt = spoilt.slice(0, at) + (random.below(4) === 0 ? "" : random.pick(noise)) + spoilt.slice(at + length);
  }
  return spoilt;
}

test("the fixes of spoilt texts keep the law", () => {
  const random = new Random(13);
  const texts = Object.values(mistakes);
  let count = 0;
  for (let round = 0; round < 1500; round += 1) {
    const text = spoil(random.pick(texts), random);
    count += checkFixes(`round ${round}`, text);
  }
  assert.ok(count > 400, `${count} fixes`);
});
