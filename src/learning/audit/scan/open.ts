/** Opens the scan in the faster of its two forms: WebAssembly where it may be used, else JavaScript. */
import { openScriptScan } from "./javascript.ts";
import type { Scan } from "./types.ts";
import { openWasmScan } from "./webassembly.ts";

/** The scan at the start of a log. */
export function openScan(): Scan {
  return openWasmScan() ?? openScriptScan();
}
