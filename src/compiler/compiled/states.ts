/** What is found at a state of a compiled automaton, before anything says what it means. */
import type { CompiledAutomaton } from "./compiled-profile.ts";

export type AutomatonName = "xmatch" | "policydb" | "file";

/** Where an automaton is entered. */
export function startState(automaton: Pick<CompiledAutomaton, "starts">, kind: AutomatonName): number {
  const start = kind === "file" ? automaton.starts?.dfaStart : automaton.starts?.start;
  return start ?? 1;
}

/** The accept bits of a state, as the kernel finds them. */
export function acceptBits(automaton: CompiledAutomaton, state: number): readonly [accept: number, accept2: number] {
  const { permissions, dfa } = automaton;
  const output = dfa.outputs[state] ?? 0;
  if (output === 0 && state < 2) return [0, 0];
  if (permissions.kind === "packed") return [permissions.accept[output] ?? 0, permissions.accept2[output] ?? 0];
  return [permissions.index[output] ?? 0, permissions.accept2?.[output] ?? 0];
}
