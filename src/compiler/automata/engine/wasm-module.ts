/** Where the WebAssembly module comes from. The bundle of the commands replaces this file by one that reads it from a file. */
import { wasmBytes } from "../../../foundation/basics/index.ts";
import { WASM_BASE64 } from "./wasm-base64.ts";

/** The bytes of the module. */
export function readModule(): Uint8Array {
  return wasmBytes(WASM_BASE64);
}
