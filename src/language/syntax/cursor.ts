/**
 * What the grammar functions work with: look at the next token, take it, make words of it, or say that something else was
 * expected. A grammar function gives `undefined` once it has failed; the first failure of an item is the one reported.
 */
import type { SourceFile, Span } from "../../foundation/text/index.ts";
import { unescapeWord } from "./escapes.ts";
import { K } from "./kinds.ts";
import { fileNameWord, type TokenReader } from "./reader.ts";
import type { WordNode } from "./tree.ts";

/** What is expected where a rule may end and nothing more may follow. */
export const END_OF_RULE = "`,` to end the rule";

/** After the last token that was taken. */
export interface ReadEnd {
  readonly lastSource: SourceFile;
  readonly lastEnd: number;
}

/** Where an item or a part of it starts. */
export interface Mark {
  readonly source: SourceFile;
  readonly start: number;
}

/** The first thing in an item that did not fit. */
export interface Failure {
  readonly source: SourceFile;
  readonly kind: number;
  readonly start: number;
  readonly end: number;
  readonly expected: string;
  /** What may have been meant. */
  readonly help: string | undefined;
  /** After the last token that fitted. */
  readonly after: number;
}

export class Cursor {
  readonly reader: TokenReader;
  failure: Failure | undefined;
  /** Called for a word with a NUL in it, which ends its value. */
  onNul: ((span: Span) => void) | undefined;

  constructor(reader: TokenReader) {
    this.reader = reader;
  }

  peek(): number {
    return this.reader.peek();
  }

  take(): void {
    this.reader.take();
  }

  /** Takes the next token if it is of this kind. */
  accept(kind: number): boolean {
    if (this.reader.peek() !== kind) return false;
    this.reader.take();
    return true;
  }

  /** Takes the next token, which must be of this kind. */
  expect(kind: number, expected: string): boolean {
    if (this.accept(kind)) return true;
    this.fail(expected);
    return false;
  }

  /** Takes the comma that ends a rule. */
  endOfRule(): boolean {
    return this.expect(K.comma, END_OF_RULE);
  }

  fail(expected: string, help?: string): undefined {
    if (this.failure !== undefined) return undefined;
    const { reader } = this;
    const kind = reader.peek();
    reader.listener?.stop();
    const after = reader.lastSource === reader.source ? reader.lastEnd : reader.start;
    this.failure = { source: reader.source, kind, start: reader.start, end: reader.end, expected, help, after };
    return undefined;
  }

  mark(): Mark {
    this.reader.peek();
    return { source: this.reader.source, start: this.reader.start };
  }

  /** From a mark to the end of the last token taken; to the mark's own token when that is in another file. */
  spanFrom(mark: Mark, { lastEnd, lastSource }: ReadEnd = this.reader): Span {
    const end = lastSource === mark.source && lastEnd >= mark.start ? lastEnd : mark.start;
    return { file: mark.source.id, start: mark.start, end };
  }

  /** The span of the next token. */
  tokenSpan(): Span {
    this.reader.peek();
    return { file: this.reader.source.id, start: this.reader.start, end: this.reader.end };
  }

  /** The text of the next token. */
  text(): string {
    this.reader.peek();
    return this.reader.source.text.slice(this.reader.start, this.reader.end);
  }

  /** Takes the next token as a word, whatever its kind. COST: called for every word, so it asks the reader once. */
  word(): WordNode {
    const { reader } = this;
    reader.peek();
    const { source, start, end } = reader;
    reader.take();
    const span = { file: source.id, start, end };
    const text = source.text.slice(start, end);
    const quoted = text.charCodeAt(0) === 0x22 && end > start + 1;
    if (!quoted && !text.includes("\\") && !text.includes("\0"))
      return { kind: "word", span, text, value: text, quoted };
    if (text.includes("\0")) this.onNul?.(span);
    return { kind: "word", span, text, value: unescapeWord(quoted ? text.slice(1, -1) : text), quoted };
  }

  /** Takes the next token as a word if it is of this kind. */
  acceptWord(kind: number): WordNode | undefined {
    return this.peek() === kind ? this.word() : undefined;
  }

  /** Takes the next token as a word; it must be of this kind. */
  expectWord(kind: number, expected: string): WordNode | undefined {
    return this.peek() === kind ? this.word() : this.fail(expected);
  }

  /** Takes a file name as ABI_MODE gives it. */
  expectFileName(): WordNode | undefined {
    if (this.peek() !== K.fileName) return this.fail("a file name");
    const { source, start, end } = this.reader;
    this.reader.take();
    return fileNameWord(source, start, end);
  }

  /** Takes words of one kind as long as they come. */
  words(kind: number): readonly WordNode[] {
    if (this.peek() !== kind) return noWords;
    const words: WordNode[] = [];
    while (this.peek() === kind) words.push(this.word());
    return words;
  }
}

const noWords: readonly WordNode[] = [];
