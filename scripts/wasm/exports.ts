/**
 * The engine of `src/compiler/automata/core` as the functions that an instance exports. An instance is one session or one packer.
 * AssemblyScript: see `build.mjs`.
 */
import { Limits } from "./budget";
import { Int32Vector, Uint16Vector } from "./collections";
import { Core, LITERAL_BYTES } from "./core";
import { Combiner } from "./environment";
import { Packer } from "./packing/packer";

let core: Core = new Core(new Combiner(), new Limits(1, 0));

export function open(maxStates: i32, maxBytes: f64): void {
  core = new Core(new Combiner(), new Limits(maxStates, maxBytes));
}

export function input(): usize {
  return core.input.dataStart;
}

export function inputBytes(): i32 {
  return LITERAL_BYTES;
}

export function pendingSet(): usize {
  return core.pendingSet.dataStart;
}

export function accept(label: i32): i32 {
  return core.accept(label);
}

export function outOfBand(next: i32): i32 {
  return core.outOfBand(next);
}

export function literal(length: i32, next: i32): i32 {
  return core.literal(length, next);
}

export function step(next: i32): i32 {
  return core.step(next);
}

export function star(next: i32): i32 {
  return core.star(next);
}

export function add(term: i32): void {
  core.add(term);
}

export function union(): i32 {
  return core.union();
}

export function build(root: i32): bool {
  return core.build(root);
}

export function stateCount(): i32 {
  return core.tables.outputs.length;
}

export function exceptionCount(): i32 {
  return core.tables.targets.length;
}

export function outputs(): usize {
  return core.tables.outputs.data.dataStart;
}

export function defaults(): usize {
  return core.tables.defaults.data.dataStart;
}

export function rows(): usize {
  return core.tables.rows.data.dataStart;
}

export function symbols(): usize {
  return core.tables.symbols.data.dataStart;
}

export function targets(): usize {
  return core.tables.targets.data.dataStart;
}

export function blameCount(): i32 {
  return core.blame.labels.length;
}

export function blame(): usize {
  return core.blame.labels.data.dataStart;
}

export function headCount(): i32 {
  return core.headCount;
}

export function expandedCount(): i32 {
  return core.expandedCount;
}

export function canonicalCount(): i32 {
  return core.canonicalCount;
}

export function bytes(): f64 {
  return core.bytes;
}

let packer: Packer = new Packer();

/** Makes room for rows, which the owner then writes. */
export function openRows(states: i32, cells: i32): void {
  packer.rows.reset(states, cells);
}

export function rowDefaults(): usize {
  return packer.rows.defaults.data.dataStart;
}

export function rowDifferential(): usize {
  return packer.rows.differential.data.dataStart;
}

export function rowStarts(): usize {
  return packer.rows.starts.data.dataStart;
}

export function rowSymbols(): usize {
  return packer.rows.symbols.data.dataStart;
}

export function rowTargets(): usize {
  return packer.rows.targets.data.dataStart;
}

export function encodeDifferential(): void {
  packer.encodeDifferential();
}

export function storedCount(): i32 {
  return packer.differential.stored.targets.length;
}

export function storedDefaults(): usize {
  return packer.differential.stored.defaults.data.dataStart;
}

export function storedDifferential(): usize {
  return packer.differential.stored.differential.data.dataStart;
}

export function storedStarts(): usize {
  return packer.differential.stored.starts.data.dataStart;
}

export function storedSymbols(): usize {
  return packer.differential.stored.symbols.data.dataStart;
}

export function storedTargets(): usize {
  return packer.differential.stored.targets.data.dataStart;
}

export function pack(): void {
  packer.pack();
}

export function cellCount(): i32 {
  return packer.comb.next.length;
}

export function cellNext(): usize {
  return packer.comb.next.data.dataStart;
}

export function cellCheck(): usize {
  return packer.comb.check.data.dataStart;
}

export function bases(): usize {
  return packer.comb.bases.data.dataStart;
}
