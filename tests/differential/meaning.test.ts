/** All, some or none: the verdict on our compiled profile is the verdict on the one that the reference compiler makes of the same text. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { accessesOf, compareSets, parseQuestion } from "../../src/analysis/sets/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { kernelFeatures, meaningCase, questionTexts } from "../support/meaning-law.ts";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { kindGroups, randomPolicy } from "../support/random-policy.ts";

const found = await findOracle();
const DOSE = Number(process.env["ARMORER_MEANING_POLICIES"] ?? "10");
const FIRST = Number(process.env["ARMORER_MEANING_SEED"] ?? "1") + 50_000;

it("verdicts on our automata are verdicts on those of 5.0.2", { skip: found.ok ? false : found.error }, () => {
  if (!found.ok) return;
  const cases = kindGroups.flatMap((kinds) =>
    Array.from({ length: DOSE }, (_, at) => ({ kinds, seed: FIRST + at, text: randomPolicy(FIRST + at, kinds).text })),
  );
  const streams = compileBatch(
    found.value,
    cases.map(({ text }) => text),
    { kernel: kernelFeatures },
  );
  let compared = 0;
  for (const [at, { kinds, seed, text }] of cases.entries()) {
    const stream = streams[at]?.stream;
    const one = meaningCase(text);
    const decoded = stream && decodePolicy(stream);
    const theirs = decoded?.ok === true ? decoded.value.profiles[0] : undefined;
    if (one === undefined || theirs === undefined) continue;
    for (const question of questionTexts(seed, kinds, one.subject.profile).slice(0, 12)) {
      const asked = parseQuestion(question, one.file.questions);
      if (!asked.ok) continue;
      const own = compareSets(asked.value.set, accessesOf(one.subject.compiled));
      const reference = compareSets(asked.value.set, accessesOf(theirs));
      assert.ok(own.ok && reference.ok);
      assert.equal(own.value.verdict, reference.value.verdict, `seed ${seed}\n${text}${question}`);
      compared += 1;
    }
  }
  if (process.env["ARMORER_MEANING_POLICIES"] !== undefined)
    process.stdout.write(`# compared with 5.0.2: ${compared}\n`);
  assert.ok(compared > 100);
});
