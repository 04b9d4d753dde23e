/** Debian's parser makes the same bytes, or the same refusal, of a text and of what the formatter makes of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { env } from "node:process";
import { test } from "node:test";
import { checkFormat, formatted } from "../support/format-law.ts";
import { layOutOddly } from "../support/odd-layout.ts";
import { findOracle } from "../support/oracle.ts";
import { type BatchResult, compileBatch } from "../support/oracle-batch.ts";
import { TextMaker } from "../support/policy-grammar.ts";
import { randomFrom, textsAlone } from "../support/policy-texts.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { widePolicy } from "../support/wide-policy.ts";

const oracle = await findOracle();
const kernel = readFileSync(new URL("../../../tests/corpus/features/debian-kernel-7.2", import.meta.url), "utf8");

/** Texts that we can read and that formatting changes; such as can be written to a file as UTF-8. */
function changedTexts(count: number, seed: number): readonly string[] {
  const texts = textsAlone();
  const found: string[] = [];
  for (let index = seed; found.length < count; index += 1) {
    const random = randomFrom(index);
    const corpus = texts[Math.floor(random() * texts.length)] ?? "";
    const sources = [corpus, corpus, widePolicy(index), randomPolicy(index).text, new TextMaker(index).policy()];
    for (const text of sources.map((source) => layOutOddly(source, random)))
      if (!/\p{Cs}/u.test(text) && checkFormat(text) && formatted(text) !== text) found.push(text);
  }
  return found;
}

/** Bytes, or the words of the refusal without the lines they are about and the names of the files. */
function answerOf({ messages, stream }: BatchResult): unknown {
  const words = messages.replaceAll(/\b(?:in |text)?\S*text\d+\S*|\(?line \d+\)?|\b\d+:/g, "");
  return stream === undefined ? words : Buffer.from(stream).toString("base64");
}

test(
  "5.0.2 compiles an oddly laid out text and the formatted one to the same bytes",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const before = changedTexts(Number(env["FORMAT_TEXTS"] ?? 200), Number(env["FORMAT_SEED"] ?? 1));
    const after = before.map((text) => formatted(text) ?? "");
    const [left, right] = [before, after].map((texts) => compileBatch(oracle.value, texts, { kernel }));
    let compiled = 0;
    for (const [index, text] of before.entries()) {
      const [a, b] = [left?.[index], right?.[index]];
      assert.ok(a !== undefined && b !== undefined);
      assert.deepEqual(answerOf(b), answerOf(a), `${JSON.stringify(text)}\n${JSON.stringify(after[index])}`);
      if (a.stream !== undefined) compiled += 1;
    }
    assert.ok(compiled > before.length / 4, `only ${compiled} of ${before.length} were compiled`);
  },
);
