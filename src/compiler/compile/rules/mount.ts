/**
 * A mount rule is written once for every kind of mount that its options and operands fit (remount, bind, propagation, move, new), because
 * the kernel leaves out other parts for each kind (compile-semantics 3.9, kernel-abi 8.10). What is not written is any text:
 *
 *     \x07 mount-point \0 source \0 fstype \0 flags        mount, remount
 *     \x07 mount-point                                     umount
 *     \x07 new-root \0 put-old                             pivot_root
 *
 * Flags: bit i of mount(2)'s flags is the byte i + 1, ascending; `(byte|)` where it may be set; `(\xfe|)` where none is named.
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { MountRule, Operand } from "../../../language/model/index.ts";
import { kernelMountFlags, MountFlag, mountOptions } from "../../../language/tables/index.ts";
import { MediationClass, mountBits } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergeRules, operandOr, prefixOf, type RuleContext } from "../context.ts";
import { alternative, anyText, bytes, nothing, nul, optional, sequence } from "../pattern.ts";

const verbBits = { ...mountBits, remount: mountBits.mount } as const;

/** Sets of flags. Bit 31 is in none of them, so `nouser` never shows. */
const { REMOUNT, BIND, MOVE, REC, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
const { NOSUID, NODEV, NOEXEC, NOATIME, NODIRATIME, RELATIME, STRICTATIME } = MountFlag;
const PROPAGATION = UNBINDABLE | PRIVATE | SLAVE | SHARED;
const ALL = kernelMountFlags;
const sets = {
  remount: ALL & ~MOVE,
  bind: BIND | REC,
  move: MOVE,
  // compile-semantics 3.9
  make: ALL & ~(NOSUID | NODEV | NOEXEC | NOATIME | NODIRATIME | RELATIME | STRICTATIME),
  new: ALL & ~(REMOUNT | BIND | MOVE | REC | PROPAGATION),
} as const;
const COMMANDS = REMOUNT | BIND | MOVE | REC | PROPAGATION;

/** Rules with equal operands share their patterns and so their permissions. */
interface MergedMount {
  readonly rule: MountRule;
  readonly flags: readonly FlagPair[];
  /** Permissions of all that were merged. */
  readonly permissions: number;
}

/** Flags that must be set and flags that may be. */
interface FlagPair {
  readonly required: number;
  readonly optional: number;
}

export function compileMountRules(rules: readonly MountRule[], context: RuleContext): void {
  if (!context.target.mount) {
    const message = "mount rules are not enforced";
    for (const rule of rules) context.report("compile/mount-not-enforced", rule.origin, message);
    return;
  }
  const prepared = rules.map((rule) => ({ rule, flags: flagPairs(rule), permissions: verbBits[rule.verb] }));
  for (const merged of mergeRules<MergedMount>(prepared, keyOf, joinMounts).values()) compileMerged(merged, context);
}

function joinMounts(a: MergedMount, b: MergedMount): MergedMount {
  return { ...a, permissions: a.permissions | b.permissions };
}

function keyOf({ rule, flags }: MergedMount): string {
  const fstypes = rule.fstypes.map((type) => type.text).toSorted();
  const pairs = flags.map(({ required, optional: free }) => `${required}/${free}`).toSorted();
  return mergeKey(rule, mountPoint(rule), device(rule), JSON.stringify(fstypes), JSON.stringify(pairs));
}

/** For pivot_root the new root is where others have the mount point, and the old root where they have the device. */
function mountPoint(rule: MountRule): Operand | undefined {
  return rule.target;
}

function device(rule: MountRule): Operand | undefined {
  return rule.verb === "pivot_root" ? rule.oldRoot : rule.source;
}

/** Every pair of an `options=` and an `options in` list. */
function flagPairs(rule: MountRule): FlagPair[] {
  const { optional: free, required } = mountFlags(rule);
  return required.flatMap((needed) => free.map((may) => ({ required: needed, optional: may })));
}

/** The flags of each `options=` and each `options in` list; the rule's defaults where a list is missing. */
export function mountFlags(rule: MountRule): {
  readonly required: readonly number[];
  readonly optional: readonly number[];
} {
  const forced = rule.verb === "remount" ? REMOUNT : 0;
  const required = rule.options.map((options) => flagsOf(options) | forced);
  const free = rule.optionsIn.map(freeFlags);
  if (required.length === 0 && free.length === 0) {
    return forced === 0
      ? { required: [ALL], optional: [ALL] }
      : { required: [REMOUNT], optional: [sets.remount & ~REMOUNT] };
  }
  return { required: required.length === 0 ? [forced] : required, optional: free.length === 0 ? [0] : free };
}

/** What must be set. Options that clear a flag only matter to the check for contradictions, which is made before. */
function flagsOf(options: readonly string[]): number {
  return options.reduce((flags, option) => flags | (mountOptions.get(option)?.set ?? 0), 0);
}

/** What may be set: an option and its opposite speak of the same flag. */
function freeFlags(options: readonly string[]): number {
  return options.reduce((flags, option) => flags | (mountOptions.get(option)?.clear ?? 0), flagsOf(options));
}

function compileMerged(merged: MergedMount, context: RuleContext): void {
  const { rule, permissions } = merged;
  const prefix = prefixOf(rule);
  const parts = operandsOf(rule, context);
  if (parts === undefined) return;
  const emit = (pattern: GlobNode): void => emitPolicydb(context, prefix, pattern, permissions);
  if ((permissions & mountBits.mount) !== 0) {
    const patterns = merged.flags.flatMap((pair) => mountPatterns(rule, pair, parts));
    if (patterns.length === 0) {
      const message = "no mount operation fits the options and operands of this rule";
      context.report("compile/mount-not-encodable", rule.origin, message);
    }
    for (const pattern of patterns) emit(pattern);
    warnSourceAsTarget(rule, merged.flags, context);
  }
  const start = sequence(bytes(MediationClass.mount), parts.point);
  if ((permissions & mountBits.umount) !== 0) emit(start);
  if ((permissions & mountBits.pivot_root) !== 0) emit(sequence(start, nul, parts.device));
}

interface MountParts {
  readonly point: GlobNode;
  readonly device: GlobNode;
  readonly fstype: GlobNode;
  /** The source of a propagation rule without mount point, which then is the mount point. */
  readonly madePoint: GlobNode;
}

function operandsOf(rule: MountRule, context: RuleContext): MountParts | undefined {
  const missing = { missing: anyText, origin: rule.origin };
  const point = operandOr(context, mountPoint(rule), "path", missing);
  const source = device(rule);
  const detached = rule.verb === "mount" && source?.text === "detached";
  const written = operandOr(context, source, "path", missing);
  const from = detached ? nothing : written;
  const types = rule.fstypes.map((type) => context.operand(type, "plain", rule.origin));
  const known = types.filter((type) => type !== undefined);
  if (point === undefined || from === undefined || written === undefined || known.length < types.length)
    return undefined;
  const fstype = known.length === 0 ? anyText : alternative(known);
  const madePoint = rule.target === undefined && source !== undefined ? written : point;
  return { point, device: from, fstype, madePoint };
}

/** The patterns of one pair of flag sets; none when no operation fits. */
function mountPatterns(rule: MountRule, pair: FlagPair, parts: MountParts): GlobNode[] {
  const { required } = pair;
  const hasDevice = device(rule) !== undefined;
  const typed = rule.fstypes.length > 0;
  const both = hasDevice && mountPoint(rule) !== undefined;
  const patterns = {
    remount: () => join(parts.point, anyText, anyText, flagsPattern(pair, sets.remount)),
    bind: () => join(parts.point, parts.device, anyText, flagsPattern(pair, sets.bind)),
    make: () => join(parts.madePoint, anyText, anyText, flagsPattern(pair, sets.make)),
    move: () => join(parts.point, parts.device, anyText, flagsPattern(pair, sets.move)),
    new: () => join(parts.point, parts.device, parts.fstype, flagsPattern(pair, sets.new)),
  };
  if (required === 0 || required === ALL) {
    const out = [patterns.new()];
    if (typed) return out;
    out.push(patterns.bind(), patterns.move());
    if (!hasDevice) out.push(patterns.remount());
    if (!both) out.push(patterns.make());
    return out;
  }
  if ((required & REMOUNT) !== 0 && !hasDevice && !typed) return [patterns.remount()];
  if ((required & BIND) !== 0 && !typed) return [patterns.bind()];
  if ((required & (PROPAGATION | REC)) !== 0 && !typed && !both) return [patterns.make()];
  if ((required & MOVE) !== 0 && !typed) return [patterns.move()];
  return ((required | pair.optional) & ~COMMANDS) !== 0 ? [patterns.new()] : [];
}

function join(point: GlobNode, source: GlobNode, fstype: GlobNode, flags: GlobNode): GlobNode {
  return sequence(bytes(MediationClass.mount), point, nul, source, nul, fstype, nul, flags);
}

/** Flag bit i is the byte i + 1, ascending; an empty part is written as a byte that never comes, or nothing. */
function flagsPattern(pair: FlagPair, set: number): GlobNode {
  const free = pair.optional & set;
  const required = pair.required === ALL ? 0 : pair.required & set & ~free;
  const parts: GlobNode[] = [];
  for (let bit = 0; bit < 31; bit += 1) {
    if ((required & (1 << bit)) !== 0) parts.push(bytes(bit + 1));
    else if ((free & (1 << bit)) !== 0) parts.push(optional(bytes(bit + 1)));
  }
  return parts.length === 0 ? optional(bytes(0xfe)) : sequence(...parts);
}

function warnSourceAsTarget(rule: MountRule, flags: readonly FlagPair[], context: RuleContext): void {
  const propagates = flags.some(({ required }) => required !== ALL && (required & PROPAGATION) !== 0);
  if (!propagates || rule.source === undefined || rule.target !== undefined) return;
  const message = `the mount point \`${rule.source.written}\` should be written after \`->\``;
  context.report("compile/mount-source-as-target", rule.origin, message);
}
