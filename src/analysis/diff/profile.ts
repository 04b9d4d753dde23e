/**
 * Two compiled profiles side by side: what one permits beyond the other, as automata by class and as the parts that are no automata.
 * Nothing is rendered here; who wants rules asks `rules.ts`.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type Dfa, shortestAccepted, step, type TooManyStates, type Witness } from "../../compiler/automata/index.ts";
import { type CompiledProfile, MAY_READ, MediationClass } from "../../compiler/compiled/index.ts";
import { after, combined, emptyDfa, grantsOf, isEmpty, withStartOutput } from "./automata.ts";
import { type Grant, type Grants, beyond, isNothing, logging } from "./grants.ts";

/** Accesses of one class: what follows the class byte (kernel-abi 8), for files the path, with the grants of each. */
export interface AccessSet {
  readonly classNumber: number;
  readonly dfa: Dfa;
  readonly grants: Grants;
}

/** An input of a class with what is granted for it. */
export interface Access {
  readonly classNumber: number;
  readonly input: Witness;
  readonly grant: Grant;
}

export const FILE = MediationClass.file;

/** The network classes of newer kernels take each other's place. */
const successors: ReadonlyMap<number, number> = new Map([[MediationClass.networkV8, MediationClass.networkV9]]);

/** What a profile permits, class by class; a class that is missing is not mediated, and everything of it is permitted. */
export type Permitted = ReadonlyMap<number, Dfa>;

/**
 * Reads a compiled profile. The class of ptrace only says that it is mediated; what is asked is a question about a label (kernel-abi 8.12).
 */
export function permittedBy(profile: CompiledProfile, grants: Grants): Permitted {
  const found = new Map<number, Dfa>([[FILE, grantsOf(profile.file, "file", grants)]]);
  const whole = grantsOf(profile.policydb, "policydb", grants);
  for (let byte = 0; byte < 256; byte += 1) {
    if (step(whole, 1, byte) === 0 || byte === FILE || byte === MediationClass.label) continue;
    const dfa = byte === MediationClass.ptrace ? after(after(whole, MediationClass.label), byte) : after(whole, byte);
    found.set(byte, withStartOutput(dfa, withoutMarker(dfa.outputs[1]!, grants)));
  }
  return found;
}

/** The bit that only says that the class is mediated grants nothing. */
function withoutMarker(output: number, grants: Grants): number {
  const { owner } = grants.get(output);
  const half = { ...owner, allow: (owner.allow & ~MAY_READ) >>> 0 };
  return grants.number({ owner: half, other: half });
}

/** A class that only one of two profiles mediates. */
export interface Unmediated {
  readonly classNumber: number;
  readonly side: "left" | "right";
}

export interface Compared {
  readonly beyond: readonly AccessSet[];
  readonly lacking: readonly AccessSet[];
  readonly unmediated: readonly Unmediated[];
  /** Where the same is permitted, and logged differently. */
  readonly logging: readonly AccessSet[];
}

/** What `right` permits beyond `left`, and what it lacks of it. */
export function compareAccess(left: Permitted, right: Permitted, grants: Grants): Outcome<Compared, TooManyStates> {
  const found = { beyond: [] as AccessSet[], lacking: [] as AccessSet[], logging: [] as AccessSet[] };
  const unmediated: Unmediated[] = [];
  const pairs = pairClasses(left, right);
  for (const { classNumber, one, other } of pairs) {
    if (one === undefined || other === undefined) {
      unmediated.push({ classNumber, side: one === undefined ? "left" : "right" });
      continue;
    }
    const tasks = [
      { into: found.beyond, dfa: combined(other, one, grants, beyond) },
      { into: found.lacking, dfa: combined(one, other, grants, beyond) },
      { into: found.logging, dfa: combined(one, other, grants, logging) },
    ];
    for (const { into, dfa } of tasks) {
      if (!dfa.ok) return fail(dfa.error);
      if (!isEmpty(dfa.value)) into.push({ classNumber, dfa: dfa.value, grants });
    }
  }
  return ok({ ...found, unmediated });
}

interface ClassPair {
  readonly classNumber: number;
  readonly one: Dfa | undefined;
  readonly other: Dfa | undefined;
}

function pairClasses(left: Permitted, right: Permitted): readonly ClassPair[] {
  const numbers = [...new Set([...left.keys(), ...right.keys()])].toSorted((a, b) => a - b);
  return numbers.flatMap((classNumber): readonly ClassPair[] => {
    const later = successors.get(classNumber);
    const isReplaced = later !== undefined && left.has(classNumber) !== right.has(classNumber);
    const earlier = [...successors].find(([, next]) => next === classNumber)?.[0];
    if (isReplaced && (left.has(later) || right.has(later))) return [];
    const oneEarlier = earlier === undefined || right.has(earlier) ? undefined : left.get(earlier);
    const otherEarlier = earlier === undefined || left.has(earlier) ? undefined : right.get(earlier);
    return [
      { classNumber, one: left.get(classNumber) ?? oneEarlier, other: right.get(classNumber) ?? otherEarlier },
    ];
  });
}

/** Accesses of `set` for which `combine` with what a profile permits leaves something; an unmediated class permits all. */
export function combineWith(
  set: Dfa,
  permitted: Dfa | undefined,
  grants: Grants,
  combine: (set: Grant, permitted: Grant) => Grant,
): Outcome<Dfa, TooManyStates> {
  return combined(set, permitted ?? emptyDfa, grants, combine);
}

/** A shortest input that is granted anything, with what it is granted. */
export function firstAccess({ classNumber, dfa, grants }: AccessSet): Access | undefined {
  const isWanted = (output: number): boolean => !isNothing(grants.get(output));
  const input = shortestAccepted(dfa, isWanted);
  if (input === undefined) return undefined;
  const state = input.reduce((at, symbol) => step(dfa, at, symbol), 1);
  return { classNumber, input, grant: grants.get(dfa.outputs[state]!) };
}
