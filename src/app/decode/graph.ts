/** Automata for Graphviz. */
import type { CompiledAutomaton, CompiledPolicy } from "../../compiler/compiled/index.ts";
import { permissionsOf } from "../../compiler/policydb/index.ts";
import { fileLetters, wordText } from "./permissions.ts";

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function symbolText(symbol: number): string {
  if (symbol === 256) return "oob";
  return symbol > 0x20 && symbol < 0x7f ? String.fromCharCode(symbol) : `0x${symbol.toString(16).padStart(2, "0")}`;
}

function cluster(name: string, automaton: CompiledAutomaton, view: "other" | "policydb" | "xmatch"): string {
  const { dfa } = automaton;
  const node = (state: number): string => quoted(`${name}/${state}`);
  const lines: string[] = [];
  for (let state = 1; state < dfa.stateCount; state += 1) {
    const entry = permissionsOf(automaton, state, view);
    const allowed = view === "other" ? fileLetters(entry.allow, entry, automaton) : wordText(entry.allow);
    const accepts = dfa.outputs[state] !== 0;
    const label = accepts ? `${state}\n${allowed}` : String(state);
    lines.push(
      `    ${node(state)} [label=${quoted(label).replaceAll("\n", "\\n")}${accepts ? ", peripheries=2" : ""}];`,
    );
    const labels = new Map<number, string[]>();
    for (let at = dfa.rows[state] ?? 0; at < (dfa.rows[state + 1] ?? 0); at += 1) {
      const target = dfa.targets[at] ?? 0;
      if (target !== 0) labels.set(target, [...(labels.get(target) ?? []), symbolText(dfa.symbols[at] ?? 0)]);
    }
    const byDefault = dfa.defaults[state] ?? 0;
    if (byDefault !== 0) labels.set(byDefault, [...(labels.get(byDefault) ?? []), "any other"]);
    for (const [target, words] of labels) {
      lines.push(`    ${node(state)} -> ${node(target)} [label=${quoted(words.join(" "))}];`);
    }
  }
  return `  subgraph ${quoted(`cluster_${name}`)} {\n    label=${quoted(name)};\n${lines.join("\n")}\n  }\n`;
}

/** One graph with a cluster for every automaton. */
export function graphPolicy(policy: CompiledPolicy, safe: (text: string) => string): string {
  const clusters = policy.profiles.flatMap((profile) => {
    const name = safe(profile.name);
    return [
      ...(profile.xmatch === undefined ? [] : [cluster(`${name} attachment`, profile.xmatch, "xmatch")]),
      ...(profile.file === undefined ? [] : [cluster(`${name} files`, profile.file, "other")]),
      ...(profile.policydb === undefined ? [] : [cluster(`${name} policydb`, profile.policydb, "policydb")]),
    ];
  });
  return `digraph policy {\n  rankdir=LR;\n${clusters.join("")}}\n`;
}
