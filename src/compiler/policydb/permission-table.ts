/**
 * The canonical table of permissions: what each used output means, each meaning once, sorted; the meaning of output 0 first.
 * In a file table of version 3 a meaning is a pair, for the owner and for others, in two entries that follow each other (kernel-abi 4.2).
 *
 * 5.0.2 writes every set that it ever made while building, in an order of its own (kernel-abi 6.8). Ours is a function of the meaning alone,
 * so that equal policy has equal bytes, whichever session, thread or cache an automaton comes from.
 */
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledPermissions,
  noPermissions,
  fieldsOf,
} from "../compiled/index.ts";

type Meaning = readonly CompiledPermissionEntry[];

/** The permissions as they are written; packed bits are left alone. Cost: O(states + outputs log outputs). */
export function canonicalTable({ permissions, dfa }: CompiledAutomaton): CompiledPermissions {
  if (permissions.kind === "packed") return permissions;
  const isPaired = (permissions.version ?? 0) >= 3 && permissions.accept2 !== undefined;
  const used = new Uint8Array(permissions.index.length);
  // the dead state and the start state have entry 0 whatever they give (encode-group.ts), so their outputs need no entry
  used[0] = 1;
  for (let state = 2; state < dfa.stateCount; state += 1) used[dfa.outputs[state]!] = 1;
  const meanings = Array.from(permissions.index, (_, output) => meaningOf(permissions, output, isPaired));
  const fields = meanings.map((meaning) => meaning.flatMap(fieldsOf));
  const keys = fields.map((each) => each.join(" "));
  const trap = keys[0]!;
  const distinct = new Map<string, Meaning>([[trap, meanings[0]!]]);
  const order = [...keys.keys()]
    .filter((output) => used[output] === 1)
    .toSorted((a, b) => compareFields(fields[a]!, fields[b]!));
  for (const output of order) distinct.set(keys[output]!, meanings[output]!);
  const places = new Map([...distinct.keys()].map((key, place) => [key, isPaired ? 2 * place : place]));
  return {
    kind: "table",
    version: permissions.version,
    entries: [...distinct.values()].flat(),
    index: Uint32Array.from(keys, (key) => places.get(key) ?? 0),
    accept2: permissions.accept2 && Uint32Array.from(permissions.accept2, (flags) => (isPaired ? 1 : flags)),
  };
}

function meaningOf(
  { entries, index, accept2 }: Extract<CompiledPermissions, { readonly kind: "table" }>,
  output: number,
  isPaired: boolean,
): Meaning {
  const first = entries[index[output]!] ?? noPermissions;
  if (!isPaired) return [first];
  return [first, (accept2![output]! & 1) === 0 ? first : (entries[index[output]! + 1] ?? noPermissions)];
}

function compareFields(a: readonly number[], b: readonly number[]): number {
  for (const [i, field] of a.entries()) if (field !== b[i]) return field - (b[i] ?? 0);
  return 0;
}
