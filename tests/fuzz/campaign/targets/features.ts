/** Any text is read as features: printed and read again they are the same, and they can be looked up, cut and named. */
import assert from "node:assert/strict";
import {
  compileTarget,
  featureId,
  hasFeature,
  intersectFeatures,
  parseFeatures,
  printFeatures,
  sortFeatures,
} from "../../../../src/language/features/index.ts";
import type { Target } from "../target.ts";
import { corpusFile, corpusNames } from "../texts.ts";

const kernels = corpusNames("features").map((name) => corpusFile(`features/${name}`));
const newest = parseFeatures(kernels.at(-1) ?? "").tree;

export const features: Target = {
  name: "features",
  seeds: () => [...kernels, ...kernels.flatMap((text) => text.split(/\n(?=\w+ \{)/)), "a {b c\n}\n", "a {b {c\n}\n}\n"],
  words:
    "{ } policy versions v5 v6 v7 v8 v9 yes no file mask network af_unix caps domain signal { {} }} 0x00000001 \n \0 __proto__ constructor".split(
      " ",
    ),
  dose: 6000,
  law: (input) => {
    const { problem, tree } = parseFeatures(input);
    assert.ok(problem === undefined || problem.offset <= input.length, "the problem lies outside");
    const printed = printFeatures(tree);
    if (problem === undefined)
      assert.equal(printFeatures(parseFeatures(printed).tree), printed, "printed, it is read differently");
    const sorted = sortFeatures(tree);
    assert.equal(printFeatures(sortFeatures(sorted)), printFeatures(sorted));
    const both = intersectFeatures(tree, newest);
    assert.equal(printFeatures(intersectFeatures(both, newest)), printFeatures(both), "cut twice, there is less");
    hasFeature(tree, "policy/versions/v8");
    featureId(printed);
    compileTarget(tree, newest);
    return problem === undefined;
  },
};
