/** Any text is read: printed back to the letter, its tokens tile it, its nodes and messages lie inside it. */
import assert from "node:assert/strict";
import { sourceFile } from "../../../../src/foundation/text/index.ts";
import { parse, printTree } from "../../../../src/language/syntax/index.ts";
import { checkTree } from "../../../support/tree-law.ts";
import type { Target } from "../target.ts";
import { policySeeds, policyWords } from "../texts.ts";

export const syntax: Target = {
  name: "syntax",
  seeds: policySeeds,
  words: policyWords,
  dose: 1500,
  law: (input) => {
    const tree = parse(sourceFile("x", input));
    assert.equal(printTree(tree), input);
    checkTree(tree);
    return !tree.diagnostics.some(({ severity }) => severity === "error");
  },
};
