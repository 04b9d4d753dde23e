/** A set back as rules of the language, by way of a profile that would be compiled to it. */
import type { CompiledAutomaton, CompiledPermissionEntry, CompiledProfile } from "../../compiler/compiled/index.ts";
import {
  MAY_APPEND,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_GETATTR,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_ONEXEC,
  MAY_READ,
  MAY_WRITE,
  noPermissions,
  XINDEX_INHERIT,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../../compiler/compiled/index.ts";
import { type Effort, rulesOf, smallEffort, tinyEffort } from "../../compiler/decompile/index.ts";
import { FileBit, isNothing, parseExec } from "./grants.ts";
import { inKernelForm, withCoarseUnix } from "./parts.ts";
import { isEmpty } from "./sets.ts";
import type { AccessSet, Grant, RuleCover, SetPart } from "./types.ts";

/**
 * Rules that together say what is in the set.
 *
 * Shape: `isExact` is false where the decompiler says that it gives rules near the set; the comment that says so is left out.
 * Cost: bounded, as for any rendering of compiled policy.
 */
export function asRules(set: AccessSet): RuleCover {
  return remembered("small", set, () => rulesWithin(set, smallEffort()));
}

/** The same for a small part of the cost: most sets that rules can say are said as well. */
export function asFewRules(set: AccessSet): RuleCover {
  return remembered("tiny", set, () => rulesWithin(set, tinyEffort()));
}

const covers = new Map<string, RuleCover>();
/** Sets that are remembered, and what their texts may be long together. */
const MOST_COVERS = 2_000;
const MOST_CELLS = 4_000;

/** COST: what is in the abstractions that most profiles include is asked about again and again, and rules are searched for as long as all else takes. */
function remembered(effort: string, set: AccessSet, find: () => RuleCover): RuleCover {
  const cells = [set.file, set.policydb].reduce((sum, part) => sum + sizeOf(part), 0);
  if (cells > MOST_CELLS) return find();
  const { capabilities, sockets, limits } = set;
  const ranges = limits.map(({ resource, first, last }) => `${resource} ${first} ${last}`);
  const values = [capabilities, sockets.join(), ranges.join()].join(" ");
  const key = [effort, values, textOf(set.file), textOf(set.policydb)].join("\n\n");
  const known = covers.get(key);
  if (known !== undefined) return known;
  if (covers.size >= MOST_COVERS) covers.clear();
  const found = find();
  covers.set(key, found);
  return found;
}

function sizeOf(part: SetPart | undefined): number {
  return part === undefined ? 0 : part.dfa.stateCount + part.dfa.symbols.length;
}

/** All that a part is. */
function textOf(part: SetPart | undefined): string {
  if (part === undefined) return "";
  const { outputs, defaults, rows, symbols, targets } = part.dfa;
  const grants = part.grants.map(({ bits, others, execs }) => `${bits} ${others} ${execs.join(" ")}`);
  const lists = [outputs, defaults, rows, symbols, targets, grants].map((list) => list.join());
  return [...lists, part.isAtExec === true].join(";");
}

function rulesWithin(set: AccessSet, effort: Effort): RuleCover {
  if (isEmpty(set)) return { rules: [], isExact: true };
  const { rules, shortened } = rulesOf(profileOf(set), { effort });
  const isAnyExec = set.file?.grants.some(isPlainExec) === true;
  const texts = rules.map(({ text }) => text);
  const isExact = !isAnyExec && shortened.length === 0 && !texts.some((text) => text.includes("…"));
  return { rules: [...new Set(texts)], isExact };
}

/** Executed, in whichever way: rules have to name one. */
function isPlainExec({ bits, others, execs }: Grant): boolean {
  return ((bits | others) & FileBit.x) !== 0 && execs.length === 0;
}

function profileOf(set: AccessSet): CompiledProfile {
  const limits = set.limits.filter(({ first }) => first > 0n || set.limits.length < 16);
  return {
    version: 7,
    namespace: undefined,
    name: "set",
    rename: undefined,
    attach: undefined,
    xmatch: undefined,
    disconnected: undefined,
    disconnectedIpc: undefined,
    kill: undefined,
    error: undefined,
    flags: 0,
    mode: 0,
    audit: 0,
    pathFlags: undefined,
    capabilities: { allow: set.capabilities, audit: 0n, quiet: 0n, extended: undefined },
    identities: undefined,
    xattrs: undefined,
    rlimits: limits.length === 0 ? undefined : rlimitsOf(limits),
    secmark: undefined,
    netAllowedAf: netTable(set.sockets),
    policydb: set.policydb && policydbOf(orAsItIs(set.policydb, withCoarseUnix)),
    file: set.file && fileOf(orAsItIs(set.file, inKernelForm)),
    data: undefined,
  };
}

function rlimitsOf(limits: AccessSet["limits"]): NonNullable<CompiledProfile["rlimits"]> {
  const values = Array.from(
    { length: 16 },
    (_, number) => limits.find(({ resource }) => resource === number)?.last ?? 0n,
  );
  return { mask: limits.reduce((mask, { resource }) => mask | (1 << resource), 0), values };
}

function netTable(sockets: readonly number[]): Uint16Array | undefined {
  if (sockets.every((types) => types === 0)) return undefined;
  return Uint16Array.from(sockets.flatMap((types) => [types, 0, 0]));
}

const base = { diffEncoded: false, equivalenceClasses: false } as const;

function policydbOf({ dfa, grants }: SetPart): CompiledAutomaton {
  const entries = grants.map(({ bits }) => ({ ...noPermissions, allow: (bits | MAY_LOCK) >>> 0 }));
  return {
    ...base,
    dfa,
    transitions: [],
    permissions: {
      kind: "table",
      version: undefined,
      entries,
      index: Uint32Array.from(grants.keys()),
      accept2: undefined,
    },
  };
}

function orAsItIs(part: SetPart, form: typeof inKernelForm): SetPart {
  const formed = form(part);
  return formed.ok ? formed.value : part;
}

/** Every grant has two entries, for the owner and for others. */
function fileOf({ dfa, grants }: SetPart): CompiledAutomaton {
  const names: string[] = [];
  const entries = grants.flatMap((grant) => [entryOf(grant, "owner", names), entryOf(grant, "other", names)]);
  const index = Uint32Array.from(grants, (_, place) => 2 * place);
  const accept2 = Uint32Array.from(grants, () => 1);
  return { ...base, dfa, transitions: names, permissions: { kind: "table", version: 3, entries, index, accept2 } };
}

const kernelBits: readonly (readonly [own: number, kernel: number])[] = [
  [FileBit.x, MAY_EXECUTE],
  [FileBit.w, MAY_WRITE | 0x3170],
  [FileBit.r, MAY_READ | MAY_GETATTR | 0x40],
  [FileBit.a, MAY_APPEND],
  [FileBit.l, MAY_LINK],
  [FileBit.k, MAY_LOCK],
  [FileBit.m, MAY_MAP],
  [FileBit.change, MAY_CHANGE_PROFILE],
  [FileBit.onexec, MAY_ONEXEC],
];

function entryOf(grant: Grant, half: "owner" | "other", names: string[]): CompiledPermissionEntry {
  if (isNothing(grant)) return noPermissions;
  const bits = half === "owner" ? grant.bits : grant.others;
  const exec = grant.execs.map(parseExec).find((one) => one.half === half);
  const wanted = exec === undefined ? bits : bits | FileBit.x;
  const allow = kernelBits.reduce((sum, [own, kernel]) => ((wanted & own) === 0 ? sum : sum | kernel), MAY_GETATTR);
  return { ...noPermissions, allow: allow >>> 0, xindex: exec === undefined ? XINDEX_INHERIT : execWord(exec, names) };
}

function execWord({ word, name }: ReturnType<typeof parseExec>, names: string[]): number {
  if ((word & XINDEX_TYPE) !== XINDEX_TABLE) return word;
  const place = names.includes(name) ? names.indexOf(name) : names.push(name) - 1;
  return (word | place) >>> 0;
}
