/**
 * Accept bits of states to outputs of an automaton and back. An output is a distinct pair of accept and accept2; output 0 is what a state
 * has that accepts nothing: 0 and 0, or with a table of owner pairs 0 and 1 (there the dead state and the start state
 * have 0 and 0 nevertheless; their output is 0 too).
 */
import type { TableSet } from "./table-set.ts";

/** `accept` and `accept2` by output. */
interface OutputBits {
  readonly outputs: Uint32Array;
  readonly accept: Uint32Array;
  readonly accept2: Uint32Array;
}

/** Numbers the distinct pairs of bits in order of the first state that has them. */
export function assignOutputs(tables: Pick<TableSet, "accept" | "accept2">, isTable: boolean): OutputBits {
  const { accept } = tables;
  const accept2 = tables.accept2 ?? new Uint32Array(accept.length);
  const plain = isTable && accept.some((bits, state) => state > 1 && bits === 0 && accept2[state] === 1) ? 1 : 0;
  const numbers = new Map<number, Map<number, number>>([[0, new Map([[plain, 0]])]]);
  const pairs: [number, number][] = [[0, plain]];
  const outputs = new Uint32Array(accept.length);
  for (let state = 0; state < accept.length; state += 1) {
    const first = accept[state]!;
    const second = accept2[state]!;
    if (state < 2 && first === 0 && second === 0) continue;
    let seconds = numbers.get(first);
    if (seconds === undefined) numbers.set(first, (seconds = new Map()));
    let output = seconds.get(second);
    if (output === undefined) {
      output = pairs.length;
      seconds.set(second, output);
      pairs.push([first, second]);
    }
    outputs[state] = output;
  }
  return {
    outputs,
    accept: Uint32Array.from(pairs, ([first]) => first),
    accept2: Uint32Array.from(pairs, ([, second]) => second),
  };
}
