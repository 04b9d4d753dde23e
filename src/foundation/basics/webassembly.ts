/** WebAssembly where there is any. The libraries of this project have none of its types; this is the part of the standard interface that is used. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly CompileError: new () => Error;
};

declare const atob: (base64: string) => string;

/** Makes instances of a module, which is compiled once; they are `undefined` where there is no WebAssembly, or where it may not be used. */
export function wasmModule(readBytes: () => Uint8Array): (imports: object) => unknown {
  let module: object | undefined;
  return (imports) => {
    // A page may forbid WebAssembly, and Chrome compiles no large module at once on its main thread.
    if (typeof WebAssembly === "undefined") return undefined;
    try {
      module ??= new WebAssembly.Module(readBytes());
      return new WebAssembly.Instance(module, { ...imports, env: { abort: () => undefined } }).exports;
    } catch (thrown) {
      if (thrown instanceof WebAssembly.CompileError || thrown instanceof RangeError) return undefined;
      throw thrown;
    }
  };
}

/** The bytes of a module that is kept as text. */
export function wasmBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
