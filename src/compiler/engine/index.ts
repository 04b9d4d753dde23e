/**
 * In: patterns as terms, rows of tables. Out: minimal automata, packed tables. The same text (`core/`) runs as JavaScript and,
 * where that is allowed, as WebAssembly, which is fast from the first state on; both give the same numbers.
 * Must not know: permissions, AppArmor, any format, the profile language.
 */
import { openScriptEngine, openScriptPacker } from "./javascript.ts";
import type { Engine, EngineOptions, RowPacker } from "./types.ts";
import { openWasmEngine, openWasmPacker } from "./webassembly.ts";

export { Int32Vector, fold, Index } from "./core/collections.ts";
export { CanonicalStates } from "./core/canonical.ts";
export { OUT_OF_BAND_SYMBOL, type Row } from "./core/row.ts";
export { Search } from "./core/search.ts";
export { type StateBudget, type StateSource, UNKNOWN } from "./core/states.ts";
export { TableWriter } from "./core/tables.ts";
export { openScriptEngine, openScriptPacker, tablesOf } from "./javascript.ts";
export { openWasmEngine, openWasmPacker } from "./webassembly.ts";
export type {
  Engine,
  EngineOptions,
  EngineStatistics,
  EngineTables,
  PackedRows,
  PlainRows,
  RowPacker,
} from "./types.ts";

/** A session of its own. */
export function openEngine(options: EngineOptions): Engine {
  return openWasmEngine(options) ?? openScriptEngine(options);
}

let packer: RowPacker | undefined;

/** The packer; it keeps nothing from one call to the next. */
export function rowPacker(): RowPacker {
  return (packer ??= openWasmPacker() ?? openScriptPacker());
}
