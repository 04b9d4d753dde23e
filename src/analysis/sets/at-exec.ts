/**
 * Which program may be run under which label, as a kernel decides it (kernel-abi 7.8). The label must be allowed by itself; a program that
 * rules name must have it as its own besides, and to any other the label alone is what counts.
 *
 * From an automaton that has all three (programs, labels, programs with labels) comes one whose inputs are a program, NUL, a label: a state
 * behind the NUL is where the pair is and where the label alone is.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type Dfa, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { FileBit, GrantTable, nothing } from "./grants.ts";
import type { SetPart } from "./types.ts";

/** What outputs mean. */
interface ExecLaw {
  /** Of where a program leads: whether rules name it. */
  readonly isNamed: (program: number) => boolean;
  /** What comes of all three; where the program is not named, `pair` counts for nothing but what is said of it. */
  readonly join: (program: number, pair: number, label: number) => number;
}

const MOST_STATES = 2 ** 20;

/** State 1 is where programs begin; outputs are 0 before the NUL. Errors: too many states. Cost: pairs of states and their exceptions. */
export function atExec(dfa: Dfa, { isNamed, join }: ExecLaw): Outcome<Dfa, TooManyStates> {
  /** In a program of which no rule speaks. */
  const lost = dfa.stateCount;
  const behind: { readonly program: number; readonly pair: number; readonly label: number }[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (program: number, pair: number, label: number): number => {
    if (label === 0 || (pair === 0 && isNamed(program))) return 0;
    const key = `${program} ${pair} ${label}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    behind.push({ program, pair, label });
    numbers.set(key, lost + behind.length);
    return lost + behind.length;
  };
  const writer = new RowWriter();
  writer.add(0, 0, []);
  const alive = (state: number): number => (state === 0 ? lost : state);
  for (let state = 1; state < dfa.stateCount; state += 1) {
    const own = namedBytes(dfa, state).filter((byte) => byte !== 0);
    const cells = own.map((byte): Cell => [byte, alive(step(dfa, state, byte))]);
    const nul = numberOf(dfa.outputs[state] ?? 0, step(dfa, state, 0), 1);
    writer.add(0, alive(dfa.defaults[state] ?? 0), [[0, nul], ...cells]);
  }
  writer.add(0, lost, [[0, numberOf(0, 0, 1)]]);
  for (let at = 0; at < behind.length; at += 1) {
    if (behind.length > MOST_STATES) return fail({ kind: "too-many-states", limit: MOST_STATES });
    const { program, pair, label } = behind[at]!;
    const next = (byte: number): number => numberOf(program, step(dfa, pair, byte), step(dfa, label, byte));
    const rest = numberOf(program, dfa.defaults[pair] ?? 0, dfa.defaults[label] ?? 0);
    const bytes = [...new Set([...namedBytes(dfa, pair), ...namedBytes(dfa, label)])].filter((byte) => byte !== 0);
    const cells = bytes.toSorted((one, other) => one - other).map((byte): Cell => [byte, next(byte)]);
    const output = join(program, dfa.outputs[pair] ?? 0, dfa.outputs[label] ?? 0);
    writer.add(output, rest, [[0, 0], ...cells]);
  }
  return ok(writer.dfa());
}

function namedBytes({ rows, symbols }: Dfa, state: number): readonly number[] {
  return Array.from(symbols.subarray(rows[state], rows[state + 1])).filter((symbol) => symbol < 256);
}

type Cell = readonly [byte: number, target: number];

class RowWriter {
  private readonly outputs: number[] = [];
  private readonly defaults: number[] = [];
  private readonly rows = [0];
  private readonly symbols: number[] = [];
  private readonly targets: number[] = [];

  add(output: number, rest: number, cells: readonly Cell[]): void {
    this.outputs.push(output);
    this.defaults.push(rest);
    for (const [symbol, target] of cells) {
      if (target === rest) continue;
      this.symbols.push(symbol);
      this.targets.push(target);
    }
    this.rows.push(this.symbols.length);
  }

  dfa(): Dfa {
    return {
      stateCount: this.outputs.length,
      outputs: Uint32Array.from(this.outputs),
      defaults: Uint32Array.from(this.defaults),
      rows: Uint32Array.from(this.rows),
      symbols: Uint16Array.from(this.symbols),
      targets: Uint32Array.from(this.targets),
    };
  }
}

const known = new WeakMap<SetPart, Outcome<SetPart, TooManyStates>>();

/** The pairs of a set that come to be at exec, and nothing else. */
export function partAtExec(part: SetPart): Outcome<SetPart, TooManyStates> {
  const before = known.get(part) ?? computed(part);
  known.set(part, before);
  return before;
}

function computed({ dfa, grants }: SetPart): Outcome<SetPart, TooManyStates> {
  const { onexec } = FileBit;
  const table = new GrantTable();
  const has = (output: number): boolean => ((grants[output]?.bits ?? 0) & onexec) !== 0;
  const changed = { ...nothing, bits: onexec, others: onexec };
  // COST: of outputs it is only asked whether they have the one bit
  const plain = { ...dfa, outputs: dfa.outputs.map((output) => Number(has(output))) };
  const made = atExec(plain, {
    isNamed: (program) => program !== 0,
    join: (program, pair, label) => (label !== 0 && (program === 0 || pair !== 0) ? table.number(changed) : 0),
  });
  return made.ok ? ok({ dfa: made.value, grants: table.grants, isAtExec: true }) : made;
}
