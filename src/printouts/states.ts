/**
 * Automata as `apparmor_parser -D dfa-states` and `-D dfa-graph` print them. Ours are minimal and numbered breadth first, so there may
 * be fewer states than 5.0.2 has, under other numbers. Texts are byte strings.
 */
import type { TracedStates, TracedBits } from "../compiler/compile/index.ts";
import { OUT_OF_BAND_SYMBOL } from "../compiler/automata/index.ts";
import { nameByte } from "./expressions.ts";

/** The symbol that is between an executable's path and its extended attributes. */

interface Exception {
  readonly symbol: number;
  readonly target: number;
}

interface State {
  readonly number: number;
  /** Where every byte leads that is not an exception; 0: nowhere. */
  readonly otherwise: number;
  /** Ascending; those that lead nowhere are among them. */
  readonly exceptions: readonly Exception[];
  readonly bits: TracedBits | undefined;
}

function statesOf({ dfa, bits }: TracedStates): readonly State[] {
  return Array.from({ length: dfa.stateCount - 1 }, (_, index) => {
    const number = index + 1;
    const [start = 0, end = 0] = [dfa.rows[number], dfa.rows[number + 1]];
    const exceptions = Array.from(dfa.symbols.subarray(start, end), (symbol, at) => ({
      symbol,
      target: dfa.targets[start + at] ?? 0,
    }));
    // The symbol that is not a byte comes first.
    const sorted = exceptions.toSorted(
      (a, b) => (a.symbol % OUT_OF_BAND_SYMBOL) - (b.symbol % OUT_OF_BAND_SYMBOL) || b.symbol - a.symbol,
    );
    return { number, otherwise: dfa.defaults[number] ?? 0, exceptions: sorted, bits: bits[dfa.outputs[number] ?? 0] };
  });
}

function renderBits({ allow, audit, prompt, quiet }: TracedBits): string {
  // What is denied has been taken out of what is allowed by then.
  const [first, ...rest] = [allow, 0, prompt, audit, quiet].map((bits) => bits.toString(16));
  return `(0x ${first}/${rest[0]}//${rest.slice(1).join("/")})`;
}

/** A symbol by its name and number. */
function nameSymbol(symbol: number): string {
  if (symbol === OUT_OF_BAND_SYMBOL) return "-0x1";
  const number = `0x${symbol.toString(16)}`;
  const name = nameByte(symbol);
  return name.startsWith("\\x") ? number : `${name} ${number}`;
}

/** Every byte that no line above names: of the others, those that lead nowhere are reported. */
function excluded(exceptions: readonly Exception[], name: (symbol: number) => string): string {
  const names = exceptions.filter(({ symbol, target }) => symbol < OUT_OF_BAND_SYMBOL && target === 0);
  return names.length === 0 ? "[]" : `[^${names.map(({ symbol }) => name(symbol)).join("")}]`;
}

export function renderStates(automaton: TracedStates): string {
  const states = statesOf(automaton);
  const of = (number: number): string => {
    const bits = states[number - 1]?.bits;
    return bits === undefined ? `{${number}}` : `{${number}} ${renderBits(bits)}`;
  };
  const accepting = states.flatMap(({ number, bits }) =>
    bits === undefined ? [] : `{${number}}${renderBits(bits)}\n`,
  );
  const lines = states.flatMap(({ exceptions, number, otherwise, bits }) => {
    const edges = exceptions.filter(({ target }) => target !== 0);
    if (edges.length === 0 && otherwise === 0) return [];
    return [
      `{${number}} perms: ${bits === undefined ? "none" : renderBits(bits)}\n`,
      ...edges.map(({ symbol, target }) => `    ${nameSymbol(symbol)} -> ${of(target)}\n`),
      ...(otherwise === 0 ? [] : [`    ${excluded(exceptions, nameByte)} -> ${of(otherwise)}\n`]),
    ];
  });
  return `{1} <== (allow/deny/prompt/audit/quiet)\n${accepting.join("")}\n${lines.join("")}\n`;
}

/** ORACLE 5.0.2 leaves quotes in labels as they are, which Graphviz does not read; here they are escaped. */
export function renderGraph(automaton: TracedStates): string {
  const states = statesOf(automaton);
  const nodes = states.map(({ number, bits }) => {
    const bold = number === 1 ? "\t\tstyle=bold\n" : "";
    const label = bits === undefined ? "" : `\t\tlabel="{${number}}\\n${renderBits(bits)}"\n`;
    return `\t"{${number}}" [\n${bold}${label}\t]\n`;
  });
  const edges = states.flatMap(({ exceptions, number, otherwise }) => {
    const named = exceptions.flatMap(({ symbol, target }) =>
      target === 0 ? [] : [renderEdge(number, target, nameSymbol(symbol))],
    );
    const label = excluded(exceptions, nameSymbol);
    return otherwise === 0 ? named : [...named, renderEdge(number, otherwise, label === "[]" ? "" : label)];
  });
  return `digraph "dfa" {\n${[...nodes, ...edges].join("")}}\n`;
}

function renderEdge(from: number, target: number, label: string): string {
  const line = label === "" ? "" : `\t\tlabel="${label.replaceAll('"', '\\"')}"\n`;
  return `\t"{${from}}" -> "{${target}}" [\n${line}\t]\n`;
}
