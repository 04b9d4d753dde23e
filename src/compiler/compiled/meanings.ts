/** Equal meanings get equal numbers: what a kernel can ever read from the permissions of a state, as text and as number. */
import type { CompiledAutomaton } from "./compiled-profile.ts";
import { XINDEX_INDEX, XINDEX_TABLE, XINDEX_TYPE } from "./exec.ts";
import { MAY_EXECUTE, MAY_LOCK } from "./kernel-bits.ts";
import { permissionsOf, type PermissionView } from "./permissions.ts";
import type { AutomatonName } from "./states.ts";

/** Of each state the number of what it means; equal texts are equal numbers. */
export function meaningsOf(
  automaton: CompiledAutomaton,
  name: AutomatonName,
  numbers: Map<string, number>,
): Uint32Array {
  const { outputs } = automaton.dfa;
  const known = new Map<number, number>();
  return outputs.map((output, state) => {
    const before = state < 2 ? undefined : known.get(output);
    if (before !== undefined) return before;
    const text = meaningOf(automaton, name, state);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    if (state >= 2) known.set(output, number);
    return number;
  });
}

/** What the kernel can ever read from a state's permissions, as text. */
function meaningOf(automaton: CompiledAutomaton, name: AutomatonName, state: number): string {
  if (name === "xmatch")
    return (permissionsOf(automaton, state, "xmatch").allow & MAY_EXECUTE) === 0 ? "no" : "attaches";
  if (name === "policydb") return viewOf(automaton, state, "policydb", MAY_LOCK);
  const owner = viewOf(automaton, state, "owner", 0);
  const other = viewOf(automaton, state, "other", 0);
  return owner === other ? owner : `owner ${owner}, other ${other}`;
}

/** `ignored`: bits that mean nothing there and differ between encodings. */
function viewOf(automaton: CompiledAutomaton, state: number, view: PermissionView, ignored: number): string {
  const entry = permissionsOf(automaton, state, view);
  const allow = entry.allow & ~entry.deny & ~ignored;
  const named: readonly (readonly [string, number])[] = [
    ["allow", allow],
    // what is granted when it is asked for may be logged, too
    ["audit", entry.audit & (allow | entry.prompt)],
    ["quiet", entry.quiet & ~entry.allow & ~ignored],
    ["prompt", entry.prompt & ~allow],
    ["kill", entry.kill & ~allow],
    ["complain", entry.complain & ~allow],
    ["hide", entry.hide & ~allow],
    ["cond", entry.cond],
    ["subtree", entry.subtree],
    ["tag", entry.tag],
  ];
  const parts = named.filter(([, bits]) => bits !== 0).map(([name, bits]) => `${name} 0x${(bits >>> 0).toString(16)}`);
  if (((allow | entry.prompt) & MAY_EXECUTE) !== 0 && view !== "policydb")
    parts.push(`exec ${execText(automaton, entry.xindex)}`);
  return parts.length === 0 ? "nothing" : parts.join(" ");
}

function execText({ transitions }: CompiledAutomaton, xindex: number): string {
  if ((xindex & XINDEX_TYPE) !== XINDEX_TABLE) return `0x${xindex.toString(16)}`;
  const target = JSON.stringify(transitions[xindex & XINDEX_INDEX] ?? null);
  return `0x${((xindex & ~XINDEX_INDEX) >>> 0).toString(16)} -> ${target}`;
}
