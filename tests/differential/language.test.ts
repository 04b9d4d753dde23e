import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import test from "node:test";
import { createChecker, repository } from "../support/check-policy.ts";
import { noFiles } from "../support/pipeline.ts";
import { findOracle } from "../support/oracle.ts";
import { TextMaker } from "../support/policy-grammar.ts";
import { askVerdicts } from "../support/verdicts.ts";

/** Texts for each of the four ways to make them. `npm run fuzz` asks for many more. */
const perKind = Number(env["ARMORER_FUZZ_TEXTS"] ?? "1000") / 4;
const seed = Number(env["ARMORER_FUZZ_SEED"] ?? "20260101");
const BATCH = 500;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const corpus = JSON.parse(readFileSync(join(repository, "tests/corpus/policy-language.json"), "utf8")) as readonly {
  readonly text: string;
}[];

/** Shapes of texts on which we disagree on purpose: tests/corpus/known-differences.md. */
const passedOver = [/\[[^\]\n]*\\,/];

function textsOf(maker: TextMaker, index: number): string {
  const text = (factor: number): string => corpus[(index * factor) % corpus.length]?.text ?? "";
  switch (index % 4) {
    case 0:
      return maker.policy();
    case 1:
      return maker.oneRule();
    case 2:
      return maker.mutate(text(7919), text(104_729));
    default:
      return maker.mutate(maker.oneRule(), text(31));
  }
}

const oracle = await findOracle();

test(
  "grown and bred texts are accepted or rejected as apparmor_parser does it",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const maker = new TextMaker(seed);
    const { check } = createChecker(noFiles, []);
    const wrong: string[] = [];
    let accepted = 0;
    let compared = 0;
    for (let start = 0; start < perKind * 4; start += BATCH) {
      const length = Math.min(BATCH, perKind * 4 - start);
      const texts = Array.from({ length }, (_, i) => textsOf(maker, start + i)).filter(
        (text) => !/\b(?:include|abi)\b/.test(text) && !passedOver.some((shape) => shape.test(text)),
      );
      for (const [index, { status, messages }] of askVerdicts(oracle.value, texts).entries()) {
        const text = texts[index] ?? "";
        compared += 1;
        if (status === 0) accepted += 1;
        const ours = check(text);
        if (ours.accepted === (status === 0)) continue;
        const codes = ours.diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
        wrong.push(`${text}\n=> ${status} ${messages.split("\n")[0]}, we: ${codes.join(" ")}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(accepted > compared / 10 && accepted < (compared * 9) / 10, `${accepted} of ${compared} were accepted`);
  },
);
