import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import { convertGlob } from "./expression.ts";
import { parseExpression } from "./expression-parser.ts";
import type { GlobProblem } from "./problem.ts";
import type { GlobNode } from "./tree.ts";

export interface GlobOptions {
  /** Globs match NUL too: unix addresses and xattr values (policy-language 4.4). */
  readonly nul: boolean;
}

/** What there is to say about a text as a pattern. Offsets count UTF-16 units. */
export interface GlobReport {
  readonly problem: GlobProblem | undefined;
  /** Backslashes that escape nothing: warning class "format". */
  readonly needlessEscapes: readonly number[];
  /** Bytes of a class that apparmor_parser 5.0.2 reads as something else than what is written (compile-semantics D3, D4). */
  readonly mended: readonly number[];
}

/**
 * Reads a pattern.
 *
 * Shape: `text` is escape-processed, its variables are expanded and, for paths, its slashes squeezed.
 * Errors: what apparmor_parser 5.0.2 refuses, and nothing else.
 * Cost: O(n); nesting is at most 49 deep.
 * Source: policy-language 4; `*`, `?` and `\-` in a class mean themselves (compile-semantics D3, D4, mended).
 */
export function parseGlob(text: string, options: GlobOptions): Outcome<GlobNode, GlobProblem> {
  const parsed = readGlob(text, options);
  if (!parsed.ok) return fail(parsed.error);
  return ok(parsed.value.node);
}

/** What is wrong or odd about a pattern. */
export function checkGlob(text: string, options: GlobOptions): GlobReport {
  const parsed = readGlob(text, options);
  if (!parsed.ok) return { problem: parsed.error, needlessEscapes: [], mended: [] };
  return { problem: undefined, needlessEscapes: parsed.value.needless, mended: parsed.value.mended };
}

/** The regular expression apparmor_parser 5.0.2 makes of a pattern (what its `-D rule-exprs` shows), as a byte string. */
export function globExpression(text: string, options: GlobOptions): Outcome<string, GlobProblem> {
  const converted = convertGlob(toByteString(text), { nul: options.nul, reading: "oracle" });
  return converted.ok ? ok(converted.value.text) : fail(inText(text, converted.error));
}

interface ReadGlob {
  readonly node: GlobNode;
  readonly needless: readonly number[];
  readonly mended: readonly number[];
}

function readGlob(text: string, { nul }: GlobOptions): Outcome<ReadGlob, GlobProblem> {
  const source = toByteString(text);
  const converted = convertGlob(source, { nul, reading: "oracle" });
  if (!converted.ok) return fail(inText(text, converted.error));
  const { mended, needless } = converted.value;
  let node = parseExpression(converted.value.text, false);
  if (node !== undefined && mended.length > 0) node = mend(source, nul) ?? node;
  if (node === undefined) return fail(classProblem(text));
  const offsets = (bytes: readonly number[]): readonly number[] => bytes.map((offset) => textOffset(text, offset));
  return ok({ node, needless: offsets(needless), mended: offsets(mended) });
}

function mend(source: string, nul: boolean): GlobNode | undefined {
  const converted = convertGlob(source, { nul, reading: "mended" });
  return converted.ok ? parseExpression(converted.value.text, true) : undefined;
}

/** The conversion checks all but the inside of classes, so that is where the problem is: at the first one refused alone. */
function classProblem(text: string): GlobProblem {
  const reason = "a `[ ]` class is empty or has a `-` that makes no range";
  for (const { start, end } of classes(text)) {
    const converted = convertGlob(toByteString(text.slice(start, end)), { nul: false, reading: "oracle" });
    if (converted.ok && parseExpression(converted.value.text, false) === undefined) {
      return { kind: "syntax", reason, offset: start };
    }
  }
  return { kind: "syntax", reason, offset: 0 };
}

/** From an opening bracket to the one that closes it, whatever is escaped between them. */
function* classes(text: string): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = text.indexOf("["); start >= 0;) {
    if (text[start - 1] === "\\") {
      start = text.indexOf("[", start + 1);
      continue;
    }
    let end = start + 1;
    while (end < text.length && text[end] !== "]") end += text[end] === "\\" ? 2 : 1;
    // nothing behind it is closed either
    if (end >= text.length) return;
    yield { start, end: end + 1 };
    start = text.indexOf("[", end + 1);
  }
}

/** One character below U+0100 for each byte. */
function toByteString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII is meant
  if (/^[\0-\x7f]*$/.test(text)) return text;
  const bytes = encodeBytes(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 4096) out += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return out;
}

function textOffset(text: string, byteOffset: number): number {
  return decodeBytes(encodeBytes(text).subarray(0, byteOffset)).length;
}

/** A problem of the bytes told of the text. */
function inText(text: string, { remainder, ...problem }: GlobProblem): GlobProblem {
  const offset = textOffset(text, problem.offset);
  return { ...problem, offset, ...(remainder !== undefined && { remainder: fromByteString(remainder) }) };
}

function fromByteString(bytes: string): string {
  return decodeBytes(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}
