/**
 * The permission bits of an automaton, as the kernel will read them: symbolic outputs become accept bits of the old encoding
 * or entries of a permission table (compile-semantics 3.0, kernel-abi 4.2, 7).
 */
import { compareBytes } from "../../foundation/text/index.ts";
import type { Dfa, Output } from "../automata/index.ts";
import type { CompiledPermissionEntry, CompiledPermissions } from "../compiled/index.ts";
import {
  MAY_CHANGE_PROFILE,
  MAY_GETATTR,
  MAY_LOCK,
  MAY_ONEXEC,
  noPermissions,
  QUIET_SHIFT,
} from "../compiled/index.ts";
import type { Effects } from "./effects.ts";
import { execIndex, packExec } from "../compiled/index.ts";
import type { Resolved } from "./resolution.ts";
import {
  AUDITABLE,
  CHANGE_PROFILE,
  CONTINUE,
  HALF,
  ONEXEC,
  OTHER_SHIFT,
  unpackFileHalf,
  unpackPolicydb,
  X,
} from "../compiled/index.ts";

/** An automaton whose outputs are numbered from 0 in order of its states, and what they stand for. */
export interface NumberedOutputs {
  readonly dfa: Dfa;
  /** Index: the new number; 0 is `undefined`, nothing. */
  readonly resolved: readonly (Resolved | undefined)[];
}

/** Gives the outputs that occur small numbers; their order depends on the automaton alone. */
export function numberOutputs(dfa: Dfa, effects: Effects): NumberedOutputs {
  const numbers = new Map<Output, number>([[0, 0]]);
  const resolved: (Resolved | undefined)[] = [undefined];
  const outputs = dfa.outputs.map((output) => {
    const known = numbers.get(output);
    if (known !== undefined) return known;
    numbers.set(output, resolved.length);
    resolved.push(effects.resolved(output));
    return resolved.length - 1;
  });
  return { dfa: { ...dfa, outputs }, resolved };
}

/**
 * The exec targets that some state names, sorted: their places in the list are the indexes of the table. 5.0.2 numbers them in the order of
 * its rules (kernel-abi 4.3); here the order of rules decides no byte, so that a moved rule builds nothing anew.
 */
export function targetNames(outputs: NumberedOutputs, effects: Effects): readonly string[] {
  const names = new Set<string>();
  for (const resolved of outputs.resolved) {
    if (resolved === undefined) continue;
    for (const half of [0, 1] as const) {
      const type = execOf(resolved, half, effects);
      if (type?.target === "named") names.add(type.name);
    }
  }
  return [...names].toSorted(compareBytes);
}

function execOf(
  resolved: Resolved,
  half: 0 | 1,
  effects: Effects,
): ReturnType<Effects["execTypes"]["get"]> | undefined {
  if (resolved.table !== "file" || ((resolved.allow >>> (half * OTHER_SHIFT)) & X) === 0) return undefined;
  return effects.execTypes.get(half === 0 ? resolved.execOwner : resolved.execOther);
}

/** Accept bits of the old encoding. */
export function packPermissions(
  outputs: NumberedOutputs,
  effects: Effects,
  names: readonly string[],
): CompiledPermissions {
  const accept = new Uint32Array(outputs.resolved.length);
  const accept2 = new Uint32Array(outputs.resolved.length);
  for (const [index, resolved] of outputs.resolved.entries()) {
    if (resolved === undefined) continue;
    const [owner, other] = ([0, 1] as const).map((half) => {
      const type = execOf(resolved, half, effects);
      return type === undefined ? 0 : packExec(type, names.indexOf(type.name));
    });
    accept[index] = resolved.allow | (owner ?? 0) | ((other ?? 0) << OTHER_SHIFT);
    accept2[index] = (resolved.audit & AUDITABLE) | ((resolved.quiet & AUDITABLE) << QUIET_SHIFT);
  }
  return { kind: "packed", accept, accept2 };
}

/** The flag of a state whose permissions are a pair: the owner's, then everybody else's. */
const FLAG_OWNER_PAIR = 1;

/** A permission table for the file automaton: two entries for each set, the owner's first; the pair at 0 allows nothing. */
export function tabulateFile(
  outputs: NumberedOutputs,
  effects: Effects,
  options: { readonly names: readonly string[]; readonly version: 2 | 3 },
): CompiledPermissions {
  const indexOfExec = (resolved: Resolved, half: 0 | 1): number => {
    const type = execOf(resolved, half, effects);
    return type === undefined ? 0 : execIndex(type, Math.max(0, options.names.indexOf(type.name)));
  };
  const { entries, index } = collect(outputs, (resolved) =>
    ([0, 1] as const).map((half) => fileEntry(resolved, half, indexOfExec)),
  );
  if (options.version === 2) return { kind: "table", version: undefined, entries, index, accept2: undefined };
  const accept2 = new Uint32Array(index.length).fill(FLAG_OWNER_PAIR);
  return { kind: "table", version: 3, entries, index, accept2 };
}

function fileEntry(
  resolved: Resolved | undefined,
  half: 0 | 1,
  indexOfExec: (resolved: Resolved, half: 0 | 1) => number,
): CompiledPermissionEntry {
  if (resolved === undefined) return { ...noPermissions, allow: MAY_GETATTR };
  const unpack = (packed: number): number => unpackFileHalf((packed >>> (half * OTHER_SHIFT)) & HALF);
  let allow = unpack(resolved.allow) | MAY_GETATTR;
  if ((resolved.allow & CHANGE_PROFILE) !== 0) allow |= MAY_CHANGE_PROFILE;
  if ((resolved.allow & ONEXEC) !== 0) allow |= MAY_ONEXEC;
  return {
    ...noPermissions,
    allow,
    prompt: unpack(resolved.prompt) & ~allow,
    audit: unpack(resolved.audit),
    quiet: unpack(resolved.quiet),
    xindex: indexOfExec(resolved, half),
  };
}

/** A permission table for the policydb automaton: one entry for each set. */
export function tabulatePolicydb(outputs: NumberedOutputs): CompiledPermissions {
  const { entries, index } = collect(outputs, (resolved) => {
    if (resolved === undefined) return [{ ...noPermissions, allow: MAY_LOCK }];
    const allow = unpackPolicydb(resolved.allow) | MAY_LOCK;
    // ORACLE 5.0.2: "continue" marks a state on the way, which no prompt is about.
    const prompt = unpackPolicydb(resolved.prompt & ~CONTINUE) & ~allow;
    return [
      { ...noPermissions, allow, prompt, audit: unpackPolicydb(resolved.audit), quiet: unpackPolicydb(resolved.quiet) },
    ];
  });
  return { kind: "table", version: undefined, entries, index, accept2: undefined };
}

/** Groups of entries without repetition; `index` of an output is where its group starts. */
function collect(
  outputs: NumberedOutputs,
  entriesOf: (resolved: Resolved | undefined) => CompiledPermissionEntry[],
): { entries: CompiledPermissionEntry[]; index: Uint32Array } {
  const entries: CompiledPermissionEntry[] = [];
  const places = new Map<string, number>();
  const index = new Uint32Array(outputs.resolved.length);
  for (const [output, resolved] of outputs.resolved.entries()) {
    const group = entriesOf(resolved);
    const key = group.map((entry) => Object.values(entry).join()).join(" ");
    const place = places.get(key) ?? entries.length;
    if (place === entries.length) {
      places.set(key, place);
      entries.push(...group);
    }
    index[output] = place;
  }
  return { entries, index };
}

/**
 * The same automaton with a start state that gives nothing and that nothing leads back to. A permission table has no entry for
 * the start state (what is there is entry 0), so a start state that is reached again needs a second self.
 */
export function separateStart(dfa: Dfa): Dfa {
  if (dfa.outputs[1] === 0) return dfa;
  if (!dfa.targets.includes(1) && !dfa.defaults.includes(1)) return { ...dfa, outputs: silenceStart(dfa.outputs) };
  const copy = dfa.stateCount;
  const redirect = (state: number): number => (state === 1 ? copy : state);
  const start = dfa.rows[1] ?? 0;
  const end = dfa.rows[2] ?? start;
  const targets = Uint32Array.from([...dfa.targets, ...dfa.targets.subarray(start, end)], redirect);
  return {
    stateCount: copy + 1,
    outputs: silenceStart([...dfa.outputs, dfa.outputs[1] ?? 0]),
    defaults: Uint32Array.from([...dfa.defaults, dfa.defaults[1] ?? 0], redirect),
    rows: Uint32Array.from([...dfa.rows, targets.length]),
    symbols: Uint16Array.from([...dfa.symbols, ...dfa.symbols.subarray(start, end)]),
    targets,
  };
}

function silenceStart(outputs: ArrayLike<number>): Uint32Array {
  const silenced = Uint32Array.from(outputs);
  silenced[1] = 0;
  return silenced;
}
