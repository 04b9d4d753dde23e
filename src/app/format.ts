import { bugText } from "./bug.ts";
import { decodeBytes, lineStarts, type Position, positionAt, sourceFile } from "../foundation/text/index.ts";
import { type FormatOptions, type FormatRefusal, formatTree, parse } from "../language/syntax/index.ts";

export type { FormatOptions } from "../language/syntax/index.ts";

export interface FormattedText {
  readonly before: string;
  /** The same as `before` when it was refused. */
  readonly after: string;
  readonly refusal: FormatProblem | undefined;
}

/** Why a text is left as it is, all of it. */
export interface FormatProblem {
  readonly at: Position | undefined;
  readonly message: string;
}

/** The text in the one style; a text that is not policy, every bit of it, stays as it is, and so does one that we fail on. */
export function formatText(path: string, bytes: Uint8Array, options: FormatOptions): FormattedText {
  try {
    return layOut(path, bytes, options);
  } catch (thrown) {
    return { before: "", after: "", refusal: { at: undefined, message: bugText(thrown) } };
  }
}

function layOut(path: string, bytes: Uint8Array, options: FormatOptions): FormattedText {
  const before = decodeBytes(bytes);
  const binary = bytes.indexOf(0);
  if (binary >= 0) return { before, after: before, refusal: { at: undefined, message: notText(bytes, binary) } };
  const formatted = formatTree(parse(sourceFile(path, before)), options);
  return formatted.ok
    ? { before, after: formatted.value, refusal: undefined }
    : { before, after: before, refusal: problemOf(formatted.error, before) };
}

/** No file with such a byte is touched, though the language allows it in comments: hardly one of them is a profile. */
function notText(bytes: Uint8Array, at: number): string {
  const what = [
    { is: "a program", head: [0x7f, 0x45, 0x4c, 0x46] },
    { is: "compiled policy", head: [0x04, 0x08, 0x00, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x00] },
  ].find(({ head }) => head.every((byte, index) => bytes[index] === byte));
  return what === undefined ? `this is not text: byte ${at} is NUL` : `this is ${what.is}, not the text of a profile`;
}

function problemOf(refusal: FormatRefusal, text: string): FormatProblem {
  if (refusal.kind === "misread")
    return { at: undefined, message: "formatted, it would be read differently, which is a bug in armorer" };
  const { message, at } = refusal.diagnostic;
  return { at: positionAt(lineStarts(text), at.span.start), message };
}
