/** The engine in WebAssembly: the same text as `core/`, compiled ahead of time, so that it is fast from its first state on. */
import { fail, ok, wasmModule } from "../../../foundation/basics/index.ts";
import type { Engine, EngineOptions, EngineTables, PlainRows, RowPacker } from "./types.ts";
import { readModule } from "./wasm-module.ts";

/** What an instance exports; addresses are in bytes from the start of its memory. See `scripts/wasm/exports.ts`. */
interface Exports extends Record<Question | Address, () => number> {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly open: (maxStates: number, maxBytes: number) => void;
  readonly accept: (label: number) => number;
  readonly outOfBand: (next: number) => number;
  readonly literal: (length: number, next: number) => number;
  readonly step: (next: number) => number;
  readonly star: (next: number) => number;
  readonly add: (term: number) => void;
  readonly union: () => number;
  readonly build: (root: number) => number;
  readonly openRows: (states: number, cells: number) => void;
  readonly encodeDifferential: () => void;
  readonly pack: () => void;
}

type Question =
  | "inputBytes"
  | "stateCount"
  | "exceptionCount"
  | "blameCount"
  | "headCount"
  | "expandedCount"
  | "canonicalCount"
  | "bytes"
  | "storedCount"
  | "cellCount";

type Address =
  | ("input" | "pendingSet" | "blame" | "outputs" | "defaults" | "rows" | "symbols" | "targets")
  | ("rowDefaults" | "rowDifferential" | "rowStarts" | "rowSymbols" | "rowTargets")
  | ("storedDefaults" | "storedDifferential" | "storedStarts" | "storedSymbols" | "storedTargets")
  | ("cellNext" | "cellCheck" | "bases");

/** A session in WebAssembly; `undefined` where there is none, or where it may not be used. */
export function openWasmEngine({ combine, maxStates, maxBytes }: EngineOptions): Engine | undefined {
  const exports: Exports | undefined = instantiate((address, length) =>
    exports === undefined ? 0 : combine(numbersAt(exports, address, length)),
  );
  if (exports === undefined) return undefined;
  exports.open(maxStates, maxBytes);
  const inputAddress = exports.input();
  const inputBytes = exports.inputBytes();
  const setAddress = exports.pendingSet() >> 2;
  let bytes = new Uint8Array(0);
  let memory = new Uint32Array(0);
  // COST: a view of the memory lasts until it grows; making one for each literal takes longer than the literal.
  const look = (): void => {
    if (bytes.length > 0) return;
    bytes = new Uint8Array(exports.memory.buffer);
    memory = new Uint32Array(exports.memory.buffer);
  };
  const putSet = (set: Uint32Array): void => {
    look();
    memory.set(set, setAddress);
  };
  return {
    accept: exports.accept,
    outOfBand: exports.outOfBand,
    literal: (text, next) => {
      let term = next;
      for (let end = text.length; end > 0; end -= inputBytes) {
        const piece =
          end <= inputBytes && end === text.length ? text : text.subarray(Math.max(0, end - inputBytes), end);
        look();
        bytes.set(piece, inputAddress);
        term = exports.literal(piece.length, term);
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
    build: (root) =>
      exports.build(root) === 1
        ? ok(tablesOf(exports))
        : fail(numbersAt(exports, exports.blame(), exports.blameCount())),
    statistics: () => ({
      heads: exports.headCount(),
      expanded: exports.expandedCount(),
      canonical: exports.canonicalCount(),
      bytes: exports.bytes(),
    }),
  };
}

const instanceOf = wasmModule(readModule);

function instantiate(combine: (address: number, length: number) => number): Exports | undefined {
  // INVARIANT: the module was made from scripts/wasm/exports.ts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its exports are is known there
  return instanceOf({ owner: { combine } }) as Exports | undefined;
}

function numbersAt(exports: Exports, address: number, length: number): readonly number[] {
  return Array.from(new Int32Array(exports.memory.buffer, address, length));
}

function copyNumbers(exports: Exports, address: number, length: number): Uint32Array {
  return new Uint32Array(exports.memory.buffer, address, length).slice();
}

function copySymbols(exports: Exports, address: number, length: number): Uint16Array {
  return new Uint16Array(exports.memory.buffer, address, length).slice();
}

function tablesOf(exports: Exports): EngineTables {
  const stateCount = exports.stateCount();
  const exceptionCount = exports.exceptionCount();
  return {
    stateCount,
    outputs: copyNumbers(exports, exports.outputs(), stateCount),
    defaults: copyNumbers(exports, exports.defaults(), stateCount),
    rows: copyNumbers(exports, exports.rows(), stateCount + 1),
    symbols: copySymbols(exports, exports.symbols(), exceptionCount),
    targets: copyNumbers(exports, exports.targets(), exceptionCount),
  };
}

/** A packer in WebAssembly; `undefined` where there is none, or where it may not be used. */
export function openWasmPacker(): RowPacker | undefined {
  // A packer has no labels.
  const exports = instantiate(() => 0);
  if (exports === undefined) return undefined;
  return {
    encodeDifferential: (plain) => {
      writeRows(exports, plain);
      exports.encodeDifferential();
      const states = plain.defaults.length;
      const cells = exports.storedCount();
      return {
        defaults: copyNumbers(exports, exports.storedDefaults(), states),
        differential: Uint8Array.from(copyNumbers(exports, exports.storedDifferential(), states)),
        rows: copyNumbers(exports, exports.storedStarts(), states + 1),
        symbols: copySymbols(exports, exports.storedSymbols(), cells),
        targets: copyNumbers(exports, exports.storedTargets(), cells),
      };
    },
    packComb: (stored) => {
      writeRows(exports, stored);
      exports.pack();
      const cells = exports.cellCount();
      return {
        bases: new Int32Array(copyNumbers(exports, exports.bases(), stored.defaults.length).buffer),
        next: copyNumbers(exports, exports.cellNext(), cells),
        check: copyNumbers(exports, exports.cellCheck(), cells),
      };
    },
  };
}

function writeRows(exports: Exports, { defaults, differential, rows, symbols, targets }: PlainRows): void {
  exports.openRows(defaults.length, targets.length);
  const { buffer } = exports.memory;
  new Uint32Array(buffer, exports.rowDefaults(), defaults.length).set(defaults);
  new Uint32Array(buffer, exports.rowDifferential(), differential.length).set(differential);
  new Uint32Array(buffer, exports.rowStarts(), rows.length).set(rows);
  new Uint16Array(buffer, exports.rowSymbols(), symbols.length).set(symbols);
  new Uint32Array(buffer, exports.rowTargets(), targets.length).set(targets);
}
