/**
 * What is granted at a state, whatever the encoding (kernel-abi 4.2, 7.3, 7.4): a `CompiledPermissionEntry`, the form of a table of
 * permissions. Packed bits are unpacked as the kernel does it, and the compiler when it writes a table.
 */
import type { CompiledAutomaton, CompiledPermissionEntry } from "./compiled-profile.ts";
import { unpackExec } from "./exec.ts";
import { MAY_CHANGE_PROFILE, MAY_GETATTR, MAY_ONEXEC } from "./kernel-bits.ts";
import {
  CHANGE_PROFILE,
  HALF,
  ONEXEC,
  OTHER_SHIFT,
  QUIET_SHIFT,
  unpackFileHalf,
  unpackPolicydb,
  unpackPolicydbBits,
} from "./packed-bits.ts";
import { acceptBits } from "./states.ts";

/** Nothing allowed, nothing said. */
export const noPermissions: CompiledPermissionEntry = {
  allow: 0,
  deny: 0,
  subtree: 0,
  cond: 0,
  kill: 0,
  complain: 0,
  prompt: 0,
  audit: 0,
  quiet: 0,
  hide: 0,
  xindex: 0,
  tag: 0,
  label: 0,
};

/** The fourteen fields of an entry; the first is reserved. */
export function fieldsOf(entry: CompiledPermissionEntry): readonly number[] {
  const { allow, deny, subtree, cond, kill, complain, prompt, audit, quiet, hide, xindex, tag, label } = entry;
  return [0, allow, deny, subtree, cond, kill, complain, prompt, audit, quiet, hide, xindex, tag, label];
}

/** The packed bits of a file state, for the owner of the object or for others. */
function unpackFile(accept: number, accept2: number, isOwner: boolean): CompiledPermissionEntry {
  const half = isOwner ? accept : accept >>> OTHER_SHIFT;
  const second = isOwner ? accept2 : accept2 >>> OTHER_SHIFT;
  let allow = unpackFileHalf(half) | MAY_GETATTR;
  if ((accept & CHANGE_PROFILE) !== 0) allow |= MAY_CHANGE_PROFILE;
  if ((accept & ONEXEC) !== 0) allow |= MAY_ONEXEC;
  return {
    ...noPermissions,
    allow: allow >>> 0,
    audit: unpackFileHalf(second & HALF),
    quiet: unpackFileHalf((second >>> QUIET_SHIFT) & HALF),
    xindex: unpackExec(half),
  };
}

/**
 * The packed bits of a policydb state as the reference compiler puts it into a table: the lock bit, which means nothing there, is left out and "continue
 * matching" is kept.
 */
function unpackPolicy(accept: number, accept2: number): CompiledPermissionEntry {
  return {
    ...noPermissions,
    allow: unpackPolicydb(accept),
    audit: unpackPolicydbBits(accept2),
    quiet: unpackPolicydbBits(accept2 >>> QUIET_SHIFT),
  };
}

/** The packed bits of an attachment: bit 0 is "attaches". */
function unpackAttachment(accept: number): CompiledPermissionEntry {
  return { ...noPermissions, allow: ((accept & HALF) | (accept & 0x80000000)) >>> 0 };
}

/** Which automaton a state belongs to, and for the file automaton who asks. */
export type PermissionView = "owner" | "other" | "policydb" | "xmatch";

/** The permissions of a state, whatever the encoding; what the table does not have is nothing. */
export function permissionsOf(
  automaton: CompiledAutomaton,
  state: number,
  view: PermissionView,
): CompiledPermissionEntry {
  const [accept, accept2] = acceptBits(automaton, state);
  const { permissions } = automaton;
  if (permissions.kind === "packed") {
    if (view === "policydb") return unpackPolicy(accept, accept2);
    return view === "xmatch" ? unpackAttachment(accept) : unpackFile(accept, accept2, view === "owner");
  }
  const isPair = (permissions.version ?? 0) >= 3 && (accept2 & 1) !== 0;
  return permissions.entries[isPair && view === "other" ? accept + 1 : accept] ?? noPermissions;
}
