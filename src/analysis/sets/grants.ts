/** Grants: what they are made from, and the algebra of two (sets of bits, sets of exec transitions). */
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  MAY_APPEND,
  MAY_CHANGE_PROFILE,
  MAY_CONTINUE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_ONEXEC,
  MAY_READ,
  MAY_WRITE,
  permissionsOf,
  XINDEX_INDEX,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../../compiler/compiled/index.ts";
import type { Aspect, Grant } from "./types.ts";

/** What a half of a file grant is made of; `freeLink`: of a pair of names, a link without the subset test. */
export const FileBit = {
  x: 0x1,
  w: 0x2,
  r: 0x4,
  a: 0x8,
  l: 0x10,
  k: 0x20,
  m: 0x40,
  change: 0x80,
  onexec: 0x100,
  freeLink: 0x200,
} as const;

const kernelBits: readonly (readonly [kernel: number, own: number])[] = [
  [MAY_EXECUTE, FileBit.x],
  [MAY_WRITE, FileBit.w],
  [MAY_READ, FileBit.r],
  [MAY_APPEND, FileBit.a],
  [MAY_LINK, FileBit.l],
  [MAY_LOCK, FileBit.k],
  [MAY_MAP, FileBit.m],
  [MAY_CHANGE_PROFILE, FileBit.change],
  [MAY_ONEXEC, FileBit.onexec],
];

/** Bits of a policydb state that are no permission: what a kernel reads there is where to go on. */
const MARKS = MAY_LOCK | MAY_CONTINUE | 0x80000000;

export const nothing: Grant = { bits: 0, others: 0, execs: [] };

export function isNothing(grant: Grant): boolean {
  return grant.bits === 0 && grant.others === 0 && grant.execs.length === 0;
}

export function grantOfPolicydb(automaton: CompiledAutomaton, state: number, aspect: Aspect): Grant {
  const bits = aspectOf(permissionsOf(automaton, state, "policydb"), aspect) & ~MARKS;
  return bits === 0 ? nothing : { bits: bits >>> 0, others: 0, execs: [] };
}

export function grantOfFile(automaton: CompiledAutomaton, state: number, aspect: Aspect): Grant {
  const owner = permissionsOf(automaton, state, "owner");
  const other = permissionsOf(automaton, state, "other");
  const [bits, others] = [fileBits(aspectOf(owner, aspect), aspect), fileBits(aspectOf(other, aspect), aspect)];
  const execs =
    aspect === "quiet"
      ? []
      : [...execOf("owner", bits, owner, automaton), ...execOf("other", others, other, automaton)];
  return { bits, others, execs };
}

function aspectOf({ allow, deny, audit, quiet, prompt }: CompiledPermissionEntry, aspect: Aspect): number {
  const granted = allow & ~deny;
  switch (aspect) {
    case "allow":
      return granted;
    case "audit":
      return audit & granted;
    case "quiet":
      return quiet & ~granted;
    case "prompt":
      return prompt & ~granted;
  }
}

function fileBits(kernel: number, aspect: Aspect): number {
  const bits = kernelBits.reduce((sum, [bit, own]) => ((kernel & bit) === 0 ? sum : sum | own), 0);
  const isFree = aspect !== "quiet" && (bits & FileBit.l) !== 0 && (bits & FileBit.k) === 0;
  return isFree ? bits | FileBit.freeLink : bits;
}

function execOf(
  half: "owner" | "other",
  bits: number,
  { xindex }: CompiledPermissionEntry,
  { transitions }: CompiledAutomaton,
): readonly string[] {
  if ((bits & FileBit.x) === 0) return [];
  const isNamed = (xindex & XINDEX_TYPE) === XINDEX_TABLE;
  const name = isNamed ? (transitions[xindex & XINDEX_INDEX] ?? "?") : "";
  return [`${half} ${((xindex & ~XINDEX_INDEX) >>> 0).toString(16)} ${name}`];
}

/** An exec transition taken apart again. */
export function parseExec(text: string): {
  readonly half: "owner" | "other";
  readonly word: number;
  readonly name: string;
} {
  const [half = "", word = "0", ...name] = text.split(" ");
  return { half: half === "owner" ? "owner" : "other", word: Number.parseInt(word, 16), name: name.join(" ") };
}

export type Operation = "intersect" | "subtract";

export function combineGrants(left: Grant, right: Grant, operation: Operation): Grant {
  const keeps = operation === "intersect";
  return {
    bits: (left.bits & (keeps ? right.bits : ~right.bits)) >>> 0,
    others: (left.others & (keeps ? right.others : ~right.others)) >>> 0,
    execs: left.execs.filter((exec) => hasExec(right, exec) === keeps),
  };
}

/** In place of a transition: all of them. */
export const ANY_EXEC: readonly string[] = ["other any ", "owner any "];

function hasExec({ execs }: Grant, exec: string): boolean {
  // `owner ` and `other ` are both six long.
  return execs.includes(exec) || execs.includes(`${exec.slice(0, 6)}any `);
}

/** Only what is in the masks; transitions stay where `execs` says so. */
export function maskGrant(
  { bits, others, execs }: Grant,
  mask: { readonly bits: number; readonly others: number; readonly execs: boolean },
): Grant {
  return { bits: (bits & mask.bits) >>> 0, others: (others & mask.others) >>> 0, execs: mask.execs ? execs : [] };
}

/** Numbers grants: 0 is nothing, equal ones are one. */
export class GrantTable {
  readonly grants: Grant[] = [nothing];
  private readonly numbers = new Map<string, number>([[keyOf(nothing), 0]]);

  number(grant: Grant): number {
    const key = keyOf(grant);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.grants.length);
    this.grants.push(grant);
    return this.grants.length - 1;
  }
}

function keyOf({ bits, others, execs }: Grant): string {
  return `${bits} ${others} ${execs.join("\n")}`;
}
