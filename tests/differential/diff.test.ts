/** Differences between a policy and an edit of it, held against the automata that 5.0.2 makes of both. `ARMORER_PAIRS` asks for more. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { subtractBoth } from "../../src/analysis/diff/index.ts";
import { isEmpty } from "../../src/analysis/sets/index.ts";
import { brokenDifferences, mutatedRules } from "../support/diff-law.ts";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { compileText } from "../support/pipeline.ts";
import { randomPolicy } from "../support/random-policy.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const pairs = Number(process.env["ARMORER_PAIRS"] ?? "60");
const kernel = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
const features = parseFeatures(kernel).tree;

function onlyProfile(stream: Uint8Array | undefined): CompiledProfile | undefined {
  const decoded = stream === undefined ? undefined : decodePolicy(stream);
  return decoded?.ok === true ? decoded.value.profiles[0] : undefined;
}

test(
  "an access that a difference names is allowed by one side of it, and nothing differs where nothing is named",
  { skip },
  () => {
    assert(oracle.ok);
    const seeds = Array.from({ length: pairs }, (_, place) => 700_000 + place);
    const texts = seeds.map((seed) => randomPolicy(seed).text);
    const edited = texts.map((text, place) => mutatedRules(text, place));
    const streams = compileBatch(oracle.value, [...texts, ...edited], { kernel });
    const session = createCompileSession();
    const ours = [...texts, ...edited].map(
      (text) => compileText(text, { kernelFeatures: features, policyFeatures: features, session }).policy.profiles[0],
    );
    const counts = { compared: 0, different: 0 };
    for (const place of seeds.keys()) {
      const [left, right] = [ours[place], ours[place + pairs]];
      const [theirLeft, theirRight] = [place, place + pairs].map((at) => onlyProfile(streams[at]?.stream));
      if (left === undefined || right === undefined || theirLeft === undefined || theirRight === undefined) continue;
      const broken = brokenDifferences({ left, right }, { left: theirLeft, right: theirRight });
      assert.deepEqual(broken, [], `${texts[place]}${edited[place]}`);
      counts.compared += 1;
      const both = subtractBoth(left, right);
      if (both.ok && !(isEmpty(both.value.more) && isEmpty(both.value.less))) counts.different += 1;
    }
    assert(counts.compared > pairs / 2, `only ${counts.compared} pairs were compared`);
    assert(counts.different > pairs / 10 && counts.different < counts.compared, `${counts.different} pairs differ`);
  },
);
