/** What a failing expectation shows as rules, where it says that these are all of it: the first lines without those that are denied are just what is in the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AccessSet,
  accessesOf,
  intersect,
  isEmpty,
  parseQuestion,
  subtract,
} from "../../src/analysis/sets/index.ts";
import { runTests } from "../../src/library/index.ts";
import { kernelFeatures, type MeaningCase, meaningCase, questionTexts } from "../support/meaning-law.ts";
import { onlyAsked } from "../support/asked-files.ts";
import { kindGroups, randomPolicy } from "../support/random-policy.ts";

const DENY = "audit deny ";
const options = { kernelFeatures, policyFeatures: { kind: "kernel" } } as const;

function value<T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
}

/** Whether lines say a set: all of it, and beyond it nothing of what was asked. */
function checkSaid(
  one: MeaningCase,
  lines: readonly string[],
  { wanted, not }: { wanted: AccessSet; not: AccessSet },
): void {
  const setOf = (text: string): AccessSet =>
    value(parseQuestion(text, one.file.questions, one.subject.profile.written)).set;
  const denied = lines.filter((line) => line.startsWith(DENY)).map((line) => setOf(line.slice(DENY.length)));
  const said = lines
    .filter((line) => !line.startsWith(DENY))
    .map((line) => denied.reduce((left, set) => value(subtract(left, set)), setOf(line)));
  const missing = said.reduce((left, set) => value(subtract(left, onlyAsked(set))), onlyAsked(wanted));
  assert.ok(isEmpty(missing), `missing from\n${lines.join("\n")}`);
  for (const set of said)
    assert.ok(isEmpty(value(intersect(onlyAsked(set), not))), `more than what is in the way:\n${lines.join("\n")}`);
}

async function checkCase(
  one: MeaningCase,
  texts: readonly string[],
): Promise<{ readonly failed: number; readonly said: number }> {
  const kinds = ["all", "none", "some"] as const;
  const lines = texts.flatMap((text) => kinds.map((kind) => ({ kind, text })));
  const suite = `test "x" for t {\n${lines.map(({ kind, text }) => `  ${kind} ${text}\n`).join("")}}\n`;
  const { tests } = await runTests(one.text, suite, options);
  const allowed = accessesOf(one.subject.compiled);
  let [failed, said] = [0, 0];
  for (const { line, outcome, rules, exact } of tests.flatMap(({ results }) => results)) {
    const expectation = lines[line - 2];
    if (outcome !== "failed" || expectation === undefined) continue;
    failed += 1;
    // a limit up to more than is allowed is a limit up to what is allowed, too
    if (!exact || rules.length === 0 || expectation.text.startsWith("set rlimit")) continue;
    said += 1;
    const asked = value(parseQuestion(expectation.text, one.file.questions, one.subject.profile.written)).set;
    const inside = value(intersect(asked, allowed));
    const outside = value(subtract(asked, allowed));
    const isInside = expectation.kind === "none";
    checkSaid(one, rules, isInside ? { wanted: inside, not: outside } : { wanted: outside, not: inside });
  }
  return { failed, said };
}

for (const kinds of kindGroups)
  test(`rules that are shown for a failure say it: ${kinds.join(", ")}`, async (context) => {
    let [failed, said] = [0, 0];
    for (let seed = 1; seed <= Number(process.env["ARMORER_REMAINDERS"] ?? "8"); seed += 1) {
      const one = meaningCase(randomPolicy(seed, kinds).text);
      if (one === undefined) continue;
      const found = await checkCase(one, questionTexts(seed, kinds, one.subject.profile).slice(0, 6));
      failed += found.failed;
      said += found.said;
    }
    context.diagnostic(`${failed} failures, ${said} with all of it as rules`);
    assert.ok(failed > 0);
  });
