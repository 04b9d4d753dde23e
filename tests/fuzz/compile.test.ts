/** Damaged policy through the whole pipeline: nothing is thrown, and what has an error is not written. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { builtInFeatures, parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "../support/pipeline.ts";
import { randomPolicy, randomProfiles } from "../support/random-policy.ts";
import { Random } from "../support/random.ts";

const features = ["6.1", "7.2"].map(
  (name) => parseFeatures(readFileSync(`tests/corpus/features/debian-kernel-${name}`, "utf8")).tree,
);
const scraps = [
  "{",
  "}",
  "[",
  "]",
  "*",
  "**",
  "\\",
  '"',
  ",",
  "->",
  "@{x}",
  "\0",
  "\udcff",
  "ä",
  "/",
  "deny ",
  "priority=9 ",
  "=",
  "(",
];

function damage(random: Random, text: string): string {
  let damaged = text;
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const at = random.below(damaged.length);
    const removed = random.chance(0.5) ? random.below(6) : 0;
    const added = random.chance(0.7) ? random.pick(scraps) : "";
    damaged = `${damaged.slice(0, at)}${added}${damaged.slice(at + removed)}`;
  }
  return damaged;
}

describe("damaged policy", () => {
  it("is compiled or refused, never more", () => {
    const session = createCompileSession();
    let refused = 0;
    let written = 0;
    for (let seed = 1; seed <= 1500; seed += 1) {
      const random = new Random(seed);
      const { text } = random.chance(0.3) ? randomProfiles(seed) : randomPolicy(seed);
      const kernelFeatures = random.pick(features);
      const policyFeatures = random.chance(0.2) ? builtInFeatures : kernelFeatures;
      const result = compileText(damage(random, text), { kernelFeatures, policyFeatures, session });
      if (result.errors.length > 0) refused += 1;
      written += result.stream().length > 0 ? 1 : 0;
    }
    assert.ok(refused > 300 && written > 300, `${refused} refused, ${written} written`);
  });
});
