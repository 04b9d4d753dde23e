/**
 * The table set of an automaton (kernel-abi 6.1-6.5): bytes to typed arrays and back, with the checks the kernel makes.
 *
 *     magic u32 | hsize u32 | ssize u32 | flags u16 | "notflex\0" | padding        all numbers big endian
 *     then per table: id u16 | width u16 | hilen u32 | lolen u32 | data | padding to 8
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";

/** Values are widened to 32 bits; `wide` says whether DEFAULT, NEXT and CHECK are so in the bytes. */
export interface TableSet {
  readonly flags: number;
  readonly accept: Uint32Array;
  readonly accept2: Uint32Array | undefined;
  readonly classes: Uint8Array | undefined;
  readonly base: Uint32Array;
  readonly defaults: Uint32Array;
  readonly next: Uint32Array;
  readonly check: Uint32Array;
  readonly wide: boolean;
}

const TABLES_MAGIC = 0x1b5e783d;
export const FLAG_DIFFERENTIAL = 1;
export const FLAG_OUT_OF_BAND = 2;
export const BASE_INDEX = 0x00ffffff;
export const BASE_OUT_OF_BAND = 0x20000000;
export const BASE_DIFFERENTIAL = 0x80000000;
/** Bits 24-27 mean nothing, 28 and 30 are the kernel's own marks (kernel-abi 6.3). */
const BASE_INVALID = 0x5f000000;

const ACCEPT = 1;
const BASE = 2;
const CHECK = 3;
const DEFAULT = 4;
const CLASSES = 5;
const ACCEPT2 = 7;
const NEXT = 8;
const HEADER_BYTES = 24;

/** What is wrong with a table set; `offset` counts from its first byte. */
export interface TableFault {
  readonly offset: number;
  readonly message: string;
}

interface RawTable {
  readonly offset: number;
  readonly width: number;
  readonly values: Uint32Array;
}

/** Parses and checks structure and content: afterwards every index a walk can form is inside its table. Cost: O(bytes). */
export function decodeTables(bytes: Uint8Array): Outcome<TableSet, TableFault> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // KERNEL: nothing behind the flags is read of the header, so 14 bytes are the shortest one
  if (bytes.length < HEADER_BYTES - 10) return fail({ offset: 0, message: "the table set has no header" });
  if (view.getUint32(0) !== TABLES_MAGIC) return fail({ offset: 0, message: "the table set has the wrong magic" });
  const headerBytes = view.getUint32(4);
  if (headerBytes > bytes.length || headerBytes < 14)
    return fail({ offset: 4, message: "the table header is too long" });
  const flags = view.getUint16(12);
  if ((flags & ~3) !== 0) return fail({ offset: 12, message: "the table set has unknown flags" });
  const tables = splitTables(view, headerBytes);
  if (!tables.ok) return tables;
  const set = assemble(flags, tables.value);
  if (!set.ok) return set;
  const fault = checkContent(set.value);
  return fault === undefined ? set : fail(fault);
}

function splitTables(view: DataView, start: number): Outcome<ReadonlyMap<number, RawTable>, TableFault> {
  const tables = new Map<number, RawTable>();
  let at = start;
  while (at < view.byteLength) {
    if (at + 12 > view.byteLength) return fail({ offset: at, message: "a table header is cut off" });
    const id = view.getUint16(at);
    const width = view.getUint16(at + 2);
    const length = view.getUint32(at + 8);
    const size = Math.ceil((12 + length * width) / 8) * 8;
    if (!widthsOf(id).includes(width)) return fail({ offset: at, message: `table ${id} of width ${width} is unknown` });
    if (tables.has(id)) return fail({ offset: at, message: `table ${id} is there twice` });
    if (length === 0) return fail({ offset: at, message: `table ${id} is empty` });
    if (id === CLASSES && length !== 256) return fail({ offset: at, message: "the class table has not 256 elements" });
    if (at + size > view.byteLength) return fail({ offset: at, message: `table ${id} is cut off` });
    tables.set(id, { offset: at, width, values: readValues(view, at + 12, length, width) });
    at += size;
  }
  return ok(tables);
}

function widthsOf(id: number): readonly number[] {
  if (id === ACCEPT || id === ACCEPT2 || id === BASE) return [4];
  if (id === CLASSES) return [1];
  return id === DEFAULT || id === NEXT || id === CHECK ? [2, 4] : [];
}

function readValues(view: DataView, at: number, length: number, width: number): Uint32Array {
  const values = new Uint32Array(length);
  if (width === 2) for (let i = 0; i < length; i += 1) values[i] = view.getUint16(at + 2 * i);
  else if (width === 4) for (let i = 0; i < length; i += 1) values[i] = view.getUint32(at + 4 * i);
  else for (let i = 0; i < length; i += 1) values[i] = view.getUint8(at + i);
  return values;
}

function assemble(flags: number, tables: ReadonlyMap<number, RawTable>): Outcome<TableSet, TableFault> {
  const accept = tables.get(ACCEPT);
  const base = tables.get(BASE);
  const defaults = tables.get(DEFAULT);
  const next = tables.get(NEXT);
  const check = tables.get(CHECK);
  if (!accept || !base || !defaults || !next || !check)
    return fail({ offset: 0, message: "a mandatory table is missing" });
  const accept2 = tables.get(ACCEPT2);
  const classes = tables.get(CLASSES);
  const states = base.values.length;
  for (const table of [accept, defaults, accept2 ?? accept]) {
    if (table.values.length !== states)
      return fail({ offset: table.offset, message: "tables of states differ in length" });
  }
  if (next.values.length !== check.values.length) {
    return fail({ offset: check.offset, message: "the tables of cells differ in length" });
  }
  return ok({
    flags,
    accept: accept.values,
    accept2: accept2?.values,
    classes: classes === undefined ? undefined : Uint8Array.from(classes.values),
    base: base.values,
    defaults: defaults.values,
    next: next.values,
    check: check.values,
    wide: defaults.width === 4 || next.width === 4 || check.width === 4,
  });
}

function checkContent(set: TableSet): TableFault | undefined {
  const states = set.base.length;
  const cells = set.next.length;
  // KERNEL 6.1 and 6.12 take one state here and refuse its start state later, all with EPROTO (kernel-abi 5, 6.5)
  if (states < 2) return { offset: 0, message: "an automaton needs at least two states" };
  for (let cell = 0; cell < cells; cell += 1) {
    if (set.next[cell]! >= states || set.check[cell]! >= states) {
      return { offset: 0, message: `cell ${cell} names a state that does not exist` };
    }
  }
  for (let state = 0; state < states; state += 1) {
    const message = stateFault(set, state);
    if (message !== undefined) return { offset: 0, message: `state ${state} ${message}` };
  }
  return hasChainCycle(set) ? { offset: 0, message: "a chain of relative states runs in a circle" } : undefined;
}

function stateFault(set: TableSet, state: number): string | undefined {
  const entry = set.base[state]!;
  const index = entry & BASE_INDEX;
  if (set.defaults[state]! >= set.base.length) return "has a default that does not exist";
  if ((entry & BASE_INVALID) !== 0) return "has unknown bits in its base entry";
  if ((entry & BASE_DIFFERENTIAL) !== 0 && (set.flags & FLAG_DIFFERENTIAL) === 0)
    return "is relative, the header does not say so";
  if ((entry & BASE_OUT_OF_BAND) !== 0 && ((set.flags & FLAG_OUT_OF_BAND) === 0 || index === 0)) {
    return "has an out-of-band transition that cannot be";
  }
  // also for states without transitions and with fewer classes: the kernel's walk looks nothing up that is not there (kernel-abi 6.5)
  return index + 255 >= set.next.length ? "reaches beyond the cells" : undefined;
}

/** Whether some chain of differential states never ends: a walk along it would hang the kernel. Cost: O(states), each state is walked once. */
function hasChainCycle(set: TableSet): boolean {
  const mark = new Uint32Array(set.base.length); // 0 not seen, else the walk that saw it
  for (let start = 0; start < set.base.length; start += 1) {
    let state = start;
    while (mark[state] === 0 && (set.base[state]! & BASE_DIFFERENTIAL) !== 0) {
      mark[state] = start + 1;
      state = set.defaults[state]!;
    }
    if ((set.base[state]! & BASE_DIFFERENTIAL) !== 0 && mark[state] === start + 1) return true;
  }
  return false;
}

/** The bytes of a table set in the order of tables that the reference compiler writes. The length is a multiple of 8. */
export function encodeTables(set: TableSet): Uint8Array {
  const width = set.wide ? 4 : 2;
  const tables: readonly (readonly [id: number, width: number, values: ArrayLike<number>])[] = [
    [ACCEPT, 4, set.accept],
    ...(set.accept2 === undefined ? [] : [[ACCEPT2, 4, set.accept2] as const]),
    ...(set.classes === undefined ? [] : [[CLASSES, 1, set.classes] as const]),
    [BASE, 4, set.base],
    [DEFAULT, width, set.defaults],
    [NEXT, width, set.next],
    [CHECK, width, set.check],
  ];
  const size = tables.reduce((sum, [, each, values]) => sum + tableBytes(each, values.length), HEADER_BYTES);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TABLES_MAGIC);
  view.setUint32(4, HEADER_BYTES);
  view.setUint32(8, size);
  view.setUint16(12, set.flags);
  bytes.set(encodeBytes("notflex"), 14);
  let at = HEADER_BYTES;
  for (const [id, each, values] of tables) {
    view.setUint16(at, id);
    view.setUint16(at + 2, each);
    view.setUint32(at + 8, values.length);
    writeValues(view, at + 12, values, each);
    at += tableBytes(each, values.length);
  }
  return bytes;
}

function tableBytes(width: number, length: number): number {
  return Math.ceil((12 + width * length) / 8) * 8;
}

function writeValues(view: DataView, at: number, values: ArrayLike<number>, width: number): void {
  if (width === 2) for (let i = 0; i < values.length; i += 1) view.setUint16(at + 2 * i, values[i]!);
  else if (width === 4) for (let i = 0; i < values.length; i += 1) view.setUint32(at + 4 * i, values[i]!);
  else for (let i = 0; i < values.length; i += 1) view.setUint8(at + i, values[i]!);
}
