/** The diagnostics of this module: made here and nowhere else. */
import {
  type Details,
  type Diagnostic,
  type Fix,
  makeDiagnostic,
  type Message,
  sentence,
} from "../../foundation/diagnostics/index.ts";
import { displayText, type SourceFile, type Span } from "../../foundation/text/index.ts";
import { parseFilePermissions } from "../tables/index.ts";
import { type SyntaxCode, syntaxCodes } from "./codes.ts";
import type { Failure } from "./cursor.ts";
import { K } from "./kinds.ts";
import { limits } from "./limits.ts";
import type { LexicalError } from "./scanner.ts";
import { nameEnd } from "./shapes.ts";

/** Collects diagnostics, up to a limit. */
export class Problems {
  readonly list: Diagnostic[] = [];

  get isFull(): boolean {
    return this.list.length > limits.diagnostics;
  }

  report(code: SyntaxCode, span: Span, message: string | Message, details: Details = {}): void {
    if (this.isFull) return;
    if (this.list.length === limits.diagnostics) {
      this.list.push(
        diagnostic(
          "syntax/too-many-problems",
          span,
          sentence`more than ${{ limit: limits.diagnostics }} problems; the rest is not read`,
          {},
        ),
      );
      return;
    }
    this.list.push(diagnostic(code, span, message, details));
  }
}

/** One diagnostic of this module. */
export function diagnostic(code: SyntaxCode, span: Span, message: string | Message, details: Details): Diagnostic {
  // What the grammar wanted is in the message; the code's own help would say it again in general.
  return { ...makeDiagnostic(syntaxCodes, code, { span, includes: [] }, message, details), help: details.help };
}

/** A fix of one edit. */
export function fixOf(title: string, file: SourceFile, at: number, newText: string): Fix {
  return { title, edits: [{ file: file.id, edit: { start: at, end: at, newText } }] };
}

/** How a message shows what is in the text: one line, not long, nothing that cannot be seen. */
export function quoteText(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  const short = line.slice(0, 40);
  return `\`${displayText(short)}${short === text ? "" : "…"}\``;
}

/** What stood where something else was expected. */
export function describeFailure(failure: Failure): string {
  if (failure.kind === K.end) return "the end of the file";
  return quoteText(failure.source.text.slice(failure.start, failure.end));
}

/** Where a name is missing, the brace itself is read as one, and nothing comes behind it. */
function expectedAt({ expected, source, start, end }: Failure): string {
  return expected === "`{`" && source.text.slice(start, end) === "{" ? "a name" : expected;
}

function expectedMessage(failure: Failure): Message {
  const found = failure.kind === K.end ? "" : failure.source.text.slice(failure.start, failure.end);
  const expected = expectedAt(failure);
  return { text: `expected ${expected}, found ${describeFailure(failure)}`, facts: { expected, found } };
}

/** What is expected behind the path of a file rule. */
export const FILE_PERMISSIONS = "permissions after the path";

const PERMISSIONS_HELP = 'write letters such as `r`, `rw` or `rix`; see "Access modes" in apparmor.d(5)';

/** What people write in words. */
const words: Readonly<Record<string, string>> = {
  read: "r",
  write: "w",
  append: "a",
  execute: "ix",
  exec: "ix",
  lock: "k",
  link: "l",
  delete: "w",
  mmap: "m",
};

/** The letters that no permission is made of, and the first that is wrong where it is. */
function wrongLetters(found: string): readonly string[] {
  const parsed = parseFilePermissions(found);
  if (parsed.ok) return [];
  const first = parsed.error.kind === "unknown-letter" ? [parsed.error.at] : [];
  const wrong = found
    .split("")
    .flatMap((letter, at) => (/[rwaxmlkpciu]/i.test(letter) && !first.includes(at) ? [] : letter));
  return [...new Set(wrong)];
}

/** Whether a word is meant as letters of permissions, of which some are wrong, and not as a word. */
export function areMeantAsPermissions(found: string): boolean {
  const wrong = wrongLetters(found).length;
  if (found.toLowerCase() in words) return false;
  return wrong > 0 && /^[A-Za-z]{2,8}$/.test(found) && wrong <= 2 && found.length - wrong >= wrong;
}

/** Names the letters that are wrong, or what is. */
function permissionsMessage(found: string): Message {
  const wrong = wrongLetters(found);
  if (wrong.length === 0)
    return parseFilePermissions(found).ok
      ? sentence`the permissions ${{ value: found }} are not followed by a blank or a comma`
      : sentence`${{ permission: found }} is not a permission for files`;
  if (!areMeantAsPermissions(found)) return sentence`${{ permission: found }} is not a permission for files`;
  const [letter = "", other] = wrong;
  return other === undefined
    ? sentence`${{ value: found }} are not permissions for files: ${{ permission: letter }} is none`
    : sentence`${{ value: found }} are not permissions for files: ${{ permission: letter }} and ${{ other }} are none`;
}

/** Says which letters of permissions are wrong. */
export function reportPermissions(problems: Problems, span: Span, found: string, label?: string): void {
  problems.report("syntax/unexpected", span, permissionsMessage(found), {
    ...(label !== undefined && { label }),
    help: permissionsHelp(found),
  });
}

function permissionsHelp(found: string): string {
  const meant = words[found.toLowerCase()];
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  return found.includes("d") && /^[rwaxmlkd]+$/.test(found) ? "`w` permits deleting, too" : PERMISSIONS_HELP;
}

/** The word that ends where a token begins, on the same line: `rwdl /etc/demo,`. */
function wordBefore({
  source,
  start,
}: Failure): { readonly text: string; readonly span: Pick<Span, "start" | "end"> } | undefined {
  const line = source.text.slice(Math.max(0, start - 20, source.text.lastIndexOf("\n", start - 1) + 1), start);
  const match = /([A-Za-z]+) +$/.exec(line);
  if (match === null) return undefined;
  const at = start - match[0].length;
  const text = match[1] ?? "";
  return { text, span: { start: at, end: at + text.length } };
}

/** The message for a token that does not fit. */
export function reportUnexpected(problems: Problems, failure: Failure): void {
  const span = { file: failure.source.id, start: failure.start, end: failure.end };
  const found = failure.source.text.slice(failure.start, failure.end);
  if (failure.expected === FILE_PERMISSIONS && /^[A-Za-z]+$/.test(found)) {
    reportPermissions(problems, span, found, `expected ${failure.expected}`);
    return;
  }
  const leading = failure.expected === FILE_PERMISSIONS && /^[/@"]/.test(found) ? wordBefore(failure) : undefined;
  if (leading !== undefined && areMeantAsPermissions(leading.text)) {
    reportPermissions(problems, { ...span, ...leading.span }, leading.text);
    return;
  }
  problems.report("syntax/unexpected", span, expectedMessage(failure), {
    label: `expected ${expectedAt(failure)}`,
    help: failure.help,
  });
}

/** The message for text that is not a token; `mode` is the scanner's. */
export function reportLexical(problems: Problems, failure: Failure, error: LexicalError): void {
  const { source, start } = failure;
  const span = { file: source.id, start, end: failure.end };
  switch (error) {
    case "comma":
      problems.report("syntax/variable-comma", span, "an assignment takes no commas", {
        help: "separate the values by blanks and end the line without a comma",
      });
      return;
    case "comment":
      problems.report("syntax/comment-at-end", span, "the comment on the last line is not ended by a line feed", {
        fixes: [fixOf("add a line feed", source, source.text.length, "\n")],
      });
      return;
    case "string":
      problems.report("syntax/unclosed-string", span, "the double quote is never closed", {});
      return;
    case "jam":
      problems.report("syntax/not-a-number", span, expectedMessage(failure));
      return;
    case "character":
      reportCharacter(problems, failure, span);
  }
}

function reportCharacter(problems: Problems, failure: Failure, span: Span): void {
  const code = failure.source.text.charCodeAt(failure.start);
  if (code === 0xfeff && failure.start === 0) {
    problems.report("syntax/byte-order-mark", span, "the file starts with a byte order mark", {
      fixes: [
        {
          title: "remove the byte order mark",
          edits: [{ file: span.file, edit: { start: 0, end: 1, newText: "" } }],
        },
      ],
    });
    return;
  }
  if (code === 0x0d) {
    problems.report("syntax/carriage-return", span, "a carriage return is not allowed here", {
      help: "save the file with plain line feeds",
    });
    return;
  }
  if (code === 0x0a) {
    problems.report("syntax/unexpected-character", span, `the line ends before ${failure.expected}`);
    return;
  }
  const word = wordAt(failure.source.text, failure.start);
  if (word > failure.start + 1 || PUNCTUATION.includes(failure.source.text.charAt(failure.start))) {
    const whole = { ...failure, end: word };
    problems.report("syntax/unexpected-character", { ...span, end: word }, expectedMessage(whole), {
      label: `expected ${failure.expected}`,
      help: failure.help,
    });
    return;
  }
  problems.report("syntax/unexpected-character", span, `unexpected character ${nameCharacter(failure, code)}`, {
    label: `expected ${failure.expected}`,
    help: characterHelp(failure),
  });
}

/** What a character that fits nowhere was most likely meant as. */
function characterHelp({ expected, source: { text }, start }: Failure): string | undefined {
  const isInWord = start > 0 && !" \t\n".includes(text.charAt(start - 1));
  switch (text.charAt(start)) {
    case "!":
    case '"':
      return isInWord ? "write a backslash before it, or quote the whole word" : undefined;
    case "'":
      return 'quotes are `"`';
    case "@":
      return "a variable is written `@{NAME}`, its name in letters, digits and `_`, a letter first";
    case ".":
    case "~":
      return expected === "a rule" ? "a path begins with `/`, or with a variable such as `@{HOME}`" : undefined;
    default:
      return undefined;
  }
}

/** Signs that the grammar knows, only not here. */
const PUNCTUATION = ",(){}=<>";

/** The end of the word that starts where no token can. */
function wordAt(text: string, start: number): number {
  return Math.max(start + 1, nameEnd(text, start));
}

function nameCharacter(failure: Failure, code: number): string {
  const hex = (code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code).toString(16).padStart(2, "0");
  const isPlain = code > 0x20 && code < 0x7f;
  return isPlain ? quoteText(failure.source.text.charAt(failure.start)) : `0x${hex}`;
}
