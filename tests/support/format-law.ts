/** What must hold of the formatter for any text at all. */
import assert from "node:assert/strict";
import { encodeBytes, decodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { type FormatOptions, formatTree, parse, type SyntaxTree } from "../../src/language/syntax/index.ts";
import { resolvePolicy } from "../../src/language/resolve/index.ts";
import { allFeatures } from "./check-policy.ts";
import { noFiles } from "./pipeline.ts";
import { significantTokens } from "./policy-texts.ts";

function read(text: string): SyntaxTree {
  return parse(sourceFile("x", text));
}

/** The new text; `undefined` when it was refused. */
export function formatted(text: string, options: FormatOptions = {}): string | undefined {
  const result = formatTree(read(text), options);
  return result.ok ? result.value : undefined;
}

/** The new text of one that is policy. */
export function mustFormat(text: string, options: FormatOptions = {}): string {
  const result = formatTree(read(text), options);
  assert.ok(result.ok, `refused: ${JSON.stringify(result)}`);
  return result.value;
}

const features = { kernelFeatures: allFeatures, policyFeatures: allFeatures };
const places = new Set(["origin", "span", "at", "also", "written", "fixes", "place", "nameSpan", "chain"]);

function plain(key: string, item: unknown): unknown {
  if (places.has(key)) return undefined;
  if (typeof item === "bigint") return `${item}n`;
  return item instanceof Map || item instanceof Set ? [...item] : item;
}

/** The model and the messages, without where anything stands and how an include is spelled. */
function meaningOf(text: string): string {
  const { value, diagnostics, variables } = resolvePolicy(
    { source: sourceFile("x", text) },
    { files: noFiles, search: [], ...features },
  );
  const said = diagnostics
    .filter(({ code }) => code !== "resolve/pound-include")
    .map(({ code, message, severity }) => `${code} ${severity} ${message}`)
    .toSorted();
  return JSON.stringify([value, variables(), said], plain);
}

/** A text with an include as its last word is no more to be touched than one with an error. */
function isBroken({ diagnostics }: SyntaxTree): boolean {
  return diagnostics.some(({ code, severity }) => severity === "error" || code === "syntax/include-without-name");
}

/** What may not change; with `sort`, in whatever order. */
function wordsOf(tree: SyntaxTree, { modernizeIncludes, sort }: FormatOptions): readonly string[] {
  const all = significantTokens(tree);
  const words = modernizeIncludes === true ? all.map((word) => word.replace(/^include #/, "include ")) : all;
  return sort === true ? words.toSorted() : words;
}

/**
 * A text with an error is refused, any other is formatted: to a text with the same tokens and the same meaning, which stays as
 * it is when it is formatted again. Says whether it was formatted.
 */
export function checkFormat(text: string, options: FormatOptions = {}): boolean {
  const tree = read(text);
  const result = formatTree(tree, options);
  if (isBroken(tree)) {
    assert.ok(!result.ok && result.error.kind === "unread", "a text with an error was formatted");
    return false;
  }
  assert.ok(result.ok, "a text without an error was refused");
  const after = read(result.value);
  const words = (one: SyntaxTree): readonly string[] => wordsOf(one, options);
  assert.deepEqual(words(after), words(tree));
  assert.equal(formatted(result.value, options), result.value, "formatting again changes it");
  assert.equal(decodeBytes(encodeBytes(result.value)), result.value);
  if (options.sort !== true) assert.equal(meaningOf(result.value), meaningOf(text), "the meaning changed");
  return true;
}
