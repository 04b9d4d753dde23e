/**
 * What single kernels refuse in an automaton that can be read (kernel-abi 4.1, 4.3, 5). Indexes that point beyond a table and entries that
 * contradict themselves are noted afterwards: kernels look at them when the whole profile was read, so any other fault of it comes first.
 */
import { unreachable } from "../../foundation/basics/index.ts";
import {
  type AutomatonName,
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledPermissions,
  unpackExec,
  OTHER_SHIFT,
  XINDEX_INDEX,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../compiled/index.ts";
import type { Decoding } from "./decoding.ts";

/** KERNEL 6.1: its accept bits have 4 for the index of a target, with 4 values reserved (kernel-abi 4.3). */
const OLD_TARGETS = 12;

/** Notes on a group just read, at the reader's position. KERNEL 6.1 reads of a group what it had then: no table, no starts (kernel-abi 4). */
export function noteGroup(decoding: Decoding, group: AutomatonName, automaton: CompiledAutomaton): void {
  const { permissions, layout, starts, transitions } = automaton;
  if (layout?.wide === true) decoding.note(group, "32 bit state numbers", ["6.1", "6.12"]);
  if (group !== "file" && starts?.dfaStart !== undefined) {
    decoding.note(unreadKind(group), "a start state this kernel does not look for", ["6.1"]);
  }
  if (transitions.length > 0 && group !== "file") {
    decoding.note(unreadKind(group), "exec targets outside the file rules", ["6.1"]);
  }
  if (transitions.length > OLD_TARGETS) decoding.note("transitions", "more than 12 exec targets", ["6.1"]);
  if (transitions.some((text) => !isTarget(text))) decoding.note("transitions", "an exec target is malformed");
  switch (permissions.kind) {
    case "packed":
      return notePacked(decoding, group, automaton, permissions);
    case "table":
      return noteTable(decoding, group, automaton, permissions);
    default:
      return unreachable(permissions);
  }
}

/** No leading white space; a NUL only in `:namespace\0name`; no colon at the end. */
function isTarget(text: string): boolean {
  if (text === "" || /^\s/.test(text) || text.endsWith(":")) return false;
  const parts = text.split("\0");
  return parts.length === 1 || (parts.length === 2 && /^:[^:]+$/.test(parts[0] ?? "") && parts[1] !== "");
}

type Packed = Extract<CompiledPermissions, { readonly kind: "packed" }>;
type Table = Extract<CompiledPermissions, { readonly kind: "table" }>;

function notePacked(decoding: Decoding, group: string, automaton: CompiledAutomaton, permissions: Packed): void {
  if (automaton.layout?.accept2 === undefined)
    decoding.note(kindOf(group), "packed permissions without a second accept table");
  if (group !== "file") return;
  const indexes = [...permissions.accept].flatMap((bits) => [unpackExec(bits), unpackExec(bits >>> OTHER_SHIFT)]);
  if (indexes.some((index) => isBeyond(index, automaton.transitions.length))) {
    decoding.noteAfterwards("exec-index", "an exec transition names an entry the table does not have");
  }
}

function noteTable(decoding: Decoding, group: string, automaton: CompiledAutomaton, permissions: Table): void {
  const { entries, index, accept2, version } = permissions;
  // from version 3 on the lowest bit of accept2 says that an entry for the owner and one for the others follow each other (kernel-abi 4.2)
  const pairs = (version ?? 0) >= 3 && group === "file";
  if (pairs && accept2 === undefined) decoding.note("file", "owner pairs without a second accept table", ["7.2"]);
  const last = index.reduce(
    (most, first, i) => Math.max(most, first + (pairs && ((accept2?.[i] ?? 0) & 1) !== 0 ? 1 : 0)),
    0,
  );
  if (last >= entries.length) {
    decoding.noteAfterwards(
      group === "file" ? "file-accept" : "policy-accept",
      "a state names permissions the table does not have",
      ["6.12", "7.2"],
    );
  }
  for (const entry of entries) {
    const message = entryFault(entry, automaton.transitions.length, automaton.tags?.sets.length ?? 0);
    if (message !== undefined) return decoding.noteAfterwards("permission-entry", message, ["6.12", "7.2"]);
  }
}

/** What a kernel reports that meets something it does not know inside a group. */
export function unreadKind(group: string): "flags-missing" | "policydb" | "end" {
  if (group === "xmatch") return "flags-missing";
  return group === "policydb" ? "policydb" : "end";
}

function kindOf(group: string): AutomatonName {
  return group === "xmatch" || group === "policydb" ? group : "file";
}

/** The contradictions of an entry that kernels look for (kernel-abi 5); `audit` and `quiet` may say anything. */
function entryFault(entry: CompiledPermissionEntry, targets: number, tags: number): string | undefined {
  const { allow, deny, subtree, cond, kill, complain, prompt, hide } = entry;
  const decided = allow | deny;
  const contradicts =
    (allow & deny) !== 0 ||
    (subtree & ~allow) !== 0 ||
    (cond & decided) !== 0 ||
    (kill & allow) !== 0 ||
    (complain & decided) !== 0 ||
    (prompt & decided) !== 0 ||
    (complain & prompt) !== 0 ||
    (hide & allow) !== 0;
  if (contradicts) return "an entry of the table of permissions contradicts itself";
  if (isBeyond(entry.xindex, targets)) return "an exec transition names an entry the table does not have";
  // KERNEL 6.12 counts the exec targets here, 7.2 the sets of tags; whichever is larger refuses nothing that one of them takes
  if (entry.tag !== 0 && entry.tag >= Math.max(tags, targets)) return "a tag that does not exist";
  return entry.label !== 0 && entry.label >= targets ? "a label that does not exist" : undefined;
}

function isBeyond(xindex: number, targets: number): boolean {
  return (xindex & XINDEX_TYPE) === XINDEX_TABLE && (xindex & XINDEX_INDEX) >= targets;
}
