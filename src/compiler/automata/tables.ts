/** From a canonical state to the table of an automaton, numbered breadth first. */
import type { CanonicalStates } from "./canonical.ts";
import { Int32Vector } from "./collections.ts";
import type { Dfa } from "./types.ts";

/** Takes automata out of canonical states. */
export class TableWriter {
  private readonly canonical: CanonicalStates;
  /** By canonical state: its number in the automaton, 0 for none yet. */
  private readonly numbers = new Int32Vector();
  /** By number less one: the canonical state. */
  private readonly order = new Int32Vector();
  private exceptionCount = 0;

  constructor(canonical: CanonicalStates) {
    this.canonical = canonical;
  }

  /** The automaton that begins in `root`, or undefined if it has more than `maxStates` states. */
  write(root: number, maxStates: number): Dfa | undefined {
    this.numbers.extend(this.canonical.count, 0);
    const isSmall = this.number(root, maxStates);
    const dfa = isSmall ? this.copy() : undefined;
    for (let at = 0; at < this.order.length; at += 1) this.numbers.data[this.order.data[at]!] = 0;
    return dfa;
  }

  /** Numbers what `root` leads to. The start is a state of its own: where the automaton comes back to it, it gets a second number. */
  private number(root: number, maxStates: number): boolean {
    const { canonical, order } = this;
    const starts = canonical.starts.data;
    const targets = canonical.targets.data;
    order.length = 0;
    order.push(root);
    this.exceptionCount = 0;
    for (let done = 0; done < order.length; done += 1) {
      const state = order.data[done]!;
      this.reach(canonical.fallbacks.data[state]!);
      const end = starts[state + 1]!;
      for (let at = starts[state]!; at < end; at += 1) this.reach(targets[at]!);
      this.exceptionCount += end - starts[state]!;
      if (order.length >= maxStates) return order.length < maxStates;
    }
    return true;
  }

  private reach(state: number): void {
    if (state === 0 || this.numbers.data[state] !== 0) return;
    this.order.push(state);
    this.numbers.data[state] = this.order.length;
  }

  private copy(): Dfa {
    const { canonical, order, exceptionCount } = this;
    const numbers = this.numbers.data;
    const stateCount = order.length + 1;
    const outputs = new Uint32Array(stateCount);
    const defaults = new Uint32Array(stateCount);
    const rows = new Uint32Array(stateCount + 1);
    const symbols = new Uint16Array(exceptionCount);
    const targets = new Uint32Array(exceptionCount);
    let length = 0;
    for (let number = 1; number < stateCount; number += 1) {
      const state = order.data[number - 1]!;
      outputs[number] = canonical.outputs.data[state]!;
      defaults[number] = numbers[canonical.fallbacks.data[state]!]!;
      const end = canonical.starts.data[state + 1]!;
      for (let at = canonical.starts.data[state]!; at < end; at += 1) {
        symbols[length] = canonical.symbols.data[at]!;
        targets[length] = numbers[canonical.targets.data[at]!]!;
        length += 1;
      }
      rows[number + 1] = length;
    }
    return { stateCount, outputs, defaults, rows, symbols, targets };
  }
}
