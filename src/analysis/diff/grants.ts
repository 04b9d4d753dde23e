/**
 * What a state of a compiled automaton grants, the same number for the same grant whatever the encoding, and the arithmetic of grants:
 * what one has beyond another, what both have. An exec is a pair of the bit and where it leads: the same program under another
 * profile is another access. Bits that only steer a kernel (lock outside files, "continue") are left out.
 */
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
  noPermissions,
  permissionsOf,
  type PermissionView,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../../compiler/compiled/index.ts";

/** For one who asks: the owner of the object, or anybody else; classes other than files know no owner, and both are the same there. */
export interface HalfGrant {
  readonly allow: number;
  readonly prompt: number;
  readonly audit: number;
  readonly quiet: number;
  /** How an exec goes on: the word of the kernel without the place in the list, and the name from the list. Empty without exec. */
  readonly exec: string;
}

export interface Grant {
  readonly owner: HalfGrant;
  readonly other: HalfGrant;
}

export const FILE_BITS =
  MAY_EXECUTE |
  MAY_WRITE |
  MAY_READ |
  MAY_APPEND |
  MAY_LOCK |
  MAY_MAP |
  MAY_LINK |
  MAY_CHANGE_PROFILE |
  MAY_ONEXEC;

const noHalf: HalfGrant = { allow: 0, prompt: 0, audit: 0, quiet: 0, exec: "" };
const nothing: Grant = { owner: noHalf, other: noHalf };

/** Which automaton a grant comes from. */
export type GrantTable = "file" | "policydb" | "xmatch";

/** Grants by number; 0 grants nothing and says nothing. */
export class Grants {
  private readonly list: Grant[] = [nothing];
  private readonly numbers = new Map<string, number>([[keyOf(nothing), 0]]);

  number(grant: Grant): number {
    const key = keyOf(grant);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.list.length);
    this.list.push(grant);
    return this.list.length - 1;
  }

  get(number: number): Grant {
    return this.list[number] ?? nothing;
  }

  /** What `combine` makes of two grants, by their numbers, remembered. */
  memo(combine: (left: Grant, right: Grant) => Grant): (left: number, right: number) => number {
    const known = new Map<string, number>();
    return (left, right) => {
      const key = `${left} ${right}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const made = this.number(combine(this.get(left), this.get(right)));
      known.set(key, made);
      return made;
    };
  }
}

function keyOf({ owner, other }: Grant): string {
  return [owner, other].map(({ allow, prompt, audit, quiet, exec }) => [allow, prompt, audit, quiet, exec].join(" ")).join("|");
}

/** The grant of a state. */
export function grantOf(automaton: CompiledAutomaton, state: number, table: GrantTable): Grant {
  if (table === "file") return { owner: halfOf(automaton, state, "owner"), other: halfOf(automaton, state, "other") };
  const half = halfOf(automaton, state, table);
  return { owner: half, other: half };
}

function halfOf(automaton: CompiledAutomaton, state: number, view: PermissionView): HalfGrant {
  const entry = permissionsOf(automaton, state, view);
  const mask = view === "policydb" ? ~(MAY_LOCK | MAY_CONTINUE) : view === "xmatch" ? MAY_EXECUTE : FILE_BITS;
  const allow = entry.allow & ~entry.deny & mask;
  const prompt = entry.prompt & ~entry.allow & mask;
  const executes = ((allow | prompt) & MAY_EXECUTE) !== 0 && view !== "policydb" && view !== "xmatch";
  return {
    allow: allow >>> 0,
    prompt: prompt >>> 0,
    audit: (entry.audit & (allow | prompt)) >>> 0,
    quiet: (entry.quiet & ~entry.allow & mask) >>> 0,
    exec: executes ? execKey(automaton, entry.xindex) : "",
  };
}

function execKey({ transitions }: CompiledAutomaton, xindex: number): string {
  const isNamed = (xindex & XINDEX_TYPE) === XINDEX_TABLE;
  return isNamed ? `${(xindex & ~XINDEX_INDEX) >>> 0} ${transitions[xindex & XINDEX_INDEX] ?? ""}` : String(xindex >>> 0);
}

function inherits(exec: string): boolean {
  return exec !== "" && (Number.parseInt(exec, 10) & XINDEX_INHERIT) !== 0;
}

/** What `left` permits beyond `right`; to be asked is more than to be refused and less than to be allowed. */
export function beyond(left: Grant, right: Grant): Grant {
  return { owner: halfBeyond(left.owner, right.owner), other: halfBeyond(left.other, right.other) };
}

function halfBeyond(left: HalfGrant, right: HalfGrant): HalfGrant {
  const isOtherExec = left.exec !== right.exec;
  const minus = (bits: number, taken: number): number => bits & ~(isOtherExec ? taken & ~MAY_EXECUTE : taken);
  const allow = asRule(minus(left.allow, right.allow), left);
  const prompt = asRule(minus(left.prompt, right.allow | right.prompt), left);
  return half(allow, prompt, left.exec);
}

/** What both permit. */
export function common(left: Grant, right: Grant): Grant {
  return { owner: halfCommon(left.owner, right.owner), other: halfCommon(left.other, right.other) };
}

function halfCommon(left: HalfGrant, right: HalfGrant): HalfGrant {
  const mask = left.exec === right.exec ? ~0 : ~MAY_EXECUTE;
  return half(left.allow & right.allow & mask, 0, left.exec);
}

/** What both permit, whatever an exec leads to; `left`'s way of it is what is told. */
export function commonAnyExec(left: Grant, right: Grant): Grant {
  const of = (one: HalfGrant, two: HalfGrant): HalfGrant => half(one.allow & two.allow, 0, one.exec);
  return { owner: of(left.owner, right.owner), other: of(left.other, right.other) };
}

/** What is logged, or kept quiet, differently where the same is permitted. */
export function logging(left: Grant, right: Grant): Grant {
  const of = (one: HalfGrant, two: HalfGrant): HalfGrant => ({
    ...noHalf,
    audit: ((one.audit ^ two.audit) & one.allow & two.allow) >>> 0,
    quiet: ((one.quiet ^ two.quiet) & ~one.allow & ~two.allow) >>> 0,
  });
  return { owner: of(left.owner, right.owner), other: of(left.other, right.other) };
}

function half(allow: number, prompt: number, exec: string): HalfGrant {
  const executes = ((allow | prompt) & MAY_EXECUTE) !== 0;
  return { ...noHalf, allow: allow >>> 0, prompt: prompt >>> 0, exec: executes ? exec : "" };
}

/** The letters as a rule has them: `w` brings `a`, and an exec that inherits brings `m`; both were there on the side they come from. */
function asRule(bits: number, { allow, exec }: HalfGrant): number {
  const append = (bits & MAY_WRITE) === 0 ? 0 : allow & MAY_APPEND;
  const map = (bits & MAY_EXECUTE) !== 0 && inherits(exec) ? allow & MAY_MAP : 0;
  return bits | append | map;
}

export function isNothing({ owner, other }: Grant): boolean {
  return [owner, other].every(({ allow, prompt, audit, quiet }) => (allow | prompt | audit | quiet) === 0);
}

/** The entries of a table of permissions that say a grant, and the names their execs refer to. */
export function entryOf(
  { allow, prompt, audit, quiet, exec }: HalfGrant,
  placeOf: (name: string) => number,
): CompiledPermissionEntry {
  const space = exec.indexOf(" ");
  const xindex = space < 0 ? Number(exec) : Number(exec.slice(0, space)) | placeOf(exec.slice(space + 1));
  return { ...noPermissions, allow, prompt, audit, quiet, xindex: xindex >>> 0 };
}
