/** Where an exec leads by compiled policy alone (kernel-abi 6.7, 7.6): the twin of the monitor's `execDestination`. */
import {
  type CompiledAttachment,
  type CompiledProfile,
  MAY_EXECUTE,
  MediationClass,
  permissionsOf,
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
  leftMatch,
  match,
  outOfBandStep,
} from "../../compiler/compiled/index.ts";
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import { lastPart, splitFullName } from "../../language/model/index.ts";
import { type Destination, type FileAttributes, joinLabel, labelNames } from "../monitor/index.ts";
import { queryProfile } from "./query.ts";

/** A program about to be started. */
export interface TableExecution {
  readonly kernel: KernelGeneration;
  readonly caller: CompiledProfile;
  /** All profiles that are loaded, children among them; those loaded last come first. */
  readonly world: readonly CompiledProfile[];
  readonly path: string;
  readonly owner: boolean;
  /** The file's extended attributes; absent: it has none. */
  readonly attributes?: FileAttributes;
}

/** Where a program runs that a confined one starts, in enforce mode. What refuses is not distinguished: tables do not tell deny rules. */
export function compiledDestination(execution: TableExecution): Destination {
  const { caller, path, owner, kernel } = execution;
  const options = { kernel, isOwner: owner };
  const entry = queryProfile(caller, MediationClass.file, encodeBytes(path), options);
  if (entry === undefined || (entry.allow & MAY_EXECUTE) === 0) return { kind: "refused", reason: "no-rule" };
  const { xindex } = entry;
  const secure = (xindex & XINDEX_UNSAFE) === 0;
  const inherits = (xindex & XINDEX_INHERIT) !== 0;
  const type = xindex & XINDEX_TYPE;
  const wanted = type === XINDEX_TABLE ? targetOf(caller, xindex) : undefined;
  const label =
    wanted === undefined
      ? type === XINDEX_NAME
        ? searched(execution, xindex)
        : undefined
      : named(execution, xindex, wanted);
  if (label !== undefined) return { kind: "profile", label, secure };
  if (inherits) return { kind: "inherit", fallback: type !== 0 };
  if ((xindex & XINDEX_UNCONFINED) !== 0) return { kind: "unconfined", fallback: type !== 0, secure };
  return { kind: "refused", reason: "no-profile", wanted };
}

/** The text of the table; a namespace ends in a NUL there. */
function targetOf({ file, policydb }: CompiledProfile, xindex: number): string {
  const { transitions } = file ?? policydb ?? { transitions: [] };
  return (transitions[xindex & XINDEX_INDEX] ?? "").replaceAll(/(:[^:\0]+)\0/g, "$1:");
}

function named(execution: TableExecution, xindex: number, wanted: string): string | undefined {
  const { caller, world } = execution;
  const find = (name: string, namespace: string | undefined): string | undefined =>
    world.some((one) => one.name === name && one.namespace === namespace) ? name : undefined;
  if ((xindex & XINDEX_CHILD) !== 0) return find(`${caller.name}//${wanted}`, caller.namespace);
  const names = labelNames(find, wanted, caller.namespace);
  if (names === undefined) return undefined;
  if (!wanted.startsWith("&")) return joinLabel(names);
  const bottom = searched(execution, 0) ?? ((xindex & XINDEX_INHERIT) === 0 ? undefined : caller.name);
  return bottom === undefined ? undefined : joinLabel([bottom, ...names]);
}

/** By attachment, among the caller's children or the profiles of its namespace. */
function searched({ caller, world, path, attributes, kernel }: TableExecution, xindex: number): string | undefined {
  const all = world.filter(({ namespace }) => namespace === caller.namespace);
  const parent = (xindex & XINDEX_CHILD) === 0 ? undefined : caller.name;
  return attachCompiled(
    all.filter(({ name }) => splitFullName(name)?.parent === parent),
    encodeBytes(path),
    { attributes: attributes ?? new Map(), kernel },
  )?.name;
}

interface AttachOptions {
  readonly attributes: FileAttributes;
  readonly kernel: KernelGeneration;
}

/** The profile that attaches; `undefined`: none does, or two as well as each other. */
function attachCompiled(
  profiles: readonly CompiledProfile[],
  path: Uint8Array,
  { attributes, kernel }: AttachOptions,
): CompiledProfile | undefined {
  let best: CompiledProfile | undefined;
  let [bestLength, bestConditions, isConflict] = [0, 0, false];
  for (const profile of profiles) {
    const { xmatch } = profile;
    if (xmatch === undefined) {
      const own = encodeBytes(lastPart(profile.name));
      if (own.length === path.length && own.every((byte, at) => byte === path[at])) return profile;
      continue;
    }
    const { state, count } = leftMatch(xmatch, path, kernel);
    if (!attaches(xmatch, state) || count < bestLength) continue;
    const conditions = countConditions(profile, xmatch, state, attributes);
    if (conditions < 0) continue;
    if (count === bestLength && conditions <= bestConditions) {
      isConflict ||= conditions === bestConditions;
      continue;
    }
    [best, bestLength, bestConditions, isConflict] = [profile, Math.max(count, xmatch.length), conditions, false];
  }
  return isConflict ? undefined : best;
}

function attaches(xmatch: CompiledAttachment, state: number): boolean {
  return state !== 0 && (permissionsOf(xmatch, state, "xmatch").allow & MAY_EXECUTE) !== 0;
}

/** How many conditions hold; −1: one does not. A value stands behind the out-of-band symbol and a NUL. */
function countConditions(
  { xattrs = [] }: CompiledProfile,
  xmatch: CompiledAttachment,
  from: number,
  attributes: FileAttributes,
): number {
  let state = xattrs.length === 0 ? from : outOfBandStep(xmatch.dfa, from);
  let count = xattrs.length;
  for (const name of xattrs) {
    const value = attributes.get(name);
    if (value === undefined) count -= 1;
    else {
      state = match(xmatch.dfa, state, Uint8Array.from([0, ...value]));
      if (!attaches(xmatch, state)) return -1;
    }
    state = outOfBandStep(xmatch.dfa, state);
    if (value === undefined && state === 0) return -1;
  }
  return count;
}
