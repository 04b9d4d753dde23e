import assert from "node:assert/strict";
import { env } from "node:process";
import { test } from "node:test";
import { encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { parseSpliced } from "../../src/language/syntax/index.ts";
import { findOracle, inScratch, type Oracle, runEach } from "../support/oracle.ts";
import { errorsAlone, errorsOf, mutate, randomFrom, scatter, textsAlone } from "../support/policy-texts.ts";

const oracle = await findOracle();

/** The reference's own words for a rejection by the text alone. */
const bySyntax =
  /syntax error|unexpected character|scanner jammed|missing an end of line|trailing commas|memory exhausted/;

type Answer = "accepted" | "syntax" | "meaning";

/** Asks many texts at once; parsing only, as `-N` does. */
function ask(reference: Oracle, texts: readonly string[]): readonly Answer[] {
  const names = texts.map((_, index) => `text${index}`);
  const files = Object.fromEntries(texts.map((text, index) => [names[index] ?? "", encodeBytes(text)]));
  const args = ["--config-file=/dev/null", "-q", "-Q", "-K", "-N"];
  const runs = inScratch(reference.root, files, (work) => runEach(reference.root, work, { names, args }));
  return runs.map(({ status, stderr }) => {
    if (status === 0) return "accepted";
    return bySyntax.test(stderr) ? "syntax" : "meaning";
  });
}

test(
  "the reference and we agree on which of many broken texts are policy",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const count = Number(env["SYNTAX_TEXTS"] ?? 1000);
    const random = randomFrom(Number(env["SYNTAX_SEED"] ?? 20));
    const texts = textsAlone();
    const broken = Array.from({ length: count }, () => mutate(texts, random));
    const answers = ask(oracle.value, broken);
    const wrong: string[] = [];
    let accepted = 0;
    for (const [index, text] of broken.entries()) {
      const answer = answers[index];
      const errors = errorsAlone(text);
      if (answer === "accepted") accepted += 1;
      if (answer === "accepted" && errors.length > 0) wrong.push(`${JSON.stringify(text)}: ${errors[0]?.message}`);
      if (answer === "syntax" && errors.length === 0) wrong.push(`${JSON.stringify(text)}: nothing was found`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(accepted > count / 20, `only ${accepted} of ${count} texts were accepted`);
  },
);

test(
  "the reference and we agree on texts scattered over files that are included in the middle of anything",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const random = randomFrom(Number(env["SYNTAX_SEED"] ?? 20));
    const texts = textsAlone();
    const wrong: string[] = [];
    let accepted = 0;
    for (let count = Number(env["SYNTAX_TEXTS"] ?? 300); count > 0; count -= 1) {
      const { main, files } = scatter(texts, random, "part");
      const contents = Object.fromEntries([...files].map(([name, text]) => [name, encodeBytes(text)]));
      const fixed = ["--config-file=/dev/null", "-q", "-Q", "-K", "-N", "main"];
      const run = oracle.value.run(fixed, { ...contents, main: encodeBytes(main) });
      const tree = parseSpliced(sourceFile("main", main), {
        include: ({ node }) => {
          const text = files.get(node.path.value);
          return text === undefined ? [] : [sourceFile(node.path.value, text)];
        },
      });
      const errors = errorsOf(tree);
      const shown = JSON.stringify([main, ...files]);
      if (run.status === 0) accepted += 1;
      if (run.status === 0 && errors.length > 0) wrong.push(`${shown}: ${errors[0]?.message}`);
      if (run.status !== 0 && bySyntax.test(run.stderr) && errors.length === 0)
        wrong.push(`${shown}: nothing was found`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(accepted > 10, `only ${accepted} texts were accepted`);
  },
);
