/** The engine in plain JavaScript. */
import { fail, ok } from "../../../foundation/basics/index.ts";
import { Limits } from "../core/budget.ts";
import type { Int32Vector } from "../core/collections.ts";
import { Core, LITERAL_BYTES } from "../core/core.ts";
import { Combiner } from "../core/environment.ts";
import { Packer } from "../core/packing/packer.ts";
import type { StoredRows } from "../core/packing/stored-rows.ts";
import type { TableWriter } from "../core/tables.ts";
import type { Engine, EngineOptions, EngineTables, PlainRows, RowPacker } from "./types.ts";

/** A session in JavaScript. */
export function openScriptEngine(options: EngineOptions): Engine {
  const core = new Core(new Combiner(options.combine), new Limits(options.maxStates, options.maxBytes));
  return {
    accept: (label) => core.accept(label),
    outOfBand: (next) => core.outOfBand(next),
    literal: (bytes, next) => {
      let term = next;
      for (let end = bytes.length; end > 0; end -= LITERAL_BYTES) {
        const piece = bytes.subarray(Math.max(0, end - LITERAL_BYTES), end);
        core.input.set(piece);
        term = core.literal(piece.length, term);
      }
      return term;
    },
    step: (set, next) => {
      core.pendingSet.set(set);
      return core.step(next);
    },
    star: (set, next) => {
      core.pendingSet.set(set);
      return core.star(next);
    },
    union: (terms) => {
      for (const term of terms) core.add(term);
      return core.union();
    },
    build: (root) => (core.build(root) ? ok(tablesOf(core.tables)) : fail(labelsOf(core))),
    statistics: () => ({
      heads: core.headCount,
      expanded: core.expandedCount,
      canonical: core.canonicalCount,
      bytes: core.bytes,
    }),
  };
}

function labelsOf({ blame: { labels } }: Core): readonly number[] {
  return Array.from(labels.data.subarray(0, labels.length));
}

/** What the writer wrote last. */
export function tablesOf(tables: TableWriter): EngineTables {
  return {
    stateCount: tables.outputs.length,
    outputs: unsigned(tables.outputs),
    defaults: unsigned(tables.defaults),
    rows: unsigned(tables.rows),
    symbols: tables.symbols.data.slice(0, tables.symbols.length),
    targets: unsigned(tables.targets),
  };
}

function unsigned({ data, length }: Int32Vector): Uint32Array {
  return new Uint32Array(data.subarray(0, length));
}

/** A packer in JavaScript. */
export function openScriptPacker(): RowPacker {
  const packer = new Packer();
  const read = (plain: PlainRows): void => {
    const { rows } = packer;
    rows.reset(plain.defaults.length, plain.targets.length);
    rows.defaults.data.set(plain.defaults);
    rows.differential.data.set(plain.differential);
    rows.starts.data.set(plain.rows);
    rows.symbols.data.set(plain.symbols);
    rows.targets.data.set(plain.targets);
  };
  return {
    encodeDifferential: (plain) => {
      read(plain);
      packer.encodeDifferential();
      return rowsOf(packer.differential.stored);
    },
    packComb: (stored) => {
      read(stored);
      packer.pack();
      const { bases, next, check } = packer.comb;
      return { bases: bases.data.slice(0, bases.length), next: unsigned(next), check: unsigned(check) };
    },
  };
}

function rowsOf({ defaults, differential, starts, symbols, targets }: StoredRows): PlainRows {
  return {
    defaults: unsigned(defaults),
    differential: Uint8Array.from(differential.data.subarray(0, differential.length)),
    rows: unsigned(starts),
    symbols: symbols.data.slice(0, symbols.length),
    targets: unsigned(targets),
  };
}
