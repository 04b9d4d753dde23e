/**
 * Programs that conditions of `change_profile` name. A kernel looks whether rules name the program that is executed: then they have to name it with
 * the label, otherwise the label alone decides (kernel-abi 7.8). So a rule that names more programs may take away what another rule permits, and a
 * deny rule that takes programs away may give.
 */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import { combineAutomata, type Dfa, firstUncovered, type TooManyStates } from "../../compiler/automata/index.ts";
import { type AccessSet, FileBit, type SetPart } from "../sets/index.ts";
import type { PartChange } from "./parts.ts";

const { change, onexec } = FileBit;

/** Two states: dead, and in a text without NUL. */
const texts: Dfa = {
  stateCount: 2,
  outputs: Uint32Array.of(0, 1),
  defaults: Uint32Array.of(0, 1),
  rows: Uint32Array.of(0, 0, 1),
  symbols: Uint16Array.of(0),
  targets: Uint32Array.of(0),
};

/** Three states: dead, before the path, in it; no path goes on behind a NUL. */
const paths: Dfa = {
  stateCount: 3,
  outputs: Uint32Array.of(0, 0, 1),
  defaults: Uint32Array.of(0, 0, 2),
  rows: Uint32Array.of(0, 0, 1, 2),
  symbols: Uint16Array.of(0x2f, 0),
  targets: Uint32Array.of(2, 0),
};

/** What each side newly permits because rules name other programs. */
export function conditionChange(left: AccessSet, right: AccessSet): Outcome<readonly PartChange[], TooManyStates> {
  // COST: most profiles change to no other at all
  if (!hasLabels(left.file) || !hasLabels(right.file)) return ok([]);
  const [one, other] = [conditionsOf(left.file), conditionsOf(right.file)];
  if (!one.ok) return one;
  if (!other.ok) return other;
  const labels = combineAutomata(one.value.labels, other.value.labels, (own, its) => own & its);
  if (!labels.ok) return labels;
  const looser = isFreed(one.value, other.value, labels.value);
  const stricter = isFreed(other.value, one.value, labels.value);
  if (!looser.ok) return looser;
  if (!stricter.ok) return stricter;
  const direction = looser.value ? (stricter.value ? "both" : "looser") : "stricter";
  if (!looser.value && !stricter.value) return ok([]);
  return ok([{ part: "programs that change_profile rules name", direction, before: "", after: "others" }]);
}

function hasLabels(file: SetPart | undefined): file is SetPart {
  return file?.grants.some(({ bits }) => (bits & change) !== 0) === true;
}

/** Outputs are 1 for what is in the set. */
interface Conditions {
  readonly labels: Dfa;
  readonly programs: Dfa;
  /** A program, NUL, a label. */
  readonly pairs: Dfa;
}

function conditionsOf({ dfa, grants }: SetPart): Outcome<Conditions, TooManyStates> {
  const having = (bit: number): Dfa => ({
    ...dfa,
    outputs: dfa.outputs.map((output) => Number(((grants[output]?.bits ?? 0) & bit) !== 0)),
  });
  const programs = combineAutomata(having(onexec), paths, (has, isPath) => has & isPath);
  const labels = combineAutomata(having(change), texts, (has, isText) => has & isText);
  if (!programs.ok) return programs;
  return labels.ok ? ok({ labels: labels.value, programs: programs.value, pairs: having(onexec) }) : labels;
}

/** Whether a program that only `had` names was refused a label there, which decides alone now. */
function isFreed(had: Conditions, has: Conditions, labels: Dfa): Outcome<boolean, TooManyStates> {
  const gone = combineAutomata(had.programs, has.programs, (own, its) => own & ~its);
  if (!gone.ok) return gone;
  const uncovered = firstUncovered(had.pairs, joined(gone.value, labels));
  return uncovered.ok ? ok(uncovered.value !== undefined) : uncovered;
}

/** An input of the one, NUL, an input of the other; nothing goes on behind a NUL in the one. */
function joined(first: Dfa, second: Dfa): Dfa {
  const shift = first.stateCount - 1;
  const rows = [0];
  const symbols: number[] = [];
  const targets: number[] = [];
  const copy = (dfa: Dfa, state: number, by: number): void => {
    for (let cell = dfa.rows[state] ?? 0; cell < (dfa.rows[state + 1] ?? 0); cell += 1) {
      const target = dfa.targets[cell] ?? 0;
      if (by === 0 && dfa.symbols[cell] === 0) continue;
      symbols.push(dfa.symbols[cell] ?? 0);
      targets.push(target === 0 ? 0 : target + by);
    }
    rows.push(symbols.length);
  };
  for (let state = 0; state < first.stateCount; state += 1) {
    if (state > 0) {
      symbols.push(0);
      targets.push(first.outputs[state] === 0 ? 0 : shift + 1);
    }
    copy(first, state, 0);
  }
  for (let state = 1; state < second.stateCount; state += 1) copy(second, state, shift);
  const shifted = Array.from(second.defaults.subarray(1), (target) => (target === 0 ? 0 : target + shift));
  return {
    stateCount: shift + second.stateCount,
    outputs: Uint32Array.from([...first.outputs.map(() => 0), ...second.outputs.subarray(1)]),
    defaults: Uint32Array.from([...first.defaults, ...shifted]),
    rows: Uint32Array.from(rows),
    symbols: Uint16Array.from(symbols),
    targets: Uint32Array.from(targets),
  };
}
