/**
 * A compiled profile made ready for very many questions: each automaton as one array, a row for each state and a column for each class of
 * bytes that it never tells apart. A step is one lookup, where `step` searches the exceptions of a row; what a state permits is worked out once.
 */
import { byteClasses, type Dfa, step } from "../../compiler/automata/index.ts";
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledProfile,
  MediationClass,
  permissionsOf,
  startState,
} from "../../compiler/compiled/index.ts";
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import { kernelPermissions, mediates, queryProfile } from "./query.ts";

/** Answers as `queryProfile` does. */
export type Decider = (classNumber: number, data: Uint8Array, isOwner: boolean) => CompiledPermissionEntry | undefined;

/** Cells an array may have; larger automata are asked row by row. */
const MOST_CELLS = 2 ** 24;

/**
 * Makes a profile ready.
 *
 * Cost: states × byte classes once; then a lookup for each byte of a question.
 *
 * @example
 * const decide = createDecider(profile, "7.2");
 * decide(MediationClass.file, encodeBytes("/etc/passwd"), false)?.allow;
 */
export function createDecider(profile: CompiledProfile, kernel: KernelGeneration): Decider {
  const { file, policydb, version } = profile;
  const files = file && walkerOf(file.dfa);
  const others = policydb && walkerOf(policydb.dfa);
  const rowByRow: Decider = (classNumber, data, isOwner) =>
    queryProfile(profile, classNumber, data, { kernel, isOwner });
  if ((file !== undefined && files === undefined) || (policydb !== undefined && others === undefined)) return rowByRow;
  const owner = file && remembered((state) => permissionsOf(file, state, "owner"));
  const other = file && remembered((state) => permissionsOf(file, state, "other"));
  const messages =
    policydb && remembered((state) => kernelPermissions(policydb, state, "policydb", { kernel, version }));
  const fileStart = file === undefined ? 0 : startState(file, "file");
  const starts = policydb === undefined ? undefined : classStarts(policydb);
  const isDbusMediated = kernel !== "7.2" || mediates(profile, MediationClass.networkV9);
  return (classNumber, data, isOwner) => {
    if (classNumber === MediationClass.file) {
      if (files === undefined || owner === undefined || other === undefined)
        return rowByRow(classNumber, data, isOwner);
      const state = files(fileStart, data);
      return isOwner ? owner(state) : other(state);
    }
    const start = starts?.[classNumber] ?? 0;
    if (others === undefined || messages === undefined || start === 0) return rowByRow(classNumber, data, isOwner);
    if (classNumber === MediationClass.dbus && !isDbusMediated) return undefined;
    return messages(others(start, data));
  };
}

function classStarts(policydb: CompiledAutomaton): Uint32Array {
  const start = startState(policydb, "policydb");
  return Uint32Array.from({ length: 256 }, (_, number) => step(policydb.dfa, start, number));
}

type Walk = (start: number, data: Uint8Array) => number;

function walkerOf(dfa: Dfa): Walk | undefined {
  const classes = byteClasses(dfa);
  const width = 1 + classes.reduce((most, one) => Math.max(most, one), 0);
  if (dfa.stateCount * width > MOST_CELLS) return undefined;
  // a cell holds where the next row starts
  const cells = new Uint32Array(dfa.stateCount * width);
  for (let state = 0; state < dfa.stateCount; state += 1) {
    const row = state * width;
    cells.fill(dfa.defaults[state]! * width, row, row + width);
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
      const symbol = dfa.symbols[at]!;
      if (symbol < 256) cells[row + classes[symbol]!] = dfa.targets[at]! * width;
    }
  }
  return (start, data) => {
    let row = start * width;
    for (let at = 0; at < data.length; at += 1) row = cells[row + classes[data[at]!]!]!;
    return row / width;
  };
}

function remembered(compute: (state: number) => CompiledPermissionEntry): (state: number) => CompiledPermissionEntry {
  const known: (CompiledPermissionEntry | undefined)[] = [];
  return (state) => (known[state] ??= compute(state));
}
