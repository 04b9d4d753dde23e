/**
 * Tried before shown: a fix is applied to the text and the text is read again. What does not remove the problem it is offered for, or makes
 * another one, is not offered.
 */
import { acceptTogether, type Diagnostic, type Fix } from "../../foundation/diagnostics/index.ts";
import { applyEdits, type SourceFile, type TextEdit } from "../../foundation/text/index.ts";

/** Reads a text and gives what is wrong with it. */
type ReadAgain = (text: string) => readonly Diagnostic[];

/** A text with edits carried out, and where its places are in the text before. */
interface Mended {
  readonly text: string;
  readonly back: (offset: number) => number;
}

export function mend(text: string, edits: readonly TextEdit[]): Mended {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  // Where each edit's new text starts and ends in the new text.
  const starts: number[] = [];
  let shift = 0;
  for (const { start, end, newText } of sorted) {
    starts.push(start + shift);
    shift += newText.length - (end - start);
  }
  const back = (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const edit = sorted[low - 1];
    if (edit === undefined) return offset;
    const behind = offset - (starts[low - 1] ?? 0) - edit.newText.length;
    return behind < 0 ? edit.start : edit.end + behind;
  };
  return { text: applyEdits(text, edits), back };
}

/** One problem, wherever the text before it has been changed. */
function keyOf({ code, at, message }: Diagnostic, back: (offset: number) => number): string {
  return `${code} ${back(at.span.start)} ${message}`;
}

const same = (offset: number): number => offset;

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** A problem, and edits that may end it. */
export interface Candidate {
  readonly problem: Diagnostic;
  readonly fix: Fix;
}

export class Trials {
  readonly source: SourceFile;
  readonly #read: ReadAgain;

  constructor(source: SourceFile, read: ReadAgain) {
    this.source = source;
    this.#read = read;
  }

  /** What would be wrong with the text after these edits, at the places of the text before. */
  after(edits: readonly TextEdit[]): readonly Diagnostic[] {
    const { text, back } = mend(this.source.text, edits);
    return this.#read(text).map((diagnostic) => movedBack(diagnostic, back));
  }

  /** Those that end their problems and make no others. Cost: reads the text a bounded number of times. */
  helping(candidates: readonly Candidate[], all: readonly Diagnostic[]): ReadonlySet<Candidate> {
    const before = new Set(all.filter(isError).map((one) => keyOf(one, same)));
    return acceptTogether(candidates, (group) => {
      const edits = group.flatMap(({ fix }) => fix.edits.map(({ edit }) => edit));
      if (overlap(edits)) return false;
      const left = this.after(edits).filter(isError);
      const own = new Set(group.map(({ problem }) => keyOf(problem, same)));
      const keys = left.map((one) => keyOf(one, same));
      return left.length < before.size && keys.every((key) => before.has(key) && !own.has(key));
    });
  }

  /** Whether the fix ends this problem and makes no other. */
  helps(fix: Fix, problem: Diagnostic, all: readonly Diagnostic[]): boolean {
    return this.helping([{ problem, fix }], all).size > 0;
  }
}

function overlap(edits: readonly TextEdit[]): boolean {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  return sorted.some(({ start }, index) => start < (sorted[index - 1]?.end ?? 0) || start === sorted[index - 1]?.start);
}

/** Without its fixes, which are for the changed text. */
export function movedBack(diagnostic: Diagnostic, back: (offset: number) => number): Diagnostic {
  const label = (one: Diagnostic["at"]): Diagnostic["at"] => {
    const { file, start, end } = one.span;
    const from = back(start);
    return { ...one, span: { file, start: from, end: Math.max(from, back(end)) } };
  };
  return { ...diagnostic, at: label(diagnostic.at), also: diagnostic.also.map(label), fixes: [] };
}
