/** Differences between a policy and an edit of it, held against the automata that 5.0.2 makes of both. `ARMORER_PAIRS` asks for more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { subtractBoth } from "../../src/analysis/diff/index.ts";
import { accessesOf, isEmpty } from "../../src/analysis/sets/index.ts";
import type { DiffRule } from "../../src/app/index.ts";
import { diff } from "../../src/library/index.ts";
import {
  brokenDifferences,
  brokenRules,
  brokenWords,
  differenceText,
  features,
  kernelText as kernel,
  mutatedRules,
  spokenBy,
  wordsOf,
} from "../support/diff-law.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { compileText } from "../support/pipeline.ts";
import { kindGroups, randomPolicy } from "../support/random-policy.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const pairs = Number(process.env["ARMORER_PAIRS"] ?? "60");
/** The first of many, so that another run sees others. */
const FIRST = Number(process.env["ARMORER_PAIRS_SEED"] ?? "700000");

function onlyProfile(stream: Uint8Array | undefined): CompiledProfile | undefined {
  const decoded = stream === undefined ? undefined : decodePolicy(stream);
  return decoded?.ok === true ? decoded.value.profiles[0] : undefined;
}

interface WrittenDifference {
  readonly side: "more" | "less";
  readonly text: string;
  readonly theirs: { readonly left: CompiledProfile; readonly right: CompiledProfile };
  readonly of: string;
}

/** Rules that are said to be a difference are it: 5.0.2 makes the same set of accesses of them. */
function wronglyWritten(reference: Oracle, written: readonly WrittenDifference[]): readonly string[] {
  const streams = compileBatch(
    reference,
    written.map(({ text }) => text),
    { kernel },
  );
  return written.flatMap((one, place) => {
    const compiled = onlyProfile(streams[place]?.stream);
    if (compiled === undefined) return [`${one.text}${streams[place]?.messages}${one.of}`];
    const broken = brokenRules(compiled, one.theirs, one);
    return broken.length === 0 ? [] : [`${broken.join("\n")}\n${one.side}\n${one.text}${one.of}`];
  });
}

interface Counts {
  compared: number;
  different: number;
  written: number;
  shortened: number;
}

/** Every other policy has rules of a few kinds alone, so that they meet. */
function policyText(seed: number): string {
  const kinds = (seed & 1) === 0 ? undefined : kindGroups[(seed >> 1) % kindGroups.length];
  return randomPolicy(seed, kinds).text;
}

/** What is wrong of the pairs of some seeds; all of it, for the rest may show another kind. */
function brokenPairs(reference: Oracle, seeds: readonly number[], counts: Counts): readonly string[] {
  const texts = seeds.map(policyText);
  const edited = texts.map((text, place) => mutatedRules(text, (seeds[place] ?? 0) - FIRST));
  const streams = compileBatch(reference, [...texts, ...edited], { kernel });
  const session = createCompileSession();
  const ours = [...texts, ...edited].map(
    (text) => compileText(text, { kernelFeatures: features, policyFeatures: features, session }).policy.profiles[0],
  );
  const found: string[] = [];
  const written: WrittenDifference[] = [];
  for (const place of seeds.keys()) {
    const [left, right] = [ours[place], ours[place + seeds.length]];
    const [theirLeft, theirRight] = [place, place + seeds.length].map((at) => onlyProfile(streams[at]?.stream));
    if (left === undefined || right === undefined || theirLeft === undefined || theirRight === undefined) continue;
    const of = `seed ${seeds[place]}\n${texts[place]}${edited[place]}`;
    const broken = brokenDifferences({ left, right }, { left: theirLeft, right: theirRight });
    if (broken.length > 0) found.push(`${broken.join("\n")}\n${of}`);
    counts.compared += 1;
    const both = subtractBoth(left, right);
    if (!both.ok || (isEmpty(both.value.more) && isEmpty(both.value.less))) continue;
    counts.different += 1;
    for (const side of ["more", "less"] as const) {
      if (isEmpty(both.value[side])) continue;
      const text = differenceText(both.value[side]);
      if (text === undefined) counts.shortened += 1;
      else written.push({ side, text, theirs: { left: theirLeft, right: theirRight }, of });
    }
  }
  counts.written += written.length;
  return [...found, ...wronglyWritten(reference, written)];
}

const settings = { kernelFeatures: kernel, policyFeatures: { kind: "kernel" } } as const;

/** Rules of the policy itself, without what others say: 5.0.2 makes the same set of accesses of them where they are said to be the difference. */
async function wronglyWorded(
  reference: Oracle,
  seeds: readonly number[],
  counts: { sides: number; whole: number; bound: number },
): Promise<readonly string[]> {
  const texts = seeds.map(policyText);
  const edited = texts.map((text, place) => mutatedRules(text, (seeds[place] ?? 0) - FIRST));
  const streams = compileBatch(reference, [...texts, ...edited], { kernel });
  const sides: {
    of: string;
    theirs: WrittenDifference["theirs"];
    side: "more" | "less";
    rules: readonly DiffRule[];
  }[] = [];
  for (const [place, text] of texts.entries()) {
    const [left, right] = [place, place + seeds.length].map((at) => onlyProfile(streams[at]?.stream));
    if (left === undefined || right === undefined) continue;
    const { profiles } = await diff(text, edited[place] ?? "", settings);
    const rules = profiles
      .flatMap((one) => one.rules)
      .filter((rule) => rule.class !== "capability" && rule.class !== "rlimit");
    for (const [sign, side] of [
      ["+", "more"],
      ["-", "less"],
    ] as const) {
      const own = rules.filter((rule) => rule.sign === sign);
      if (own.length > 0)
        sides.push({ of: `seed ${seeds[place]}\n${text}${edited[place]}`, theirs: { left, right }, side, rules: own });
    }
  }
  counts.sides += sides.length;
  const claimed = sides.filter(({ rules }) => rules.every(({ exact }) => exact));
  const words = claimed.flatMap(({ rules }) => rules.map((rule) => wordsOf(rule)));
  const compiled = compileBatch(reference, words.flat(), { kernel }).map(({ stream }) => onlyProfile(stream));
  let at = 0;
  return claimed.flatMap(({ of, theirs, side, rules }) => {
    const spoken = rules.flatMap((rule) => {
      const sets = wordsOf(rule).flatMap(() => {
        const one = compiled[at++];
        return one === undefined ? [] : [accessesOf(one)];
      });
      return spokenBy(rule, sets) ?? [];
    });
    if (spoken.length < rules.length) return [`not read by 5.0.2: ${rules.map(({ rule }) => rule).join(" ")}\n${of}`];
    if (spoken.every(({ isWhole }) => isWhole)) counts.whole += 1;
    if (rules.some(({ except, within }) => except.length + within.length > 0)) counts.bound += 1;
    const broken = brokenWords(spoken, theirs, side);
    const shown = rules.map((rule) =>
      JSON.stringify([rule.sign, rule.rule, rule.except.map((one) => one.text), rule.within.map((one) => one.text)]),
    );
    return broken.length === 0 ? [] : [`${broken.join("\n")}\n${shown.join("\n")}\n${of}`];
  });
}

const AT_ONCE = 250;
const counts: Counts = { compared: 0, different: 0, written: 0, shortened: 0 };

for (let first = 0; first < pairs; first += AT_ONCE) {
  const last = Math.min(first + AT_ONCE, pairs);
  test(
    `an access that a difference names is allowed by one side of it, and nothing differs where nothing is named (pairs ${first} to ${last - 1})`,
    { skip },
    () => {
      assert(oracle.ok);
      const seeds = Array.from({ length: last - first }, (_, place) => FIRST + first + place);
      const found = brokenPairs(oracle.value, seeds, counts);
      assert(found.length === 0, `${found.length} of ${seeds.length} pairs:\n${found.join("\n----\n")}`);
    },
  );
}

const worded = { sides: 0, whole: 0, bound: 0 };

for (let first = 0; first < pairs; first += AT_ONCE) {
  const last = Math.min(first + AT_ONCE, pairs);
  test(
    `a difference in the words of the policy is the difference (pairs ${first} to ${last - 1})`,
    { skip },
    async () => {
      assert(oracle.ok);
      const seeds = Array.from({ length: last - first }, (_, place) => FIRST + first + place);
      const found = await wronglyWorded(oracle.value, seeds, worded);
      assert(found.length === 0, `${found.length} of ${seeds.length} pairs:\n${found.join("\n----\n")}`);
    },
  );
}

test("most differences are said exactly in the words of the policy", { skip }, (context) => {
  const { sides, whole, bound } = worded;
  context.diagnostic(`${sides} differences, ${whole} of them exactly, ${bound} by rules without what others say`);
  assert(sides > pairs / 4 && whole >= 0.998 * sides && bound > 0, `${whole} of ${sides}`);
});

test("of the pairs many differ, and many do not", { skip }, (context) => {
  const { compared, different, shortened, written } = counts;
  context.diagnostic(
    `${compared} pairs, ${different} differ, ${written} differences as rules, ${shortened} near the difference only`,
  );
  assert(compared > pairs / 2, `only ${compared} pairs were compared`);
  assert(different > pairs / 10 && different < compared, `${different} pairs differ`);
});
