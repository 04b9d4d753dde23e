/** The scan in WebAssembly: the same text as `core/`, compiled ahead of time, so that it is fast from the first line on. */
import { wasmModule } from "../../../foundation/basics/index.ts";
import type { Scan } from "./types.ts";
import { readModule } from "./wasm-module.ts";

type Tables = "window" | "entry" | "integers" | "floats" | "staged" | "gaps" | "tallies" | "touched";

/** What an instance exports; addresses are in bytes from the start of its memory. See `scripts/wasm/scan-exports.ts`. */
interface Exports
  extends
    Omit<Scan, Tables>,
    Record<
      | Tables
      | "windowBytes"
      | "entryBytes"
      | "integerCount"
      | "floatCount"
      | "stagedBytes"
      | "gapNumbers"
      | "tallyNumbers"
      | "touchedNumbers",
      () => number
    > {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** `undefined` where there is no WebAssembly, or where it may not be used. */
export function openWasmScan(): Scan | undefined {
  const exports = instantiate();
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory;
  // INVARIANT: the memory has grown as far as it ever will when an instance is made, so these last.
  return {
    ...exports,
    window: new Uint8Array(buffer, exports.window(), exports.windowBytes()),
    entry: new Uint8Array(buffer, exports.entry(), exports.entryBytes()),
    integers: new Int32Array(buffer, exports.integers(), exports.integerCount()),
    floats: new Float64Array(buffer, exports.floats(), exports.floatCount()),
    staged: new Uint8Array(buffer, exports.staged(), exports.stagedBytes()),
    gaps: new Float64Array(buffer, exports.gaps(), exports.gapNumbers()),
    tallies: new Float64Array(buffer, exports.tallies(), exports.tallyNumbers()),
    touched: new Int32Array(buffer, exports.touched(), exports.touchedNumbers()),
  };
}

const instanceOf = wasmModule(readModule);

function instantiate(): Exports | undefined {
  // INVARIANT: the module was made from scripts/wasm/scan-exports.ts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its exports are is known there
  return instanceOf({}) as Exports | undefined;
}
