/**
 * Patterns side by side: which of them some path matches together. The idea: one automaton for all of them, each with a label of its
 * own, whose states tell paths apart by the patterns that match; a *cell* is the paths that one set of patterns matches and no other
 * of those asked about. Rules say the same to all paths of a cell, so a decision for its witness holds for all of it.
 */
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import {
  type AutomataSession,
  type Dfa,
  type Term,
  type TooManyStates,
  createAutomata,
  walkProduct,
} from "../../compiler/automata/index.ts";
import { type ByteSet, type GlobNode, parseGlob, slashes } from "../../language/globs/index.ts";

/** Patterns made ready to be compared with others. */
export interface PatternSet {
  readonly dfa: Dfa;
}

/** Paths that a cell of one set has in common with a cell of another. */
export interface Meeting {
  readonly left: Cell;
  /** Its texts are empty where no pattern of the other set matches. */
  readonly right: Cell;
  /** A shortest of the paths; computed when it is asked for. */
  readonly path: () => string;
}

export interface Cell {
  /** Equal for equal cells of a set. */
  readonly number: number;
  readonly texts: readonly string[];
}

/** One automata session for all questions about a policy: patterns that profiles share are built once. */
export interface CellSession {
  /** Texts that are no patterns match nothing. Cells are split where one of `finer` matches, and it is not in them. */
  readonly build: (texts: Iterable<string>, finer?: readonly GlobNode[]) => Outcome<PatternSet, TooManyStates>;
  /** The cells of one set. */
  readonly cells: (set: PatternSet) => readonly Cell[];
  /**
   * For each pair of cells that share a path, one meeting, in order of its shortest path. Paths that nothing of `left` matches are left out;
   * those that nothing of `right` matches, too, unless it is `beside`.
   */
  readonly meetings: (
    left: PatternSet,
    right: PatternSet,
    where: "both" | "beside",
  ) => Outcome<readonly Meeting[], TooManyStates>;
}

const MOST_STATES = 200_000;
/** Outputs are as many as sets of patterns that match together, which are at most as many as all states of a session. */
const MOST_OUTPUTS = 2 ** 26;
/** Labels from here on have no text. */
const FINER = 2 ** 20;

export function createCells(): CellSession {
  const labels = new Map<string, number>();
  const texts: string[] = [];
  const combined: (readonly number[])[] = [[]];
  const numbers = new Map<string, number>();
  const combine = (list: readonly number[]): number => {
    const key = list.join(" ");
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, combined.length);
    return combined.push([...list]) - 1;
  };
  const automata = createAutomata({ combine, maxStates: MOST_STATES });
  const terms = new Map<string, Term | undefined>();
  const termOf = (text: string): Term | undefined => {
    if (terms.has(text)) return terms.get(text);
    const label = labels.get(text) ?? texts.push(text) - 1;
    labels.set(text, label);
    const parsed = parseGlob(slashes(text), { nul: false });
    const term = parsed.ok ? before(automata, parsed.value, automata.accept(label)) : undefined;
    terms.set(text, term);
    return term;
  };
  const known = new Map<number, Cell>();
  const cellOf = (output: number): Cell => {
    const cell = known.get(output) ?? {
      number: output,
      texts: (combined[output] ?? []).flatMap((label) => texts[label] ?? []).toSorted(),
    };
    known.set(output, cell);
    return cell;
  };
  return {
    build: (wanted, finer = []) => {
      const found = [...new Set(wanted)].map(termOf).filter((term) => term !== undefined);
      const parts = finer.map((node, at) => before(automata, node, automata.accept(FINER + at)));
      const built = automata.build([...found, ...parts]);
      return built.ok ? ok({ dfa: built.value }) : built;
    },
    cells: ({ dfa }) => [...new Set(dfa.outputs)].filter((output) => output !== 0).map(cellOf),
    meetings: (left, right, where) => meetingsOf(left.dfa, right.dfa, { where, cellOf }),
  };
}

function meetingsOf(
  left: Dfa,
  right: Dfa,
  { where, cellOf }: { readonly where: "both" | "beside"; readonly cellOf: (output: number) => Cell },
): Outcome<readonly Meeting[], TooManyStates> {
  const met = new Map<number, Meeting>();
  const walked = walkProduct(
    left,
    right,
    (state) => {
      const { left: one, right: other } = state;
      if (one === 0 || (where === "both" && other === 0)) return false;
      const key = one * MOST_OUTPUTS + other;
      if (!met.has(key)) {
        const path = (): string => decodeBytes(Uint8Array.from(state.witness()));
        met.set(key, { left: cellOf(one), right: cellOf(other), path });
      }
      return false;
    },
    // COST: whole automata would be walked beside a dead one
    (one, other) => one !== 0 && (other !== 0 || where === "beside"),
  );
  return walked.ok ? ok([...met.values()]) : walked;
}

/** The pattern, then `next`, made from right to left. */
function before(automata: AutomataSession, node: GlobNode, next: Term): Term {
  switch (node.kind) {
    case "literal":
      return automata.literal(node.bytes, next);
    case "set":
      return automata.set(bytesOf(node), next);
    case "star":
      return automata.star(bytesOf(node), next);
    case "sequence":
      return node.parts.reduceRight((rest, part) => before(automata, part, rest), next);
    case "alternative":
      return automata.alternative(node.branches.map((branch) => before(automata, branch, next)));
  }
}

function bytesOf(node: { readonly set: ByteSet; readonly negated: boolean }): ByteSet {
  return node.negated ? node.set.map((bits) => ~bits >>> 0) : node.set;
}
