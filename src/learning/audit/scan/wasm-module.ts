/** Where the WebAssembly module comes from. The bundle of the commands replaces this file by one that reads it from a file. */
import { WASM_BASE64 } from "./wasm-base64.ts";

declare const atob: (base64: string) => string;

/** The bytes of the module. */
export function readModule(): Uint8Array {
  return Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0));
}
