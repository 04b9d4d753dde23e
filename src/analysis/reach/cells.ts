/**
 * Patterns side by side: which of them some path matches together. The idea: one automaton for all of them, each with a label of its
 * own, whose states tell paths apart by the patterns that match; a *cell* is the paths that one set of patterns matches and no other
 * of those asked about. Rules say the same to all paths of a cell, so a decision for its witness holds for all of it.
 */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import {
  type AutomataSession,
  type Dfa,
  type Term,
  type TooManyStates,
  type Witness,
  createAutomata,
  walkProduct,
  witnesses,
} from "../../compiler/automata/index.ts";
import { type ByteSet, type GlobNode, parseGlob, slashes } from "../../language/globs/index.ts";

/** A set of patterns, and a shortest path that these match and no others. */
export interface Cell {
  readonly texts: readonly string[];
  readonly path: string;
}

/** Two sets of patterns that a path matches. */
export interface Meeting {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly path: string;
}

/** Patterns made ready to be compared with others. */
export interface PatternSet {
  readonly dfa: Dfa;
}

/** One automata session for all questions about a policy: patterns that profiles share are built once. */
export interface CellSession {
  readonly build: (texts: Iterable<string>) => Outcome<PatternSet, TooManyStates>;
  /** The cells of the patterns; texts that are no patterns match nothing. Cells are split where one of `finer` matches and is not in them. */
  readonly cells: (texts: Iterable<string>, finer: readonly GlobNode[]) => Outcome<readonly Cell[], TooManyStates>;
  /** For each pair of cells that share a path, one such path. */
  readonly meetings: (left: PatternSet, right: PatternSet) => Outcome<readonly Meeting[], TooManyStates>;
}

const MOST_STATES = 200_000;
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
  const textsOf = (output: number): readonly string[] =>
    (combined[output] ?? []).flatMap((label) => texts[label] ?? []).toSorted();
  const buildWith = (wanted: Iterable<string>, finer: readonly GlobNode[]): Outcome<PatternSet, TooManyStates> => {
    const found = [...new Set(wanted)].map(termOf).filter((term) => term !== undefined);
    const parts = finer.map((node, at) => before(automata, node, automata.accept(FINER + at)));
    const built = automata.build([...found, ...parts]);
    return built.ok ? ok({ dfa: built.value }) : fail(built.error);
  };
  const build: CellSession["build"] = (wanted) => buildWith(wanted, []);
  return {
    build,
    cells: (wanted, finer) => {
      const built = buildWith(wanted, finer);
      if (!built.ok) return built;
      return ok(
        [...witnesses(built.value.dfa)].map(([output, witness]) => ({ texts: textsOf(output), path: pathOf(witness) })),
      );
    },
    meetings: (left, right) => {
      const met = new Map<string, Meeting>();
      const walked = walkProduct(left.dfa, right.dfa, (state) => {
        if (state.left === 0 || state.right === 0) return false;
        const key = `${state.left} ${state.right}`;
        if (!met.has(key)) {
          met.set(key, { left: textsOf(state.left), right: textsOf(state.right), path: pathOf(state.witness()) });
        }
        return false;
      });
      return walked.ok ? ok([...met.values()]) : walked;
    },
  };
}

function pathOf(witness: Witness): string {
  return decodeBytes(Uint8Array.from(witness));
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
