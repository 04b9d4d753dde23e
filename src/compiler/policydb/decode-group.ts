/**
 * The group of fields that holds one automaton (kernel-abi 4):
 *
 *     [tags] [perms [permsv]] [aadfa [start] [dfa_start]] [xtable]
 */
import type {
  AutomatonName,
  CompiledAutomaton,
  CompiledPermissionEntry,
  CompiledPermissions,
  CompiledStarts,
} from "../compiled/index.ts";
import { noteGroup, unreadKind } from "./check-group.ts";
import { readTags } from "./decode-tags.ts";
import type { Decoding } from "./decoding.ts";
import { assignOutputs } from "./outputs.ts";
import { ELEMENT } from "./reader.ts";
import { isDeadStateLive, resolveRows, unpackRows } from "./stored-rows.ts";
import { decodeTables, FLAG_DIFFERENTIAL, type TableSet } from "./table-set.ts";

interface PermissionTable {
  readonly version: number | undefined;
  readonly entries: readonly CompiledPermissionEntry[];
}

/** Reads a group. Undefined: there is none here, or it is broken (then `decoding.failure` is set). */
export function readGroup(decoding: Decoding, group: AutomatonName): CompiledAutomaton | undefined {
  const { reader } = decoding;
  const tags = readTags(decoding);
  const table = readPermissionTable(decoding, group);
  const start = reader.position;
  const blob = decoding.failure === undefined ? reader.blob("aadfa") : undefined;
  if (blob === undefined) {
    return table === undefined && tags === undefined
      ? undefined
      : decoding.fail(missingKind(group), "permissions without an automaton");
  }
  // KERNEL: the tables are a multiple of 8 long, so what the length leaves over is padding, wherever the blob is (kernel-abi 1.2)
  const padding = blob.length % 8;
  const tables = decodeTables(blob.subarray(padding));
  const blobStart = reader.position - blob.length + padding;
  if (!tables.ok) return decoding.fail(group, tables.error.message, blobStart + tables.error.offset);
  const starts = readStarts(decoding, tables.value.base.length);
  const transitions = readTransitions(decoding);
  if (decoding.failure !== undefined || transitions === undefined) return undefined;
  // kernels load such tables; `Dfa` promises a dead state that nothing leaves, so it is refused here rather than shown wrong
  if (isDeadStateLive(tables.value)) decoding.cannotHold("the dead state has transitions", start);
  const rows = unpackRows(tables.value);
  const labels = assignOutputs(tables.value, table !== undefined);
  const dfa = resolveRows(rows, labels.outputs);
  if (!dfa.ok) return decoding.fail("unsupported", dfa.error.message, start);
  const automaton: CompiledAutomaton = {
    dfa: dfa.value,
    permissions: permissionsOf(tables.value, table, labels),
    transitions,
    diffEncoded: (tables.value.flags & FLAG_DIFFERENTIAL) !== 0,
    equivalenceClasses: tables.value.classes !== undefined,
    ...(starts === undefined ? {} : { starts }),
    ...(tags === undefined ? {} : { tags }),
    layout: rows,
  };
  noteGroup(decoding, group, automaton);
  return automaton;
}

function missingKind(group: AutomatonName): "xmatch" | "policydb-missing" | "end" {
  if (group === "xmatch") return "xmatch";
  return group === "policydb" ? "policydb-missing" : "end";
}

function permissionsOf(
  tables: TableSet,
  table: PermissionTable | undefined,
  labels: { readonly accept: Uint32Array; readonly accept2: Uint32Array },
): CompiledPermissions {
  if (table === undefined) return { kind: "packed", accept: labels.accept, accept2: labels.accept2 };
  const accept2 = tables.accept2 === undefined ? undefined : labels.accept2;
  return { kind: "table", version: table.version, entries: table.entries, index: labels.accept, accept2 };
}

function readPermissionTable(decoding: Decoding, group: AutomatonName): PermissionTable | undefined {
  const { reader } = decoding;
  const broken = "the table of permissions is malformed";
  if (!reader.mark(ELEMENT.STRUCT, "perms")) return undefined;
  decoding.note(unreadKind(group), "a table of permissions", ["6.1"]);
  if (reader.u32("version") !== 1)
    return decoding.fail("permissions", "the table of permissions has an unknown version");
  const count = reader.array();
  if (count === undefined) return decoding.fail("permissions", broken);
  const entries: CompiledPermissionEntry[] = [];
  for (let i = 0; i < count; i += 1) {
    const entry = readEntry(decoding);
    if (entry === undefined) return decoding.fail("permissions", broken);
    entries.push(entry);
  }
  if (!reader.mark(ELEMENT.ARRAYEND) || !reader.mark(ELEMENT.STRUCTEND)) return decoding.fail("permissions", broken);
  const version = reader.u32("permsv");
  if (version !== undefined) decoding.note(unreadKind(group), "a version of the table of permissions", ["6.12"]);
  return { entries, version };
}

/** Every entry has all fields, in this order, without names (kernel-abi 4.2). */
const ENTRY_FIELDS = 14;

function readEntry({ reader }: Decoding): CompiledPermissionEntry | undefined {
  const fields: number[] = [];
  for (let i = 0; i < ENTRY_FIELDS; i += 1) {
    const field = reader.u32();
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return entryOf(fields);
}

/** The fields of an entry in stream order; the first is reserved. */
function entryOf(fields: readonly number[]): CompiledPermissionEntry {
  const at = (index: number): number => fields[index] ?? 0;
  return {
    allow: at(1),
    deny: at(2),
    subtree: at(3),
    cond: at(4),
    kill: at(5),
    complain: at(6),
    prompt: at(7),
    audit: at(8),
    quiet: at(9),
    hide: at(10),
    xindex: at(11),
    tag: at(12),
    label: at(13),
  };
}

function readStarts(decoding: Decoding, states: number): CompiledStarts | undefined {
  const start = decoding.reader.u32("start");
  const dfaStart = decoding.reader.u32("dfa_start");
  if (start === undefined && dfaStart === undefined) return undefined;
  // a start that is not written is state 1 (kernel-abi 4.1)
  if ((start ?? 1) >= states || (dfaStart ?? 1) >= states) {
    return decoding.fail("start", "the start state does not exist");
  }
  return { start, dfaStart };
}

function readTransitions(decoding: Decoding): readonly string[] | undefined {
  const { reader } = decoding;
  const broken = "the table of exec targets is malformed";
  if (!reader.mark(ELEMENT.STRUCT, "xtable")) return [];
  const count = reader.array();
  if (count === undefined) return decoding.fail("transitions", broken);
  const texts: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const text = reader.string();
    if (text === undefined) return decoding.fail("transitions", broken);
    texts.push(text);
  }
  if (!reader.mark(ELEMENT.ARRAYEND) || !reader.mark(ELEMENT.STRUCTEND)) return decoding.fail("transitions", broken);
  return texts;
}
