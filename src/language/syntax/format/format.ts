/**
 * The formatter. It moves blanks, line ends and the commas of lists, nothing else: the tokens stay what they are and in their
 * order (unless sorting is asked for), which every statement is checked for before its new form is taken, and the whole text
 * before it is given out. The style is argued for in docs/decisions.
 */
import { fail, ok, type Outcome } from "../../../foundation/basics/index.ts";
import type { Diagnostic } from "../../../foundation/diagnostics/index.ts";
import { parse } from "../parse.ts";
import type { ItemNode, SyntaxTree, Token } from "../tree.ts";
import { type Line, writeLines } from "./lines.ts";
import { sortKeyOf, sortRuns } from "./sort.ts";
import { readsTheSame } from "./reading.ts";
import { isSpacing, pieceOf } from "./spacing.ts";
import { formatStatement, type StatementLook } from "./statement.ts";

/** What may be asked of the formatter; everything is off unless asked for. */
export interface FormatOptions {
  /** Sort rules that are together, without a blank line between them. */
  readonly sort?: boolean;
  /** Write `#include` as `include`. */
  readonly modernizeIncludes?: boolean;
}

/** Why a text stays as it is. */
export type FormatRefusal =
  /** It could not be read, all of it; the first error. */
  | { readonly kind: "unread"; readonly diagnostic: Diagnostic }
  /** The new form would be read differently, or would change again: the formatter does not know the text well enough. */
  | { readonly kind: "misread" };

/**
 * The text of a tree in the one style, tried before it is given out: it reads the same (`readsTheSame`), and formatting it changes
 * nothing.
 *
 * Errors: a refusal, with which the text has to stay as it is.
 * Cost: linear in the text.
 *
 * @example
 * formatTree(parse(sourceFile("x", "profile x {/a   r,}"))); // { ok: true, value: "profile x {\n  /a r,\n}\n" }
 */
export function formatTree(tree: SyntaxTree, options: FormatOptions = {}): Outcome<string, FormatRefusal> {
  const diagnostic = tree.diagnostics.find(({ code, severity }) => severity === "error" || code === NAMELESS);
  if (diagnostic !== undefined) return fail({ kind: "unread", diagnostic });
  const result = new Formatter(tree, options).format();
  // Behind an assignment, a line end that was not there would end it, and turn a `#` among its values into a comment.
  for (const text of tree.needsSplicing ? [result, result.slice(0, -1)] : [result]) {
    const again = parse({ ...tree.source, text });
    if (readsTheSame(tree, again, options) && new Formatter(again, options).format() === result) return ok(text);
  }
  return fail({ kind: "misread" });
}

/** An include that ends the file is not an error, but the blank after it, and what is read next, are a part of it. */
const NAMELESS = "syntax/include-without-name";

type BodiedNode = Extract<ItemNode, { kind: "profile" | "block" | "conditional" }>;

class Formatter {
  readonly #tree: SyntaxTree;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #options: FormatOptions;
  #next = 0;
  /** Where the last thing written ended. */
  #end = 0;

  constructor(tree: SyntaxTree, options: FormatOptions) {
    this.#tree = tree;
    this.#text = tree.source.text;
    this.#tokens = tree.tokens;
    this.#options = options;
  }

  format(): string {
    return writeLines(this.#body(this.#tree.items, ""));
  }

  /** Where the next token starts. */
  #position(): number {
    return this.#tokens[this.#next]?.start ?? this.#text.length;
  }

  /** Takes the tokens that start before `end`. */
  #takeTo(end: number): readonly Token[] {
    const start = this.#next;
    while (this.#next < this.#tokens.length && this.#position() < end) this.#next += 1;
    this.#end = this.#tokens[this.#next - 1]?.end ?? this.#end;
    return this.#tokens.slice(start, this.#next);
  }

  /** The lines of a body's items and of the comments around them, up to the brace that closes it. */
  #body(items: readonly ItemNode[], indent: string): readonly Line[] {
    const lines: Line[] = [];
    for (const item of items) {
      // An include inside an item is written with it; the tree has it before or after that item.
      if (item.span.start < this.#position() || (item.kind === "include" && item.insideRule)) continue;
      this.#gap(lines, indent, item.span.start);
      const isApart = this.#isApart(item.span.start);
      const text = this.#item(item, indent);
      const isTall = item.kind === "profile";
      const sortKey = sortKeyOf(item, text);
      lines.push({ text: indent + text, isTall, isComment: false, isTrailing: false, isApart, sortKey });
      this.#end = item.span.end;
    }
    this.#gap(lines, indent, undefined);
    return this.#options.sort === true ? sortRuns(lines) : lines;
  }

  /** Whether a blank line is between the last thing written and `start`. */
  #isApart(start: number): boolean {
    return countLineFeeds(this.#text, this.#end, start) > 1;
  }

  /** Writes what is between items: comments, and whatever else belongs to no item. */
  #gap(lines: Line[], indent: string, end: number | undefined): void {
    // A line that is continued has not ended: after it, even `#include` is a comment.
    let isSameLine = this.#end > 0;
    for (let token = this.#tokens[this.#next]; token !== undefined; token = this.#tokens[this.#next]) {
      if (end === undefined ? token.kind === "close" : token.start >= end) return;
      this.#next += 1;
      if (token.kind === "newline") isSameLine = false;
      if (isSpacing(token)) continue;
      const isComment = token.kind === "comment";
      const isTrailing = isComment && isSameLine;
      isSameLine = true;
      const own = pieceOf(token, this.#text, false).text;
      const text = isTrailing ? own : indent + own;
      const isApart = this.#isApart(token.start);
      lines.push({ text, isTall: false, isComment: isComment && !isTrailing, isTrailing, isApart, sortKey: undefined });
      this.#end = token.end;
    }
  }

  #item(item: ItemNode, indent: string): string {
    if (item.kind === "profile" || item.kind === "block" || item.kind === "conditional")
      return this.#bodied(item, indent);
    const tokens = this.#takeTo(item.span.end);
    return formatStatement(this.#text, tokens, this.#look(indent, breaksOf(item)));
  }

  #look(indent: string, breaks: StatementLook["breaks"]): StatementLook {
    return { indent, continued: "    ", modernize: this.#options.modernizeIncludes === true, breaks };
  }

  /** Everything up to a brace, the body, the other brace; and so on with the other branches of a conditional. */
  #bodied(item: BodiedNode, indent: string): string {
    let text = this.#head(item.span.end, indent);
    if (item.kind !== "conditional") return text + this.#braces(item.items, indent);
    text += this.#braces(item.then, indent);
    for (let { otherwise } = item; otherwise !== undefined;) {
      text += ` ${this.#head(item.span.end, indent)}`;
      const only = otherwise[0];
      const isChain = only?.kind === "conditional" && only.span.start < this.#position();
      text += this.#braces(isChain ? only.then : otherwise, indent);
      otherwise = isChain ? only.otherwise : undefined;
    }
    return text;
  }

  /** Up to and with the brace that opens a body. */
  #head(end: number, indent: string): string {
    while (this.#isSpacingNext()) this.#next += 1;
    const from = this.#next;
    while (this.#next < this.#tokens.length && this.#position() < end) {
      this.#next += 1;
      if (this.#tokens[this.#next - 1]?.kind === "open") break;
    }
    const tokens = this.#tokens.slice(from, this.#next);
    this.#end = tokens.at(-1)?.end ?? end;
    const look = this.#look(indent, "never");
    // `else` behind a comment is under its `if`.
    return formatStatement(this.#text, tokens, tokens[0]?.kind === "comment" ? { ...look, continued: "" } : look);
  }

  #isSpacingNext(): boolean {
    const token = this.#tokens[this.#next];
    return token !== undefined && isSpacing(token);
  }

  /** The body behind an opening brace, and the brace that closes it. */
  #braces(items: readonly ItemNode[], indent: string): string {
    const lines = this.#body(items, `${indent}  `);
    const close = this.#tokens[this.#next];
    const isClosed = close?.kind === "close";
    if (close !== undefined && isClosed) {
      this.#next += 1;
      this.#end = close.end;
    }
    const first = lines[0];
    if (first === undefined) return isClosed ? " }" : "";
    const inner = writeLines(first.isTrailing ? lines : [{ ...first, isApart: false }, ...lines.slice(1)]);
    const before = first.isTrailing ? "" : "\n";
    return isClosed ? before + inner + indent + "}" : before + inner.slice(0, -1);
  }
}

function countLineFeeds(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (text.charCodeAt(at) === 0x0a) count += 1;
  return count;
}

const conditioned = new Set(["network", "unix", "dbus", "signal", "ptrace", "mqueue", "io_uring", "mount"]);

function breaksOf(item: ItemNode): StatementLook["breaks"] {
  if (item.kind === "variable") return "values";
  return conditioned.has(item.kind) ? "conditions" : "never";
}
