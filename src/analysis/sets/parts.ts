/** Automata of sets: made from compiled ones, changed grant by grant, combined two by two. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import { combineAutomata, type Dfa, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { type CompiledAutomaton, MediationClass, startState } from "../../compiler/compiled/index.ts";
import { partAtExec } from "./at-exec.ts";
import {
  combineGrants,
  FileBit,
  grantOfFile,
  grantOfPolicydb,
  GrantTable,
  isNothing,
  type Operation,
} from "./grants.ts";
import { withLinkNames } from "./link-names.ts";
import type { Aspect, Grant, SetPart } from "./types.ts";

interface KnownParts {
  readonly automaton: CompiledAutomaton;
  readonly parts: Map<string, SetPart>;
}

const partsOfAutomata = new WeakMap<Dfa, KnownParts>();

/** What a compiled automaton says of one aspect; of one automaton it is one object. */
export function partOf(automaton: CompiledAutomaton, name: "file" | "policydb", aspect: Aspect): SetPart {
  const { dfa, permissions, transitions } = automaton;
  const before = partsOfAutomata.get(dfa);
  const isIts =
    before?.automaton.permissions === permissions && before.automaton.transitions.join("\n") === transitions.join("\n");
  const { parts } = before !== undefined && isIts ? before : { parts: new Map<string, SetPart>() };
  if (!isIts) partsOfAutomata.set(dfa, { automaton, parts });
  const part = parts.get(`${name} ${aspect}`) ?? makePart(automaton, name, aspect);
  parts.set(`${name} ${aspect}`, part);
  return part;
}

function makePart(automaton: CompiledAutomaton, name: "file" | "policydb", aspect: Aspect): SetPart {
  const { dfa } = automaton;
  const table = new GrantTable();
  const known = new Map<number, number>();
  const outputs = dfa.outputs.map((output, state) => {
    if (state === 0) return 0;
    const before = state === 1 ? undefined : known.get(output);
    if (before !== undefined) return before;
    const grant = (name === "file" ? grantOfFile : grantOfPolicydb)(automaton, state, aspect);
    const number = table.number(grant);
    if (state > 1) known.set(output, number);
    return number;
  });
  const part: SetPart = { dfa: enteredAt({ ...dfa, outputs }, startState(automaton, name)), grants: table.grants };
  if (name === "policydb" || aspect === "quiet" || aspect === "prompt") return part;
  return withLinkNames(part, aspect === "allow" ? part : partOf(automaton, name, "allow"));
}

/** The same automaton with `start` as state 1. */
function enteredAt(dfa: Dfa, start: number): Dfa {
  if (start === 1) return dfa;
  const swap = (state: number): number => (state === 1 ? start : state === start ? 1 : state);
  const order = Array.from({ length: dfa.stateCount }, (_, state) => swap(state));
  const rows = new Uint32Array(dfa.stateCount + 1);
  const cells = order.flatMap((old, state) => {
    rows[state + 1] = rows[state]! + (dfa.rows[old + 1]! - dfa.rows[old]!);
    return Array.from({ length: dfa.rows[old + 1]! - dfa.rows[old]! }, (_, at) => dfa.rows[old]! + at);
  });
  return {
    stateCount: dfa.stateCount,
    outputs: Uint32Array.from(order, (old) => dfa.outputs[old]!),
    defaults: Uint32Array.from(order, (old) => swap(dfa.defaults[old]!)),
    rows,
    symbols: Uint16Array.from(cells, (at) => dfa.symbols[at]!),
    targets: Uint32Array.from(cells, (at) => swap(dfa.targets[at]!)),
  };
}

/** The part with every grant changed by `change`. */
export function mapGrants(part: SetPart, change: (grant: Grant) => Grant): SetPart {
  const { dfa, grants } = part;
  const table = new GrantTable();
  const numbers = grants.map((grant) => table.number(change(grant)));
  return { ...part, dfa: { ...dfa, outputs: dfa.outputs.map((output) => numbers[output]!) }, grants: table.grants };
}

export function combineParts(
  left: SetPart | undefined,
  right: SetPart | undefined,
  operation: Operation,
): Outcome<SetPart | undefined, TooManyStates> {
  if (left === undefined) return ok(undefined);
  if (right === undefined) return ok(operation === "intersect" ? undefined : left);
  if (left === right) return ok(operation === "intersect" ? left : undefined);
  const both = alike(left, right);
  return both.ok ? combineAlike(both.value.left, both.value.right, operation) : both;
}

interface Both {
  readonly left: SetPart;
  readonly right: SetPart;
}

/** Where one of two is about what comes to be at exec, so is the other. */
export function alike(left: SetPart, right: SetPart): Outcome<Both, TooManyStates> {
  if (left.isAtExec === right.isAtExec) return ok({ left, right });
  const made = partAtExec(left.isAtExec === true ? right : left);
  if (!made.ok) return made;
  return ok(left.isAtExec === true ? { left, right: made.value } : { left: made.value, right });
}

function combineAlike(left: SetPart, right: SetPart, operation: Operation): Outcome<SetPart, TooManyStates> {
  if (operation === "subtract" && right.grants.every(isNothing)) return ok(left);
  const table = new GrantTable();
  const known = new Map<number, number>();
  const combined = combineAutomata(left.dfa, right.dfa, (one, other) => {
    const key = one * right.grants.length + other;
    const before = known.get(key);
    if (before !== undefined) return before;
    const number = table.number(combineGrants(left.grants[one]!, right.grants[other]!, operation));
    known.set(key, number);
    return number;
  });
  if (!combined.ok) return combined;
  return ok({ dfa: combined.value, grants: table.grants, ...(left.isAtExec === true && { isAtExec: true }) });
}

/** Three states: dead, before a NUL, behind one; the outputs tell which. */
const places: Dfa = {
  stateCount: 3,
  outputs: Uint32Array.of(0, 1, 2),
  defaults: Uint32Array.of(0, 1, 2),
  rows: Uint32Array.of(0, 0, 1, 1),
  symbols: Uint16Array.of(0),
  targets: Uint32Array.of(2),
};

/**
 * A file part with bits that mean at every state what they mean to a kernel: of a pair of names k is the subset test. Two states that do the
 * same before and behind the NUL are no longer one.
 */
export function inKernelForm(part: SetPart): Outcome<SetPart, TooManyStates> {
  const table = new GrantTable();
  const combined = combineAutomata(part.dfa, places, (output, place) =>
    output === 0 ? 0 : table.number(place === 2 ? pairGrant(part.grants[output]!) : pathGrant(part.grants[output]!)),
  );
  return combined.ok ? ok({ dfa: combined.value, grants: table.grants }) : combined;
}

const AF_UNIX = [MediationClass.networkV9, 0, 1, 0] as const;

/**
 * The same set with what a profile of unix rules has beside addresses: by family and type alone what is done with any address. Where
 * addresses are asked for nobody asks for that (kernel-abi 8.7), but rules that say the one say the other.
 */
export function withCoarseUnix(part: SetPart): Outcome<SetPart, TooManyStates> {
  const { dfa, grants } = part;
  const family = AF_UNIX.reduce<number>((state, byte) => step(dfa, state, byte), 1);
  if (family === 0) return ok(part);
  const types = Array.from({ length: 256 }, (_, type) => bitsBehind(part, step(dfa, family, type)));
  const table = new GrantTable();
  const combined = combineAutomata(dfa, coarseUnix, (output, place) => {
    const grant = grants[output]!;
    return table.number(place === 0 ? grant : { ...grant, bits: types[place - 1]! });
  });
  return combined.ok ? ok({ dfa: combined.value, grants: table.grants }) : combined;
}

/** What is granted anywhere behind a state, but not at it. */
function bitsBehind({ dfa, grants }: SetPart, start: number): number {
  const next = (state: number): readonly number[] => [
    dfa.defaults[state]!,
    ...dfa.targets.subarray(dfa.rows[state], dfa.rows[state + 1]),
  ];
  const seen = new Set(start === 0 ? [] : next(start));
  let bits = 0;
  for (const state of seen) {
    bits |= grants[dfa.outputs[state]!]!.bits;
    for (const target of next(state)) seen.add(target);
  }
  return bits;
}

/** Family and type of AF_UNIX; the output is one more than the type. */
const coarseUnix: Dfa = {
  stateCount: AF_UNIX.length + 2 + 256,
  outputs: Uint32Array.from({ length: AF_UNIX.length + 2 + 256 }, (_, state) =>
    Math.max(0, state - AF_UNIX.length - 1),
  ),
  defaults: new Uint32Array(AF_UNIX.length + 2 + 256),
  rows: Uint32Array.from({ length: AF_UNIX.length + 3 + 256 }, (_, state) =>
    state <= AF_UNIX.length + 1 ? Math.max(0, state - 1) : AF_UNIX.length + 256,
  ),
  symbols: Uint16Array.from([...AF_UNIX, ...Array.from({ length: 256 }, (_, type) => type)]),
  targets: Uint32Array.from([
    ...AF_UNIX.map((_, at) => at + 2),
    ...Array.from({ length: 256 }, (_, type) => AF_UNIX.length + 2 + type),
  ]),
};

function pathGrant({ bits, others, execs }: Grant): Grant {
  return { bits: bits & ~FileBit.freeLink, others: others & ~FileBit.freeLink, execs };
}

function pairGrant({ bits, others }: Grant): Grant {
  return { bits: pairBits(bits), others: pairBits(others), execs: [] };
}

function pairBits(bits: number): number {
  const links = bits & (FileBit.l | FileBit.freeLink);
  const link = links === 0 ? 0 : links === FileBit.l ? FileBit.l | FileBit.k : FileBit.l;
  return link | (bits & FileBit.onexec);
}
