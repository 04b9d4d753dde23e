/** Differences between a policy and an edit of it, held against the automata that 5.0.2 makes of both. `ARMORER_PAIRS` asks for more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { subtractBoth } from "../../src/analysis/diff/index.ts";
import { isEmpty } from "../../src/analysis/sets/index.ts";
import {
  brokenDifferences,
  brokenRules,
  differenceText,
  features,
  kernelText as kernel,
  mutatedRules,
} from "../support/diff-law.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { compileText } from "../support/pipeline.ts";
import { randomPolicy } from "../support/random-policy.ts";

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
function checkWritten(reference: Oracle, written: readonly WrittenDifference[]): void {
  const streams = compileBatch(
    reference,
    written.map(({ text }) => text),
    { kernel },
  );
  for (const [place, one] of written.entries()) {
    const compiled = onlyProfile(streams[place]?.stream);
    assert(compiled !== undefined, `${one.text}${streams[place]?.messages}${one.of}`);
    assert.deepEqual(brokenRules(compiled, one.theirs, one), [], `${one.side}\n${one.text}${one.of}`);
  }
}

test(
  "an access that a difference names is allowed by one side of it, and nothing differs where nothing is named",
  { skip },
  (context) => {
    assert(oracle.ok);
    const seeds = Array.from({ length: pairs }, (_, place) => FIRST + place);
    const texts = seeds.map((seed) => randomPolicy(seed).text);
    const edited = texts.map((text, place) => mutatedRules(text, place));
    const streams = compileBatch(oracle.value, [...texts, ...edited], { kernel });
    const session = createCompileSession();
    const ours = [...texts, ...edited].map(
      (text) => compileText(text, { kernelFeatures: features, policyFeatures: features, session }).policy.profiles[0],
    );
    const counts = { compared: 0, different: 0, shortened: 0 };
    const written: WrittenDifference[] = [];
    for (const place of seeds.keys()) {
      const [left, right] = [ours[place], ours[place + pairs]];
      const [theirLeft, theirRight] = [place, place + pairs].map((at) => onlyProfile(streams[at]?.stream));
      if (left === undefined || right === undefined || theirLeft === undefined || theirRight === undefined) continue;
      const broken = brokenDifferences({ left, right }, { left: theirLeft, right: theirRight });
      assert.deepEqual(broken, [], `${texts[place]}${edited[place]}`);
      counts.compared += 1;
      const both = subtractBoth(left, right);
      if (!both.ok || (isEmpty(both.value.more) && isEmpty(both.value.less))) continue;
      counts.different += 1;
      for (const side of ["more", "less"] as const) {
        if (isEmpty({ ...both.value[side], policydb: undefined })) continue;
        const text = differenceText(both.value[side]);
        if (text === undefined) counts.shortened += 1;
        else
          written.push({
            side,
            text,
            theirs: { left: theirLeft, right: theirRight },
            of: `${texts[place]}${edited[place]}`,
          });
      }
    }
    checkWritten(oracle.value, written);
    const { compared, different, shortened } = counts;
    context.diagnostic(
      `${compared} pairs, ${different} differ, ${written.length} differences of files as rules, ${shortened} near the difference only`,
    );
    assert(counts.compared > pairs / 2, `only ${counts.compared} pairs were compared`);
    assert(counts.different > pairs / 10 && counts.different < counts.compared, `${counts.different} pairs differ`);
  },
);
