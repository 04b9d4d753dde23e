/**
 * What a profile's automata say about one input, as a given kernel reads them (kernel-abi 4.5, 7.4, 8.2, 8.20). The profile's
 * mode is left to who decides.
 */
import { step } from "../../compiler/automata/index.ts";
import {
  ABI_MASK,
  acceptBits,
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledProfile,
  MAY_CONTINUE,
  MAY_LOCK,
  MediationClass,
  noPermissions,
  permissionsOf,
  type PermissionView,
  startState,
  match,
} from "../../compiler/compiled/index.ts";
import type { KernelGeneration } from "../../compiler/policydb/index.ts";

export interface QueryOptions {
  readonly kernel: KernelGeneration;
  /** File rules: whether the subject owns the object. */
  readonly isOwner: boolean;
}

/** Whether a class is mediated at all; what is not is allowed without a look. */
export function mediates(profile: CompiledProfile, classNumber: number): boolean {
  return classNumber === 0 || (profile.policydb !== undefined && classState(profile.policydb, classNumber) !== 0);
}

function classState(policydb: CompiledAutomaton, classNumber: number): number {
  const start = startState(policydb, "policydb");
  return classNumber > 255 ? 0 : step(policydb.dfa, start, classNumber);
}

/**
 * The permissions of an input in a class: `data` is what follows the class byte (kernel-abi 8), for files the path.
 *
 * Undefined: the class is not mediated.
 */
export function queryProfile(
  profile: CompiledProfile,
  classNumber: number,
  data: Uint8Array,
  { kernel, isOwner }: QueryOptions,
): CompiledPermissionEntry | undefined {
  const { file, policydb } = profile;
  if (classNumber === MediationClass.file && file !== undefined) {
    const state = match(file.dfa, startState(file, "file"), data);
    return permissionsOf(file, state, isOwner ? "owner" : "other");
  }
  if (policydb === undefined || !mediates(profile, classNumber)) return undefined;
  if (kernel === "7.2" && classNumber === MediationClass.dbus && !mediates(profile, MediationClass.networkV9))
    return undefined;
  const state = match(policydb.dfa, classState(policydb, classNumber), data);
  // KERNEL 6.1: without file rules the policydb's bits are read as those of file rules
  if (kernel === "6.1" && classNumber === MediationClass.file)
    return permissionsOf(policydb, state, isOwner ? "owner" : "other");
  return kernelPermissions(policydb, state, "policydb", { kernel, version: profile.version });
}

/** What the kernel's query interface answers: four words (kernel-abi 8.20). */
export type QueryAnswer = Pick<CompiledPermissionEntry, "allow" | "deny" | "audit" | "quiet">;

const UNCONFINED = 3;
const everything: QueryAnswer = { allow: 0xffffffff, deny: 0, audit: 0, quiet: 0xffffffff };

/** The answer of `.access` for one profile; `data` as in `queryProfile`, `isOwner`: user 0 asks. */
export function queryAnswer(
  profile: CompiledProfile,
  classNumber: number,
  data: Uint8Array,
  options: QueryOptions,
): QueryAnswer {
  if (profile.mode === UNCONFINED) return everything;
  const found = queryProfile(profile, classNumber, data, options);
  if (found === undefined) return everything;
  // where no rule matches, permissions may hold bits that mean nothing; this answer does not
  const entry = reachedState(profile, classNumber, data) === 0 ? noPermissions : found;
  const [audit, quiet] = profile.audit === 0 ? [entry.audit, entry.quiet] : [0xffffffff, 0];
  return {
    allow: (entry.allow & ~entry.deny) >>> 0,
    deny: entry.deny,
    audit: (audit & entry.allow) >>> 0,
    quiet: (quiet & ~entry.allow) >>> 0,
  };
}

function reachedState({ file, policydb }: CompiledProfile, classNumber: number, data: Uint8Array): number {
  if (classNumber === MediationClass.file && file !== undefined) return match(file.dfa, startState(file, "file"), data);
  return policydb === undefined ? 0 : match(policydb.dfa, classState(policydb, classNumber), data);
}

/** As `permissionsOf`, with the bits that only the kernel's own unpacking of packed bits adds (kernel-abi 7.4). */
export function kernelPermissions(
  automaton: CompiledAutomaton,
  state: number,
  view: PermissionView,
  { kernel, version }: { readonly kernel: KernelGeneration; readonly version: number },
): CompiledPermissionEntry {
  const entry = permissionsOf(automaton, state, view);
  if (view !== "policydb" || automaton.permissions.kind === "table") return entry;
  if (state === 0) return noPermissions;
  const [accept] = acceptBits(automaton, state);
  const allow = entry.allow & ~MAY_CONTINUE;
  if (kernel === "6.1" || (version & ABI_MASK) >= 9) {
    const quiet = (entry.quiet | execBits((accept >>> 21) & 0x7f)) >>> 0;
    return { ...entry, allow: (allow | execBits((accept >>> 7) & 0x7f)) >>> 0, quiet };
  }
  return { ...entry, allow: (allow | MAY_LOCK) >>> 0 };
}

function execBits(bits: number): number {
  return ((bits & 0x01) << 7) | ((bits & 0x7e) << 9);
}
