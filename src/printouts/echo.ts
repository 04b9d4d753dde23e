/**
 * What the other parser prints of a text while it reads it (`--preprocess`): every token and all between them, as written, but
 * for include directives, which whoever resolves them announces. Reading ends at the first error, and so does what is printed.
 */
import type { Span } from "../foundation/text/index.ts";
import {
  blankEnd,
  firstSignificant,
  scanModes as M,
  tokenKinds as K,
  type TokenListener,
  type TokenPlace,
} from "../language/syntax/index.ts";

/** More than this is not kept. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** A token with the trivia before it, only trivia (`loose`), or what is printed in the stead of something. */
interface Piece extends TokenPlace {
  readonly kind: number;
  readonly said: string | undefined;
  readonly loose: boolean;
}

/** After the last token of a span, where an error is noticed. */
export type Noticing =
  | "there"
  /** With the comma that ends the rule. */
  | "rule"
  /** With the brace that closes the body that follows. */
  | "body"
  /** With the first token behind the assignment, or the brace behind a condition. */
  | "assignment"
  /** With the first token of the item at which the span starts that tells it from others. */
  | "start";

/** What ends the reading. */
export interface Noticed {
  readonly span: Span;
  readonly by: Noticing;
}

export class Echo implements TokenListener {
  readonly #pieces: Piece[] = [];
  #characters = 0;
  #stopped = false;
  /** The comment at the end of the assignment being read. */
  #comment = "";

  /** ORACLE 5.0.2: the end of an assignment, with the comment before it, is printed twice. */
  token(kind: number, mode: number, place: TokenPlace): void {
    if (kind === K.end || kind === K.include || (kind === K.fileName && mode !== M.abi)) return;
    this.#add({ ...place, kind, said: undefined, loose: kind < firstSignificant });
    if (mode !== M.assign && mode !== M.assignExpression) return;
    if (kind === K.comment) this.#comment = textOf(place);
    if (kind !== K.newline) return;
    this.say(this.#comment + textOf(place), place);
    this.#comment = "";
  }

  /** Prints a text for what is at a place. */
  say(text: string, place: TokenPlace): void {
    this.#add({ ...place, kind: K.newline, said: text, loose: false });
  }

  /** Nothing more is read. */
  stop(): void {
    this.#stopped = true;
  }

  /** What is printed until the first of these is noticed; all of it where there is none. */
  text(noticed: readonly Noticed[]): string {
    const pieces = this.#pieces.slice(0, this.#firstEnd(noticed) + 1);
    return pieces.map((piece) => piece.said ?? textOf(piece)).join("") + blanksBehind(pieces.at(-1));
  }

  /** The last piece that is printed. What follows it cannot be noticed any more. */
  #firstEnd(noticed: readonly Noticed[]): number {
    const files = byFile(noticed);
    let end = this.#pieces.length;
    for (const [index, piece] of this.#pieces.entries()) {
      if (index > end) break;
      const places = files.get(piece.source.id) ?? [];
      for (let at = firstBehind(places, piece.start); (places[at]?.offset ?? Infinity) <= piece.end; at += 1) {
        const by = places[at]?.by;
        if (by !== undefined) end = Math.min(end, this.#end(index, by));
      }
    }
    return end;
  }

  #end(found: number, by: Noticing): number {
    switch (by) {
      case "there":
        return found;
      case "rule":
        return this.#next(found, (piece) => piece.kind === K.comma);
      case "body":
        return this.#closing(found);
      case "assignment":
        return this.#behindAssignment(found);
      case "start":
        return this.#isDecided(found) ? found : this.#next(found + 1, isToken);
    }
  }

  #behindAssignment(from: number): number {
    const end = this.#next(from, ({ kind, said }) => said !== undefined || kind === K.open);
    return this.#pieces[end]?.kind === K.open ? end : this.#next(end + 1, isToken);
  }

  /** Whether one token shows that an item is not allowed there: a name may start a profile, and in a body a variable a rule. */
  #isDecided(index: number): boolean {
    const kind = this.#pieces[index]?.kind;
    if (kind !== K.setVariable) return kind !== K.id;
    const count = (wanted: number): number =>
      this.#pieces.slice(0, index).filter((piece) => piece.kind === wanted).length;
    return count(K.open) === count(K.close);
  }

  #next(from: number, wanted: (piece: Piece) => boolean): number {
    for (let at = from; at < this.#pieces.length; at += 1) {
      const piece = this.#pieces[at];
      if (piece !== undefined && wanted(piece)) return at;
    }
    return this.#pieces.length;
  }

  #closing(from: number): number {
    let depth = 0;
    return this.#next(from, ({ kind }) => {
      if (kind === K.open) depth += 1;
      if (kind === K.close) depth -= 1;
      return kind === K.close && depth <= 0;
    });
  }

  #add(piece: Piece): void {
    if (this.#stopped) return;
    this.#characters += piece.said?.length ?? piece.end - piece.start;
    if (this.#characters > MOST_CHARACTERS) return;
    const last = this.#pieces.at(-1);
    const grows = last?.loose === true && last.source === piece.source && last.end === piece.start;
    if (grows && piece.said === undefined) this.#pieces[this.#pieces.length - 1] = { ...piece, start: last.start };
    else this.#pieces.push(piece);
  }
}

function isToken({ loose, said }: Piece): boolean {
  return !loose && said === undefined;
}

function textOf({ source, start, end }: TokenPlace): string {
  return source.text.slice(start, end);
}

/** Two keywords are read with the blanks after them. */
function blanksBehind(last: Piece | undefined): string {
  if (last?.kind !== K.profile && last?.kind !== K.hat) return "";
  return last.source.text.slice(last.end, blankEnd(last.source.text, last.end));
}

/** After the last character of what is noticed. */
interface NoticedPlace {
  readonly offset: number;
  readonly by: Noticing;
}

/** The places of each file in their order. */
function byFile(noticed: readonly Noticed[]): ReadonlyMap<string, readonly NoticedPlace[]> {
  const files = new Map<string, NoticedPlace[]>();
  for (const { by, span } of noticed) {
    const places = files.get(span.file) ?? [];
    files.set(span.file, places);
    places.push({ offset: by === "start" ? span.start + 1 : span.end, by });
  }
  for (const places of files.values()) places.sort((a, b) => a.offset - b.offset);
  return files;
}

/** The index of the first place after `start`. */
function firstBehind(places: readonly NoticedPlace[], start: number): number {
  let low = 0;
  for (let high = places.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.offset ?? 0) > start) high = middle;
    else low = middle + 1;
  }
  return low;
}
