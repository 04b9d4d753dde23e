/** Opens the engine in the faster of its two forms: WebAssembly where it may be used, else JavaScript. */
import { openScriptEngine, openScriptPacker } from "./javascript.ts";
import type { Engine, EngineOptions, RowPacker } from "./types.ts";
import { openWasmEngine, openWasmPacker } from "./webassembly.ts";

/** A session of its own. */
export function openEngine(options: EngineOptions): Engine {
  return openWasmEngine(options) ?? openScriptEngine(options);
}

let packer: RowPacker | undefined;

/** The packer; it keeps nothing from one call to the next. */
export function rowPacker(): RowPacker {
  return (packer ??= openWasmPacker() ?? openScriptPacker());
}
