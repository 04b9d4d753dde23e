/** Any text is compiled or refused, never more; what was compiled can be read by the kernels it is for. */
import assert from "node:assert/strict";
import { type CompileSession, createCompileSession } from "../../../../src/compiler/compile/index.ts";
import { decodePolicy } from "../../../../src/compiler/policydb/index.ts";
import { builtInFeatures, parseFeatures } from "../../../../src/language/features/index.ts";
import { compileText } from "../../../support/pipeline.ts";
import { randomPolicy } from "../../../support/random-policy.ts";
import { widePolicy } from "../../../support/wide-policy.ts";
import type { Target } from "../target.ts";
import { corpusFile, policySeeds, policyWords } from "../texts.ts";

const kernels = ["6.1", "7.2"].map((name) => parseFeatures(corpusFile(`features/debian-kernel-${name}`)).tree);

let session: CompileSession | undefined;
let count = 0;

export const compile: Target = {
  name: "compile",
  seeds: () => policySeeds().filter((text) => text.length < 600),
  words: policyWords,
  mutators: [(_, random) => widePolicy(random.below(1e9)), (_, random) => randomPolicy(random.below(1e9)).text],
  dose: 250,
  law: (input) => {
    // A session grows; what is shared between compilations is a part of what is tried.
    count += 1;
    if (count % 500 === 0) session = undefined;
    session ??= createCompileSession();
    const kernelFeatures = kernels[input.length % kernels.length] ?? builtInFeatures;
    const policyFeatures = input.length % 5 === 0 ? builtInFeatures : kernelFeatures;
    const result = compileText(input, { kernelFeatures, policyFeatures, session });
    if (result.errors.length > 0) return false;
    const stream = result.stream();
    if (stream.length === 0) return false;
    const decoded = decodePolicy(stream);
    assert.ok(decoded.ok, "what was compiled cannot be decoded");
    assert.equal(decoded.value.profiles.length, result.policy.profiles.length, "a profile is lost");
    return true;
  },
};
