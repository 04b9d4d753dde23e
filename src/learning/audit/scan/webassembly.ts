/** The scan in WebAssembly: the same text as `core/`, compiled ahead of time, so that it is fast from the first line on. */
import type { Scan } from "./types.ts";
import { readModule } from "./wasm-module.ts";

type Tables = "window" | "entry" | "integers" | "floats" | "staged";

/** What an instance exports; addresses are in bytes from the start of its memory. See `scripts/wasm/scan-exports.ts`. */
interface Exports
  extends
    Omit<Scan, Tables>,
    Record<Tables | "windowBytes" | "entryBytes" | "integerCount" | "floatCount" | "stagedBytes", () => number> {
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
  };
}

let module: object | undefined;

function instantiate(): Exports | undefined {
  // A page may forbid WebAssembly, and Chrome compiles no large module at once on its main thread.
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    module ??= new WebAssembly.Module(readModule());
    const imports = { env: { abort: () => undefined } };
    // INVARIANT: the module was made from scripts/wasm/scan-exports.ts.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its exports are is known there
    return new WebAssembly.Instance(module, imports).exports as Exports;
  } catch (thrown) {
    if (thrown instanceof WebAssembly.CompileError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** The part of the standard interface that is used; the libraries of this project have none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly CompileError: new () => Error;
};
