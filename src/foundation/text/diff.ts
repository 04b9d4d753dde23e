/**
 * The difference of two texts by lines (Myers, "An O(ND) Difference Algorithm", 1986), as a unified diff. `D` below is the number
 * of edits so far, `k` a diagonal (x − y), `ends[k]` the furthest x reached on it.
 */

export interface DiffOptions {
  /** Unchanged lines around a change; default 3. */
  readonly context?: number;
  readonly oldName: string;
  readonly newName: string;
}

/** Beyond this many edits the texts have little in common: all of the old is shown as removed. COST: memory grows with its square. */
const MAX_EDITS = 4000;

type Kind = " " | "-" | "+";

interface DiffLine {
  readonly kind: Kind;
  readonly text: string;
}

function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") return lines.slice(0, -1).map((line) => `${line}\n`);
  return lines.map((line, index) => (index === lines.length - 1 ? line : `${line}\n`));
}

/** The furthest ends of every round, or `undefined` when there are too many. */
function traceEdits(from: readonly string[], to: readonly string[]): Int32Array[] | undefined {
  const limit = Math.min(from.length + to.length, MAX_EDITS);
  let ends = new Int32Array(2 * limit + 3);
  const zero = limit + 1;
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits += 1) {
    trace.push(ends.slice(zero - edits - 1, zero + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (ends[zero + k - 1] ?? 0) < (ends[zero + k + 1] ?? 0));
      let x = down ? (ends[zero + k + 1] ?? 0) : (ends[zero + k - 1] ?? 0) + 1;
      while (x < from.length && x - k < to.length && from[x] === to[x - k]) x += 1;
      ends[zero + k] = x;
      if (x >= from.length && x - k >= to.length) return trace;
    }
    ends = ends.slice();
  }
  return undefined;
}

function diffLines(from: readonly string[], to: readonly string[]): DiffLine[] {
  const trace = traceEdits(from, to);
  if (trace === undefined) {
    return [...from.map((text) => ({ kind: "-", text }) as const), ...to.map((text) => ({ kind: "+", text }) as const)];
  }
  const lines: DiffLine[] = [];
  let x = from.length;
  let y = to.length;
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    // The round's array holds the diagonals −edits−1 … edits+1 as the round before left them.
    const ends = trace[edits] ?? new Int32Array();
    const at = (k: number): number => ends[k + edits + 1] ?? 0;
    const k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const startX = edits === 0 ? 0 : at(down ? k + 1 : k - 1) + (down ? 0 : 1);
    // Back along the diagonal, then the one edit that led to it.
    for (; x > startX; x -= 1, y -= 1) lines.push({ kind: " ", text: from[x - 1] ?? "" });
    if (edits === 0) break;
    if (down) lines.push({ kind: "+", text: to[(y -= 1)] ?? "" });
    else lines.push({ kind: "-", text: from[(x -= 1)] ?? "" });
  }
  return lines.toReversed();
}

interface Hunk {
  readonly start: number;
  readonly end: number;
}

/** Stretches of lines around changes; neighbours that touch are one. */
function hunksOf(lines: readonly DiffLine[], context: number): Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === " ") continue;
    const start = Math.max(0, index - context);
    const end = Math.min(lines.length, index + context + 1);
    const last = hunks.at(-1);
    if (last !== undefined && start <= last.end) hunks[hunks.length - 1] = { start: last.start, end };
    else hunks.push({ start, end });
  }
  return hunks;
}

/** `start,count` with lines from 1; of nothing the line before. */
function rangeText(before: number, count: number): string {
  const start = count === 0 ? before : before + 1;
  return count === 1 ? String(start) : `${start},${count}`;
}

/**
 * A unified diff, as `diff -u` and `patch` know it; empty when the texts are equal.
 *
 * Cost: O((lines + edits) · edits), bounded.
 *
 * @example
 * unifiedDiff("a\nb\n", "a\nc\n", { oldName: "x", newName: "y" }); // "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
 */
export function unifiedDiff(oldText: string, newText: string, options: DiffOptions): string {
  if (oldText === newText) return "";
  const lines = diffLines(splitLines(oldText), splitLines(newText));
  const parts = [`--- ${options.oldName}\n+++ ${options.newName}\n`];
  let oldLine = 0;
  let newLine = 0;
  let at = 0;
  for (const { start, end } of hunksOf(lines, options.context ?? 3)) {
    oldLine += start - at;
    newLine += start - at;
    const body = lines.slice(start, end);
    const oldCount = body.filter(({ kind }) => kind !== "+").length;
    const newCount = body.filter(({ kind }) => kind !== "-").length;
    parts.push(`@@ -${rangeText(oldLine, oldCount)} +${rangeText(newLine, newCount)} @@\n`);
    for (const { kind, text } of body) {
      parts.push(kind + (text.endsWith("\n") ? text : `${text}\n\\ No newline at end of file\n`));
    }
    oldLine += oldCount;
    newLine += newCount;
    at = end;
  }
  return parts.join("");
}
