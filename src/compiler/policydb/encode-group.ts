/** One automaton with its permissions and exec targets as the group of fields of kernel-abi 4. */
import { byteClasses, OUT_OF_BAND_SYMBOL, type PlainRows, rowPacker, rowsByClass } from "../automata/index.ts";
import {
  type CompiledAutomaton,
  type CompiledLayout,
  type CompiledPermissionEntry,
  type CompiledPermissions,
  type CompiledTags,
  fieldsOf,
} from "../compiled/index.ts";
import { packComb } from "./packed-tables.ts";
import { canonicalTable } from "./permission-table.ts";
import { ELEMENT } from "./reader.ts";
import { encodeTables, FLAG_DIFFERENTIAL, FLAG_OUT_OF_BAND } from "./table-set.ts";
import { StreamWriter } from "./writer.ts";

/** Most states of tables of 16 bits (kernel-abi 6.2). Wider ones only from here on: all kernels but 7.2 refuse them. */
const MAX_NARROW = 0xfffe;

/**
 * An automaton with its permissions as it is in a stream, wherever in one: the padding before the tables depends on the place, so tables and
 * fields are apart, and a cache can keep both. Only other writers have `starts` after it.
 */
export interface EncodedAutomaton {
  /** The fields before the tables, whole elements. */
  readonly fields: Uint8Array;
  readonly tables: Uint8Array;
  readonly transitions: readonly string[];
}

/**
 * Writes a group in the order in which kernels read it:
 *
 *     [tags] [perms [permsv]] "aadfa" BLOB (padding, tables) ["start" U32] ["dfa_start" U32] [xtable]
 */
export function writeGroup(
  writer: StreamWriter,
  automaton: CompiledAutomaton | EncodedAutomaton,
  isXmatch: boolean,
): void {
  const { fields, tables, transitions } = "tables" in automaton ? automaton : encodeAutomaton(automaton, isXmatch);
  writer.elements(fields);
  writer.blob(tables, { name: "aadfa", aligned: true });
  const starts = "starts" in automaton ? automaton.starts : undefined;
  if (starts?.start !== undefined) writer.u32(starts.start, "start");
  if (starts?.dfaStart !== undefined) writer.u32(starts.dfaStart, "dfa_start");
  if (transitions.length > 0) writeTransitions(writer, transitions);
}

/** Encodes an automaton apart from any profile; its `starts` are left out. Cost: O(cells), most of what encoding a policy costs. */
export function encodeAutomaton(automaton: CompiledAutomaton, isXmatch: boolean): EncodedAutomaton {
  const permissions = automaton.layout === undefined ? canonicalTable(automaton) : automaton.permissions;
  const layout = automaton.layout ?? layOut(automaton, permissions, isXmatch);
  const writer = new StreamWriter();
  if (automaton.tags !== undefined) writeTags(writer, automaton.tags);
  if (permissions.kind === "table") writePermissionTable(writer, permissions.entries, permissions.version);
  return {
    fields: writer.finish(),
    tables: encodeLayout(layout, automaton.layout !== undefined && automaton.diffEncoded),
    transitions: automaton.transitions,
  };
}

function encodeLayout(layout: CompiledLayout, isFlagged: boolean): Uint8Array {
  // the header's flag may be set where no state uses it: what was decoded comes out as it went in
  const isDifferential = isFlagged || layout.differential.includes(1);
  const isOutOfBand = layout.symbols.includes(OUT_OF_BAND_SYMBOL);
  return encodeTables({
    ...packComb(layout),
    flags: (isDifferential ? FLAG_DIFFERENTIAL : 0) | (isOutOfBand ? FLAG_OUT_OF_BAND : 0),
    accept: layout.accept,
    accept2: layout.accept2,
    classes: layout.classes,
    defaults: layout.defaults,
    wide: layout.wide,
  });
}

/** Our own layout of an automaton; the same automaton always gets the same. */
function layOut(automaton: CompiledAutomaton, permissions: CompiledPermissions, isXmatch: boolean): CompiledLayout {
  const { dfa } = automaton;
  const plain: PlainRows = { ...dfa, differential: new Uint8Array(dfa.stateCount) };
  const classes = automaton.equivalenceClasses ? byteClasses(dfa) : undefined;
  const rows = classes === undefined ? plain : rowsByClass(plain, classes);
  // KERNEL 7.2: attachments are matched without following chains (kernel-abi D2)
  const stored = automaton.diffEncoded && !isXmatch ? rowPacker().encodeDifferential(rows) : rows;
  const { differential, defaults, symbols, targets } = stored;
  return {
    defaults,
    differential,
    rows: stored.rows,
    symbols,
    targets,
    classes,
    wide: dfa.stateCount > MAX_NARROW,
    ...acceptTables(automaton, permissions),
  };
}

/**
 * What each state accepts with. INVARIANT: with a table the dead and the start state have 0, whatever they give: entry 0 is the dead state's,
 * and nothing asks at the start state (compile-semantics D16).
 */
function acceptTables(
  { dfa }: CompiledAutomaton,
  permissions: CompiledPermissions,
): Pick<CompiledLayout, "accept" | "accept2"> {
  const isTable = permissions.kind === "table";
  const accepted = isTable ? permissions.index : permissions.accept;
  const accept = each(dfa.outputs, accepted);
  const accept2 = permissions.accept2 && each(dfa.outputs, permissions.accept2);
  for (const state of [0, 1]) {
    if (!isTable && dfa.outputs[state] !== 0) continue;
    accept[state] = 0;
    if (accept2 !== undefined) accept2[state] = 0;
  }
  return { accept, accept2 };
}

/** COST: a loop, for it goes through all states, and V8 interprets most of that: a call for each is three times as long. */
function each(outputs: Uint32Array, values: ArrayLike<number>): Uint32Array {
  const accepted = new Uint32Array(outputs.length);
  for (let state = 0; state < outputs.length; state += 1) accepted[state] = values[outputs[state]!] ?? 0;
  return accepted;
}

function writePermissionTable(
  writer: StreamWriter,
  entries: readonly CompiledPermissionEntry[],
  version: number | undefined,
): void {
  // the version inside is that of the table's form and always 1; `permsv` is that of its meaning (kernel-abi 4.2)
  writer.mark(ELEMENT.STRUCT, "perms");
  writer.u32(1, "version");
  writer.array(entries.length);
  for (const entry of entries) for (const field of fieldsOf(entry)) writer.u32(field);
  writer.mark(ELEMENT.ARRAYEND);
  writer.mark(ELEMENT.STRUCTEND);
  if (version !== undefined) writer.u32(version, "permsv");
}

/** The exec targets; an automaton without any has no table: K6.1 refuses one outside the file rules (kernel-abi 4). */
function writeTransitions(writer: StreamWriter, transitions: readonly string[]): void {
  writer.mark(ELEMENT.STRUCT, "xtable");
  writer.array(transitions.length);
  for (const text of transitions) writer.string(text);
  writer.mark(ELEMENT.ARRAYEND);
  writer.mark(ELEMENT.STRUCTEND);
}

function writeTags(writer: StreamWriter, tags: CompiledTags): void {
  writer.mark(ELEMENT.STRUCT, "tags");
  writer.u32(1, "version");
  writer.mark(ELEMENT.STRUCT, "strs");
  writer.array(tags.strings.length);
  for (const text of tags.strings) writer.string(text);
  writer.mark(ELEMENT.ARRAYEND);
  writer.mark(ELEMENT.STRUCTEND);
  writer.array(tags.headers.length, "hdrs");
  for (const header of tags.headers) for (const field of header) writer.u32(field);
  writer.mark(ELEMENT.ARRAYEND);
  writer.array(tags.sets.length, "sets");
  for (const member of tags.sets) writer.u32(member);
  writer.mark(ELEMENT.ARRAYEND);
  writer.mark(ELEMENT.STRUCTEND);
}
