/** What beginners' mistakes are called; the page is read by people, and rewritten by `UPDATE_GOLDEN=1`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Diagnostic, renderHuman } from "../../src/foundation/diagnostics/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { checkMistake } from "../support/check-mistake.ts";
import { matchGolden } from "../support/golden.ts";
import { mistakes } from "../support/mistakes.ts";

function isShown({ follows }: Diagnostic): boolean {
  return follows !== true;
}

test("each mistake is named for what it is", () => {
  const parts = Object.entries(mistakes).map(([name, text]) => {
    const diagnostics = checkMistake(text).filter(isShown);
    const file = sourceFile("demo", text);
    return `# ${name}\n\n${renderHuman([{ file, ok: false, diagnostics }])}`;
  });
  matchGolden("diagnostics/mistakes.txt", parts.join("\n"));
});

test("one mistake gives one message", () => {
  const several = Object.entries(mistakes).flatMap(([name, text]) => {
    const shown = checkMistake(text).filter(isShown);
    return shown.length === 1 ? [] : [`${name}: ${shown.map(({ code }) => code).join(" ")}`];
  });
  assert.deepEqual(several, []);
});
