/**
 * Whether two file automata decide the same on what kernels ask: paths without two slashes in a row; pairs of a file's path, which ends in no slash, and another path or a name,
 * of which only links (with their subset test) and changes of profile are asked (kernel-abi 8.3; `tests/kernel/decisions.test.ts` holds it).
 */
import { FileBit } from "../../src/analysis/sets/grants.ts";
import type { AccessSet, Grant } from "../../src/analysis/sets/types.ts";
import { combineAutomata, type Dfa, firstDifference, step } from "../../src/compiler/automata/index.ts";
import {
  type CompiledAutomaton,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_GETATTR,
  MAY_LINK,
  MAY_LOCK,
  MAY_ONEXEC,
  permissionsOf,
  XINDEX_INDEX,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../../src/compiler/compiled/index.ts";

const PATH = 1;
const NAME = 2;
const PAIR = 3;
const PAIR_OF_NAME = 4;
const DIRECTORY = 5;

/** By state: where most bytes lead, NUL, the slash, and what the input is. */
const table: readonly (readonly [other: number, nul: number, slash: number, output: number])[] = [
  [0, 0, 0, 0],
  [2, 0, 3, 0],
  [2, 5, 3, PATH],
  [2, 0, 4, DIRECTORY],
  [4, 0, 4, NAME],
  [8, 0, 7, 0],
  [6, 0, 7, PAIR],
  [6, 0, 8, PAIR],
  [8, 0, 8, PAIR_OF_NAME],
];

const SLASH = 0x2f;
const asked: Dfa = {
  stateCount: table.length,
  outputs: Uint32Array.from(table, ([, , , output]) => output),
  defaults: Uint32Array.from(table, ([other]) => other),
  rows: Uint32Array.from({ length: table.length + 1 }, (_, state) => 2 * state),
  symbols: Uint16Array.from(table.flatMap(() => [0, SLASH])),
  targets: Uint32Array.from(table.flatMap(([, nul, slash]) => [nul, slash])),
};

const CHANGES = MAY_CHANGE_PROFILE | MAY_ONEXEC;

/** What is compared: all that is said, or what is allowed alone. */
type Aspects = "all" | "allowed";

/** The path of a condition of change_profile carries onexec; what that means is compared by itself (`analysis/diff/conditions.ts`). */
function textBits(allow: number): number {
  return allow & ~MAY_GETATTR & ~((allow & MAY_CHANGE_PROFILE) === 0 ? MAY_ONEXEC : 0);
}

const views = ["owner", "other"] as const;

/** By view the states of names behind which some target can be linked to: a deny rule takes the pairs, and leaves the name its bit (kernel-abi 7.7). */
function linkableNames(automaton: CompiledAutomaton): Readonly<Record<(typeof views)[number], ReadonlySet<number>>> {
  const { dfa } = automaton;
  const from: number[][] = Array.from({ length: dfa.stateCount }, () => []);
  for (let state = 0; state < dfa.stateCount; state += 1) {
    const targets = dfa.targets.subarray(dfa.rows[state], dfa.rows[state + 1]);
    for (const target of new Set([dfa.defaults[state] ?? 0, ...targets])) from[target]?.push(state);
  }
  const namesOf = (view: (typeof views)[number]): ReadonlySet<number> => {
    const states = Array.from({ length: dfa.stateCount }, (_, state) => state).slice(1);
    const reaching = new Set(states.filter((state) => (permissionsOf(automaton, state, view).allow & MAY_LINK) !== 0));
    for (const state of reaching) for (const before of from[state] ?? []) reaching.add(before);
    return new Set(states.filter((state) => reaching.has(step(dfa, state, 0))));
  };
  return { owner: namesOf("owner"), other: namesOf("other") };
}

type LinkableNames = ReturnType<typeof linkableNames>;

function meaningOf(
  automaton: CompiledAutomaton,
  state: number,
  { aspects, kind, linkable }: { kind: number; aspects: Aspects; linkable: LinkableNames },
): string {
  const halves = views.map((view) => {
    const { allow, audit, quiet, prompt, xindex } = permissionsOf(automaton, state, view);
    const subset = (allow & MAY_LINK) === 0 ? 0 : MAY_LOCK;
    const mask =
      [0, -1, CHANGES, MAY_LINK | subset | MAY_ONEXEC | MAY_EXECUTE, MAY_ONEXEC | MAY_EXECUTE, ~MAY_LINK][kind] ?? 0;
    const denied = [0, -1, 0, MAY_LINK, 0, ~MAY_LINK][kind] ?? 0;
    const isNamed = (xindex & XINDEX_TYPE) === XINDEX_TABLE;
    const exec = isNamed ? `${xindex & ~XINDEX_INDEX} ${automaton.transitions[xindex & XINDEX_INDEX]}` : String(xindex);
    const to = (allow & mask & MAY_EXECUTE) === 0 ? "" : exec;
    if (aspects === "allowed") {
      const isPair = kind === PAIR || kind === PAIR_OF_NAME;
      const links = linkable[view].has(state) ? 0 : MAY_LINK;
      return isPair ? `${allow & mask & ~MAY_EXECUTE}` : `${textBits(allow & mask & ~links)} ${to}`;
    }
    const words = [allow, audit & (allow | prompt), prompt & ~allow].map((bits) => bits & mask);
    return [...words, quiet & ~allow & denied, to].join(" ");
  });
  return halves.join(", ");
}

function decisions(automaton: CompiledAutomaton, numbers: Map<string, number>, aspects: Aspects): Dfa {
  const { dfa } = automaton;
  const byState = { ...dfa, outputs: Uint32Array.from(dfa.outputs, (_, state) => state) };
  const linkable = linkableNames(automaton);
  const combined = combineAutomata(byState, asked, (state, kind) => {
    if (kind === 0) return 0;
    const meaning = meaningOf(automaton, state, { aspects, kind, linkable });
    if (!numbers.has(meaning)) numbers.set(meaning, numbers.size);
    return numbers.get(meaning) ?? 0;
  });
  if (!combined.ok) throw new Error("too many states");
  return combined.value;
}

/** The first difference, in words; undefined: the same decisions. */
export function differenceAsked(
  left: CompiledAutomaton,
  right: CompiledAutomaton,
  aspects: Aspects = "all",
): string | undefined {
  const nothing = meaningOf(left, 0, { aspects, kind: PATH, linkable: linkableNames(left) });
  const numbers = new Map([[nothing, 0]]);
  const found = firstDifference(decisions(left, numbers, aspects), decisions(right, numbers, aspects));
  if (!found.ok) return "too many states";
  if (found.value === undefined) return undefined;
  const texts = [...numbers.keys()];
  const { witness, left: one, right: other } = found.value;
  const input = witness.map((byte) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
  );
  return `${input.join("")}: ${texts[one]} against ${texts[other]}`;
}

const { l, k, x, change, onexec } = FileBit;
/** By kind of input what is asked, in the bits of sets. */
const askedBits = [0, -1, change | onexec, l | k | x | onexec, x | onexec, ~l];

/** What a set says of files, as far as kernels ask for it. */
export function onlyAsked(set: AccessSet): AccessSet {
  if (set.file === undefined) return set;
  const grants: Grant[] = [...set.file.grants];
  const masked = new Map<string, number>();
  const combined = combineAutomata(set.file.dfa, asked, (output, kind) => {
    const grant = set.file?.grants[output];
    if (output === 0 || grant === undefined || kind === 0) return 0;
    const mask = askedBits[kind] ?? 0;
    const own = { bits: grant.bits & mask, others: grant.others & mask, execs: (mask & x) === 0 ? [] : grant.execs };
    const key = JSON.stringify(own);
    if (own.bits === 0 && own.others === 0 && own.execs.length === 0) return 0;
    if (!masked.has(key)) masked.set(key, grants.push(own) - 1);
    return masked.get(key) ?? 0;
  });
  if (!combined.ok) throw new Error("too many states");
  return { ...set, file: { dfa: combined.value, grants } };
}
