/**
 * The stream of tokens the grammar sees: no trivia, no include directives. Those become nodes on the side, or, when files
 * are spliced, the tokens of the included files (1.8). A token is read when it is asked for and not before, so whoever
 * resolves an include knows everything that comes before it.
 */
import type { SourceFile, Span } from "../../foundation/text/index.ts";
import { unescapeWord } from "./escapes.ts";
import { firstSignificant, K, M } from "./kinds.ts";
import { limits } from "./limits.ts";
import { type LexicalError, Scanner } from "./scanner.ts";
import { type Jump, tokensOf } from "./tokens.ts";
import type { IncludeNode, IncludeRequest, Token, WordNode } from "./tree.ts";

/** A place in a file. */
export interface TokenPlace {
  readonly source: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Hears all that is read of files that are spliced, trivia too, as it is read. */
export interface TokenListener {
  /** `kind` is one of `tokenKinds`, `mode` the scanner's before the token, one of `scanModes`. */
  readonly token: (kind: number, mode: number, place: TokenPlace) => void;
  /** What follows does not fit the grammar. */
  readonly stop: () => void;
}

/** How files are read as one stream. */
export interface Splicing {
  /** What an include gives, in the order in which it is to be read. */
  readonly include: (request: IncludeRequest) => readonly SourceFile[];
  readonly listener?: TokenListener | undefined;
}

export type StopReason = "too-large" | "too-deep" | "too-many-problems";

export class TokenReader {
  /** The token that comes next, once `peek` has been called. */
  kind: number = K.end;
  start = 0;
  end = 0;
  /** The file that token is in, and the one of the last token taken with its end. */
  source: SourceFile;
  lastSource: SourceFile;
  lastEnd = 0;
  /** Where the character is that fits nothing, when the next token is an error. */
  errorStart = 0;
  /** Include directives met since `takeIncludes`; none when files are spliced. */
  #includes: IncludeNode[] = [];
  /** The profile body we are in: 0 outside of all, then a number of its own for each. */
  scope = 0;
  /** Why reading stopped before the end. */
  stopped: StopReason | undefined;
  stoppedAt = 0;
  /** The first string of the current item that goes over a line end. */
  longString: { readonly source: SourceFile; readonly start: number } | undefined;
  readonly listener: TokenListener | undefined;

  readonly #scanner: Scanner;
  readonly #include: Splicing["include"] | undefined;
  readonly #jumps: Jump[] = [];
  readonly #waiting: { readonly source: SourceFile; readonly at: number }[] = [];
  #hasNext = false;
  #significant = 0;

  constructor(source: SourceFile, splicing: Splicing | undefined) {
    this.source = source;
    this.lastSource = source;
    this.#include = splicing?.include;
    this.listener = splicing?.listener;
    this.#scanner = new Scanner(source.text);
  }

  get error(): LexicalError {
    return this.#scanner.error;
  }

  /** The scanner's mode after the next token. */
  get mode(): number {
    return this.#scanner.mode;
  }

  /** The kind of the next token. */
  peek(): number {
    if (!this.#hasNext) this.#readNext();
    return this.kind;
  }

  /** Whether there are any to take. */
  get hasIncludes(): boolean {
    return this.#includes.length > 0;
  }

  /** The include directives met since this was last called. Those before the last token taken are inside its item. */
  takeIncludes(): readonly IncludeNode[] {
    const { lastEnd } = this;
    const includes = this.#includes;
    this.#includes = [];
    return includes.map((node) => (node.span.start < lastEnd ? { ...node, insideRule: true } : node));
  }

  /** Goes past the next token. */
  take(): void {
    this.#hasNext = false;
    this.lastEnd = this.end;
    this.lastSource = this.source;
  }

  /**
   * Gives up everything up to `offset` of the file being read and goes on there in the top mode. Tokens that lie wholly
   * before it stay, the rest becomes one `skipped` token.
   */
  resume(offset: number): void {
    this.#hasNext = false;
    if (this.#include === undefined) this.#jumps.push({ read: this.#scanner.at, at: offset });
    this.#scanner.restart(offset);
    this.#includes = this.#includes.filter((node) => node.span.start < offset);
    this.longString = undefined;
  }

  /** Reads no further; the rest of the text is one `skipped` token. */
  stop(reason: StopReason): void {
    if (this.stopped !== undefined) return;
    this.stopped = reason;
    this.stoppedAt = this.start;
    this.#waiting.length = 0;
    this.resume(this.source.text.length);
  }

  #readNext(): void {
    const scanner = this.#scanner;
    this.#hasNext = true;
    for (;;) {
      const kind = this.#scan();
      if (kind === K.end && this.#leave()) continue;
      if (kind < firstSignificant) continue;
      this.start = scanner.start;
      this.end = scanner.at;
      this.kind = kind;
      this.errorStart = scanner.start;
      if (kind === K.include && this.#directive()) continue;
      this.#count();
      return;
    }
  }

  #scan(): number {
    const scanner = this.#scanner;
    const { mode } = scanner;
    const kind = scanner.scan();
    this.listener?.token(kind, mode, { source: this.source, start: scanner.start, end: scanner.at });
    return kind;
  }

  #count(): void {
    const { text } = this.source;
    if (text.charCodeAt(this.start) === 0x22 && this.longString === undefined) {
      const line = text.indexOf("\n", this.start);
      if (line >= 0 && line < this.end) this.longString = { source: this.source, start: this.start };
    }
    this.#significant += 1;
    if (this.#significant < limits.tokens || this.stopped !== undefined) return;
    this.stop("too-large");
    this.#hasNext = true;
    this.start = this.source.text.length;
    this.end = this.start;
    this.kind = K.end;
  }

  /** Goes back to the includer; gives whether there is one. */
  #leave(): boolean {
    const back = this.#waiting.pop();
    if (back === undefined) {
      this.start = this.#scanner.at;
      this.end = this.start;
      return false;
    }
    this.source = back.source;
    this.#scanner.switchTo(back.source.text, back.at);
    return true;
  }

  /**
   * Reads the file name behind an include keyword, which may be in the file that includes this one; false when there is
   * none, the token after it being an error or the end then.
   */
  #directive(): boolean {
    const scanner = this.#scanner;
    const { source, start } = this;
    const keyword: Span = { file: source.id, start, end: scanner.at };
    let kind = this.#scan();
    while (kind < firstSignificant || (kind === K.end && this.#leave())) kind = this.#scan();
    this.end = scanner.at;
    if (kind === K.end) {
      this.danglingInclude = keyword;
      this.kind = kind;
      this.start = this.end;
      return false;
    }
    if (kind !== K.fileName) {
      // The keyword belongs to the error: whoever skips it must skip both.
      this.kind = K.error;
      this.start = source === this.source ? start : scanner.start;
      this.errorStart = scanner.start;
      return false;
    }
    this.#addInclude(keyword, source.text.slice(keyword.start, keyword.end));
    return true;
  }

  #addInclude(span: Span, keyword: string): void {
    const { source, end } = this;
    const nameStart = this.#scanner.start;
    const node: IncludeNode = {
      kind: "include",
      span: source.id === span.file ? { ...span, end } : span,
      path: fileNameWord(source, nameStart, end),
      searched: source.text.charCodeAt(nameStart) === 0x3c,
      ifExists: keyword.endsWith("exists"),
      pound: keyword.startsWith("#"),
      insideRule: false,
    };
    if (this.#include === undefined) {
      this.#includes.push(node);
      this.lastIncludeEnd = end;
    } else this.#enter(this.#include({ node, scope: this.scope }));
  }

  /** An include keyword that the text ends behind: the other parser then includes nothing. */
  danglingInclude: Span | undefined;

  /** Where the last include directive ended; -1 before any. */
  lastIncludeEnd = -1;

  #enter(files: readonly SourceFile[]): void {
    const first = files[0];
    if (first === undefined) return;
    if (this.#waiting.length + files.length > limits.depth) {
      this.stop("too-deep");
      return;
    }
    this.#waiting.push({ source: this.source, at: this.#scanner.at });
    for (const source of files.slice(1).toReversed()) this.#waiting.push({ source, at: 0 });
    this.source = first;
    this.#scanner.switchTo(first.text, 0);
  }

  /** The tokens read, trivia too; none when files are spliced. Cost: reads the text again. */
  tokens(): readonly Token[] {
    return this.#include === undefined ? tokensOf(this.source.text, this.#jumps) : [];
  }

  /** Whether the end of the text was reached inside a construct: in another mode than the top one. */
  get endsInside(): boolean {
    return this.#scanner.mode !== M.top;
  }
}

/** The word of `<name>`, `<"name">`, `"name"` or a bare name. */
export function fileNameWord(source: SourceFile, start: number, end: number): WordNode {
  const text = source.text.slice(start, end);
  const inner = text.startsWith("<") ? text.slice(1, -1) : text;
  const quoted = inner.startsWith('"');
  const name = quoted ? inner.slice(1, -1) : inner;
  const trimmed = inner === text ? name : trimBlanks(name);
  const span: Span = { file: source.id, start, end };
  return { kind: "word", span, text, value: unescapeWord(trimmed), quoted };
}

function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => " \t\v\f".includes(text.charAt(at));
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}
