/**
 * The kernel asks for the first kind of mount that the flags name, with the parts that kind has; a rule answers for the kinds it is written
 * as (compile-semantics 3.9; kernel-abi 8.10).
 */
import type { MountRule, Operand, Profile } from "../../../language/model/index.ts";
import { MountFlag, kernelMountFlags, mountOptions } from "../../../language/tables/index.ts";
import { type Decision, decisionOf } from "../decision.ts";
import { type Subject, fit, fits, subject } from "../match.ts";
import type { MountQuestion, PivotRootQuestion, UmountQuestion } from "../question.ts";
import { type Claim, claim, weigh } from "../weigh.ts";

const { REMOUNT, BIND, MOVE, REC, SILENT, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
const PROPAGATION = UNBINDABLE | PRIVATE | SLAVE | SHARED;

/** Flags a rule can speak of. */
const ALL = kernelMountFlags;
const REMOUNT_SET = ALL & ~MOVE;
const BIND_SET = BIND | REC;
const MAKE_SET =
  ALL &
  ~(
    MountFlag.NOSUID |
    MountFlag.NODEV |
    MountFlag.NOEXEC |
    MountFlag.NOATIME |
    MountFlag.NODIRATIME |
    MountFlag.RELATIME |
    MountFlag.STRICTATIME
  );
const NEW_SET = ALL & ~(REMOUNT | BIND | MOVE | REC | PROPAGATION);

/** What the kernel matches for a mount: the parts it leaves out are empty. */
interface Asked {
  readonly mountPoint: Subject;
  readonly source: Subject;
  readonly fstype: Subject;
  readonly flags: number;
}

/** The kernel asks in this order: remount, bind, propagation, move, a new mount. */
function asked(question: MountQuestion): Asked {
  const flags = question.flags & ~0;
  const mountPoint = subject(question.mountPoint);
  const source = subject(question.source ?? "");
  const none = subject("");
  if (flags & REMOUNT) return { mountPoint, source: none, fstype: none, flags };
  if (flags & BIND) return { mountPoint, source, fstype: none, flags: flags & BIND_SET };
  if (flags & PROPAGATION) {
    return { mountPoint, source: none, fstype: none, flags: flags & (REC | SILENT | PROPAGATION) };
  }
  if (flags & MOVE) return { mountPoint, source, fstype: none, flags: MOVE };
  return { mountPoint, source, fstype: subject(question.fstype ?? ""), flags };
}

export function decideMount(profile: Profile, question: MountQuestion): Decision {
  const access = asked(question);
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind === "all") return [claim(rule, 1)];
    if (rule.kind !== "mount" || (rule.verb !== "mount" && rule.verb !== "remount")) return [];
    return waysOf(rule).some(({ pair, kind }) => kindFits(rule, pair, kind, access)) ? [claim(rule, 1)] : [];
  });
  return decisionOf([{ ...weigh(claims, 1), name: "mount" }]);
}

/** The kinds of mount a rule is written down as, with the flags each may speak of. */
type MountKind = "remount" | "bind" | "make" | "move" | "new";

const SETS: Readonly<Record<MountKind, number>> = {
  remount: REMOUNT_SET,
  bind: BIND_SET,
  make: MAKE_SET,
  move: MOVE,
  new: NEW_SET,
};

/** Flags that must be set, and flags that may be. */
interface FlagPair {
  readonly required: number;
  readonly optional: number;
  /** Neither `options=` nor `options in` is written. */
  readonly any: boolean;
}

/** What a rule is written down as. */
interface Way {
  readonly pair: FlagPair;
  readonly kind: MountKind;
}

const ways = new WeakMap<MountRule, readonly Way[]>();

/** COST: a rule is asked about many mounts. */
function waysOf(rule: MountRule): readonly Way[] {
  const known = ways.get(rule);
  if (known !== undefined) return known;
  const made = flagPairs(rule).flatMap((pair) => kindsOf(rule, pair).map((kind): Way => ({ pair, kind })));
  ways.set(rule, made);
  return made;
}

function flagPairs(rule: MountRule): readonly FlagPair[] {
  const remount = rule.verb === "remount" ? REMOUNT : 0;
  if (rule.options.length === 0 && rule.optionsIn.length === 0) {
    return remount === 0
      ? [{ required: 0, optional: ALL, any: true }]
      : [{ required: REMOUNT, optional: REMOUNT_SET & ~REMOUNT, any: false }];
  }
  const required = rule.options.length === 0 ? [0] : rule.options.map(flagsOf);
  const optional = rule.optionsIn.length === 0 ? [0] : rule.optionsIn.map(freeFlags);
  return required.flatMap((set) => optional.map((may) => ({ required: set | remount, optional: may, any: false })));
}

/** What must be set: options that clear a flag say nothing here, since a flag that is not named must be clear anyway. */
function flagsOf(options: readonly string[]): number {
  return options.reduce((bits, option) => bits | (mountOptions.get(option)?.set ?? 0), 0);
}

/** What may be set: an option and its opposite speak of the same flag. */
function freeFlags(options: readonly string[]): number {
  return options.reduce((bits, option) => bits | (mountOptions.get(option)?.clear ?? 0), flagsOf(options));
}

/**
 * Whether a rule, taken as one kind, fits. Kinds are distinguished by flags alone: a part that a kind does not look at may be
 * anything, also in a mount of another kind.
 */
function kindFits(rule: MountRule, pair: FlagPair, kind: MountKind, access: Asked): boolean {
  const optional = pair.any ? SETS[kind] : pair.optional & SETS[kind];
  // A flag of both lists may be missing.
  const required = pair.required & SETS[kind] & ~optional;
  if ((access.flags & required) !== required || (access.flags & ~(required | optional)) !== 0) return false;
  const loneSource = rule.verb === "mount" && rule.target === undefined && kind === "make";
  if (!fits(loneSource ? rule.source : rule.target, "path", access.mountPoint)) return false;
  if (kind === "remount" || kind === "make") return true;
  if (!sourceFits(rule, access.source)) return false;
  return kind !== "new" || rule.fstypes.length === 0 || rule.fstypes.some((type) => fits(type, "text", access.fstype));
}

function sourceFits(rule: MountRule, source: Subject): boolean {
  if (rule.source?.text === "detached" || rule.source?.text === "") return source.text === "";
  return fits(rule.source, "path", source);
}

function kindsOf(rule: MountRule, pair: FlagPair): readonly MountKind[] {
  const device = rule.source !== undefined;
  const plain = rule.fstypes.length === 0;
  const both = device && rule.target !== undefined;
  if (pair.any || pair.required === 0) {
    return [
      ...when<MountKind>(!device && plain, "remount"),
      ...when<MountKind>(plain, "bind", "move"),
      ...when<MountKind>(plain && !both, "make"),
      "new",
    ];
  }
  if (pair.required & REMOUNT && !device && plain) return ["remount"];
  if (pair.required & BIND && plain) return ["bind"];
  if (pair.required & (PROPAGATION | REC) && plain && !both) return ["make"];
  if (pair.required & MOVE && plain) return ["move"];
  return ["new"];
}

function when<T>(condition: boolean, ...items: readonly T[]): readonly T[] {
  return condition ? items : [];
}

export function decideUmount(profile: Profile, question: UmountQuestion): Decision {
  const mountPoint = subject(question.mountPoint);
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind === "all") return [claim(rule, 1)];
    if (rule.kind !== "mount" || rule.verb !== "umount") return [];
    return fits(rule.target, "path", mountPoint) ? [claim(rule, 1)] : [];
  });
  return decisionOf([{ ...weigh(claims, 1), name: "umount" }]);
}

export function decidePivotRoot(profile: Profile, question: PivotRootQuestion): Decision {
  const newRoot = subject(question.newRoot);
  const oldRoot = subject(question.oldRoot);
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind === "all") return [claim(rule, 1)];
    if (rule.kind !== "mount" || rule.verb !== "pivot_root") return [];
    const [target, old] = [fitOf(rule.target, newRoot), fitOf(rule.oldRoot, oldRoot)];
    return target === "no" || old === "no" ? [] : [claim(rule, 1, { exact: target === "exact" && old === "exact" })];
  });
  // its bit is one of those that exact patterns have first (compile-semantics 4.7)
  return decisionOf([{ ...weigh(claims, 1, true), name: "pivot_root" }]);
}

function fitOf(operand: Operand | undefined, path: Subject): ReturnType<typeof fit> {
  return operand === undefined ? "glob" : fit(operand.text, "path", path);
}
