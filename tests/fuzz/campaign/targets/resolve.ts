/** Any text and any files it includes are resolved, and what is said points into them, in words that do no harm. */
import assert from "node:assert/strict";
import { sourceFile } from "../../../../src/foundation/text/index.ts";
import { resolvePolicy } from "../../../../src/language/resolve/index.ts";
import { allFeatures, hasError } from "../../../support/check-policy.ts";
import { memoryStore } from "../../../support/memory-files.ts";
import { TextMaker } from "../../../support/policy-grammar.ts";
import { widePolicy } from "../../../support/wide-policy.ts";
import type { Target } from "../target.ts";
import { policySeeds, policyWords } from "../texts.ts";

/** Between the files of an input; a form feed is no part of any policy. */
const FILES = "\f";
const main = "include <a>\ninclude <d>\nprofile t {\n  include <a>\n  include if exists <d>\n}\n";

function seeds(): readonly string[] {
  const texts = policySeeds();
  const at = (index: number): string => texts[index % texts.length] ?? "";
  return texts.flatMap((text, index) => [text, [main, at(index * 13), text, at(index * 19)].join(FILES)]);
}

const features = { kernelFeatures: allFeatures, policyFeatures: allFeatures };

export const resolve: Target = {
  name: "resolve",
  seeds,
  words: [
    ...policyWords,
    "include <a>",
    "include <d>",
    "include if exists <d>",
    "<d/b>",
    FILES,
    "@{x}=@{x}",
    "@{a}+=@{b}",
  ],
  mutators: [
    (_, random) => widePolicy(random.below(1e9)),
    (text, random) => [text, new TextMaker(random.below(1e9)).oneRule()].join(FILES),
  ],
  dose: 1000,
  law: (input) => {
    const [text = "", a, b, c] = input.split(FILES);
    const texts = Object.entries({ "/p/a": a, "/p/d/b": b, "/p/d/c": c });
    const present = texts.filter((entry): entry is [string, string] => entry[1] !== undefined);
    const files = memoryStore(Object.fromEntries(present));
    const resolved = resolvePolicy(
      { source: sourceFile("main", text) },
      { files, search: ["/p"], cwd: "/", ...features },
    );
    for (const { also, at, message } of resolved.diagnostics) {
      // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
      assert.ok(!/[\0-\x1f\x7f]/.test(message), "a message with control characters");
      for (const { span } of [at, ...also]) {
        const source = resolved.sources.get(span.file);
        assert.ok(source !== undefined, "a message about a file that was not read");
        assert.ok(span.start >= 0 && span.start <= span.end && span.end <= source.text.length, "outside its file");
      }
    }
    resolved.variables();
    return !hasError(resolved.diagnostics);
  },
};
