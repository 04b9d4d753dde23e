/** Any text is formatted to one that means the same, or refused for an error in it. */
import { checkFormat } from "../../../support/format-law.ts";
import { layOutOddly } from "../../../support/odd-layout.ts";
import { TextMaker } from "../../../support/policy-grammar.ts";
import { widePolicy } from "../../../support/wide-policy.ts";
import type { Mutator, Target } from "../target.ts";
import { policySeeds, policyWords } from "../texts.ts";

const layOut: Mutator = (text, random) => layOutOddly(text, () => random.next());

export const format: Target = {
  name: "format",
  seeds: policySeeds,
  words: policyWords,
  mutators: [
    layOut,
    layOut,
    layOut,
    (_, random) => layOutOddly(widePolicy(random.below(1e9)), () => random.next()),
    (_, random) => layOutOddly(new TextMaker(random.below(1e9)).policy(), () => random.next()),
  ],
  dose: 600,
  law: (input) => {
    const isPolicy = checkFormat(input);
    if (isPolicy && input.length % 3 === 0) checkFormat(input, { sort: true, modernizeIncludes: true });
    return isPolicy;
  },
};
