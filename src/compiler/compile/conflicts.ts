/**
 * Exec conflicts in a finished automaton (compile-semantics 4.5): a state where two winning rules want different transitions is a
 * special output. The input that leads there is the witness, and the rules are found by asking their patterns about it.
 */
import { decodeBytes } from "../../foundation/text/index.ts";
import { matches } from "../../language/globs/index.ts";
import type { Dfa, Label, Term } from "../automata/index.ts";
import type { Emission, RuleContext } from "./context.ts";
import type { EncodingSession } from "./session.ts";

/** A pattern as it went into the automaton. */
export interface PlacedPattern {
  readonly emission: Emission;
  readonly label: Label;
  readonly term: Term;
}

/** As many conflicts of one profile are told; more do not help. */
const MOST_REPORTED = 20;
const MOST_ASKED = 200;

/** Reports every pair of rules that conflict somewhere, with the shortest path that shows it. */
export function reportConflicts(
  dfa: Dfa,
  patterns: readonly PlacedPattern[],
  session: EncodingSession,
  context: Pick<RuleContext, "report">,
): void {
  if (!session.effects.hasConflicts()) return;
  const states = conflictStates(dfa, session);
  if (states.size === 0) return;
  const witnesses = shortestInputs(dfa, new Set([...states.values()].map(({ state }) => state)));
  for (const { state, pair } of [...states.values()].slice(0, MOST_REPORTED)) {
    const witness = witnesses.get(state) ?? [];
    const [first, second] = pair.map((label) => findPattern(label, witness, patterns));
    const at = second?.emission.origin ?? first?.emission.origin;
    if (at === undefined) continue;
    const path = decodeBytes(Uint8Array.from(witness));
    const other = first?.emission.origin;
    context.report({
      code: "compile/exec-conflict",
      message: `two rules of equal rank want different exec transitions for \`${printable(path)}\``,
      at,
      note: "wants another transition",
      also: other === undefined ? [] : [{ span: other.span, message: "than this rule" }],
    });
  }
}

interface ConflictState {
  readonly state: number;
  readonly pair: readonly [Label, Label];
}

/** The first state of every pair of labels in conflict. */
function conflictStates(dfa: Dfa, session: EncodingSession): Map<string, ConflictState> {
  const found = new Map<string, ConflictState>();
  for (const [state, output] of dfa.outputs.entries()) {
    const pair = output === 0 ? undefined : session.effects.resolved(output).conflict;
    if (pair !== undefined && !found.has(pair.join())) found.set(pair.join(), { state, pair });
  }
  return found;
}

/** A pattern of this profile that carries the label and matches the input. */
function findPattern(
  label: Label,
  input: readonly number[],
  patterns: readonly PlacedPattern[],
): PlacedPattern | undefined {
  const bytes = Uint8Array.from(input);
  const candidates = patterns.filter((pattern) => pattern.label === label).slice(0, MOST_ASKED);
  return candidates.find(({ emission }) => matches(emission.pattern, bytes)) ?? candidates[0];
}

/** Shortest inputs to the wanted states, breadth first; readable bytes are tried before others. */
function shortestInputs(dfa: Dfa, wanted: ReadonlySet<number>): Map<number, readonly number[]> {
  const from = new Map<number, { readonly state: number; readonly symbol: number }>();
  const queue = [1];
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    for (const [symbol, target] of arcsOf(dfa, state)) {
      if (target === 0 || target === 1 || from.has(target)) continue;
      from.set(target, { state, symbol });
      queue.push(target);
    }
  }
  const inputs = new Map<number, readonly number[]>();
  for (const target of wanted) {
    const input: number[] = [];
    for (let step = from.get(target); step !== undefined; step = from.get(step.state)) input.unshift(step.symbol);
    inputs.set(target, input);
  }
  return inputs;
}

/** Readable bytes first: letters, then the rest. */
const readableFirst: readonly number[] = [
  ...Array.from({ length: 26 }, (_, i) => 0x61 + i),
  ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte < 0x61 || byte > 0x7a),
];

/** The explicit arcs, and one byte that takes the default. */
function arcsOf(dfa: Dfa, state: number): [symbol: number, target: number][] {
  const explicit = new Map<number, number>();
  for (let at = dfa.rows[state] ?? 0; at < (dfa.rows[state + 1] ?? 0); at += 1) {
    explicit.set(dfa.symbols[at] ?? 0, dfa.targets[at] ?? 0);
  }
  const free = readableFirst.find((byte) => !explicit.has(byte));
  const arcs = [...explicit];
  if (free !== undefined) arcs.push([free, dfa.defaults[state] ?? 0]);
  return arcs;
}

/** Control characters as escapes: a path is not to speak to anyone's terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\ud800-\udfff]/gu, (char) => {
    const code = char.charCodeAt(0);
    return `\\x${(code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code).toString(16).padStart(2, "0")}`;
  });
}
