/** The engine in WebAssembly: the same text as `core/`, compiled ahead of time, so that it is fast from its first state on. */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import type { Dfa, Label } from "./types.ts";
import { readModule } from "./wasm-module.ts";

/** What an instance exports; addresses are in bytes from the start of its memory. See `scripts/wasm/automata.ts`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly open: (maxStates: number, maxBytes: number) => void;
  readonly input: () => number;
  readonly inputBytes: () => number;
  readonly pendingSet: () => number;
  readonly accept: (label: number) => number;
  readonly outOfBand: (next: number) => number;
  readonly literal: (length: number, next: number) => number;
  readonly step: (next: number) => number;
  readonly star: (next: number) => number;
  readonly add: (term: number) => void;
  readonly union: () => number;
  readonly build: (root: number) => number;
  readonly stateCount: () => number;
  readonly exceptionCount: () => number;
  readonly outputs: () => number;
  readonly defaults: () => number;
  readonly rows: () => number;
  readonly symbols: () => number;
  readonly targets: () => number;
  readonly blameCount: () => number;
  readonly blame: () => number;
  readonly headCount: () => number;
  readonly expandedCount: () => number;
  readonly canonicalCount: () => number;
  readonly bytes: () => number;
}

/** An engine in WebAssembly; `undefined` where there is none, or where it may not be used. */
export function openWasmEngine(options: EngineOptions): Engine | undefined {
  const { combine, maxStates, maxBytes } = options;
  const labelsAt = (address: number, length: number): readonly Label[] =>
    Array.from(new Int32Array(exports.memory.buffer, address, length));
  const owner = { combine: (address: number, length: number) => combine(labelsAt(address, length)) };
  const instance = instantiate({ owner, env: { abort: () => undefined } });
  if (instance === undefined) return undefined;
  const exports = instance;
  exports.open(maxStates, maxBytes);
  const inputAddress = exports.input();
  const inputBytes = exports.inputBytes();
  const setAddress = exports.pendingSet();
  const putSet = (set: Uint32Array): void => {
    const words = new Uint32Array(exports.memory.buffer, setAddress, 8);
    for (let word = 0; word < 8; word += 1) words[word] = set[word] ?? 0;
  };
  return {
    accept: exports.accept,
    outOfBand: exports.outOfBand,
    literal: (bytes, next) => {
      let term = next;
      for (let end = bytes.length; end > 0; end -= inputBytes) {
        const start = Math.max(0, end - inputBytes);
        new Uint8Array(exports.memory.buffer, inputAddress, end - start).set(bytes.subarray(start, end));
        term = exports.literal(end - start, term);
      }
      return term;
    },
    step: (set, next) => {
      putSet(set);
      return exports.step(next);
    },
    star: (set, next) => {
      putSet(set);
      return exports.star(next);
    },
    union: (terms) => {
      for (const term of terms) exports.add(term);
      return exports.union();
    },
    build: (root): Outcome<Dfa, readonly Label[]> =>
      exports.build(root) === 1 ? ok(tablesOf(exports)) : fail(labelsAt(exports.blame(), exports.blameCount())),
    statistics: () => ({
      terms: exports.headCount(),
      expanded: exports.expandedCount(),
      canonical: exports.canonicalCount(),
      bytes: exports.bytes(),
    }),
  };
}

let module: object | undefined;

function instantiate(imports: object): Exports | undefined {
  // A page may forbid WebAssembly, and Chrome compiles no large module at once on its main thread.
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    module ??= new WebAssembly.Module(readModule());
    // INVARIANT: the module was made from scripts/wasm/automata.ts.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its exports are is known there
    return new WebAssembly.Instance(module, imports).exports as Exports;
  } catch (thrown) {
    if (thrown instanceof WebAssembly.CompileError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function tablesOf(exports: Exports): Dfa {
  const { buffer } = exports.memory;
  const stateCount = exports.stateCount();
  const exceptionCount = exports.exceptionCount();
  const words = (address: number, length: number): Uint32Array => new Uint32Array(buffer, address, length).slice();
  return {
    stateCount,
    outputs: words(exports.outputs(), stateCount),
    defaults: words(exports.defaults(), stateCount),
    rows: words(exports.rows(), stateCount + 1),
    symbols: new Uint16Array(buffer, exports.symbols(), exceptionCount).slice(),
    targets: words(exports.targets(), exceptionCount),
  };
}

/** The part of the standard interface that is used; the libraries of this project have none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly CompileError: new () => Error;
};
