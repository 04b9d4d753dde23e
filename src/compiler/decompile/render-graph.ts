/** An automaton as a Graphviz drawing. */
import { displayText } from "../../foundation/text/index.ts";
import { OUT_OF_BAND_SYMBOL } from "../automata/index.ts";
import {
  type AutomatonName,
  type CompiledAutomaton,
  type CompiledPolicy,
  meaningsOf,
  startState,
} from "../compiled/index.ts";
import { classText } from "./state-patterns.ts";

export interface GraphOptions {
  /** States drawn at most, nearest to the start first; default 500. */
  readonly maxStates?: number;
}

/**
 * Draws an automaton: a node a state with what it grants, an edge for each target with the bytes that lead there. The dead state
 * is left out; states beyond the limit are dashed and lead nowhere.
 */
export function renderGraph(automaton: CompiledAutomaton, name: AutomatonName, options: GraphOptions = {}): string {
  return digraph(name, drawAutomaton(automaton, name, { ...options, prefix: "" }));
}

const parts = ["xmatch", "file", "policydb"] as const satisfies readonly AutomatonName[];

/** One drawing with a cluster for every automaton of every profile. */
export function renderPolicyGraph({ profiles }: CompiledPolicy, options: GraphOptions = {}): string {
  const automata = profiles.flatMap((profile) =>
    parts.flatMap((part) => {
      const automaton = profile[part];
      return automaton === undefined ? [] : [{ name: profile.name, part, automaton }];
    }),
  );
  const clusters = automata.flatMap(({ name, part, automaton }, number) => [
    `  subgraph cluster_${number} {`,
    `    label="${escapeLabel(displayText(`${name} ${part}`))}";`,
    ...drawAutomaton(automaton, part, { ...options, prefix: `a${number}_` }).map((line) => `  ${line}`),
    "  }",
  ]);
  return digraph("policy", clusters);
}

function digraph(name: string, lines: readonly string[]): string {
  return [`digraph ${name} {`, "  rankdir=LR;", '  node [shape=circle, fontname="monospace"];', ...lines, "}", ""].join(
    "\n",
  );
}

/** Lines for nodes and edges; node names are `prefix` and the state's number. */
function drawAutomaton(
  automaton: CompiledAutomaton,
  name: AutomatonName,
  { maxStates = 500, prefix }: GraphOptions & { readonly prefix: string },
): readonly string[] {
  const meanings = new Map<string, number>();
  const numbers = meaningsOf(automaton, name, meanings);
  const texts = [...meanings.keys()];
  const shown = new Set([startState(automaton, name)]);
  const lines: string[] = [];
  let drawn = 0;
  for (const state of shown) {
    drawn += 1;
    if (drawn > maxStates) {
      lines.push(`  ${prefix}${state} [style=dashed];`);
      continue;
    }
    const isPlain = numbers[state] === numbers[0];
    const label = isPlain ? String(state) : `${state}\\n${escapeLabel(displayText(texts[numbers[state]!]!))}`;
    lines.push(`  ${prefix}${state} [label="${label}"${isPlain ? "" : ", shape=doublecircle"}];`);
    for (const [target, text] of edgesOf(automaton, state)) {
      shown.add(target);
      lines.push(`  ${prefix}${state} -> ${prefix}${target} [label="${escapeLabel(text)}"];`);
    }
  }
  return lines;
}

/** Live targets with the text of their bytes, in order of the row; the default last. */
function edgesOf({ dfa }: CompiledAutomaton, state: number): ReadonlyMap<number, string> {
  const groups = new Map<number, number[]>();
  const texts = new Map<number, string>();
  for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
    const target = dfa.targets[at]!;
    if (target === 0) continue;
    if (dfa.symbols[at] === OUT_OF_BAND_SYMBOL) texts.set(target, "out of band");
    else groups.set(target, [...(groups.get(target) ?? []), dfa.symbols[at]!]);
  }
  for (const [target, bytes] of groups)
    texts.set(target, [texts.get(target), classText(bytes)].filter(Boolean).join(" or "));
  const rest = dfa.defaults[state]!;
  if (rest !== 0) texts.set(rest, [texts.get(rest), "else"].filter(Boolean).join(" or "));
  return texts;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
