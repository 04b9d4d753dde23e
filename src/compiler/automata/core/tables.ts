/**
 * From a canonical state to the table of an automaton, numbered breadth first from 1, so that the number of a state depends on its
 * language alone and not on what the session built before. The example: 1 = c5, 2 = c4, 3 = c1, 4 = c2, 5 = c3.
 */
import type { CanonicalStates } from "./canonical.ts";
import { Int32Vector, Uint16Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";

/** Takes automata out of canonical states. */
export class TableWriter {
  private readonly canonical: CanonicalStates;
  /** By canonical state: its number in the automaton, 0 for none yet. */
  private readonly numbers: Int32Vector = new Int32Vector();
  /** By number less one: the canonical state. */
  private readonly order: Int32Vector = new Int32Vector();
  /** What was written last, as `Dfa` has it. */
  readonly outputs: Int32Vector = new Int32Vector();
  readonly defaults: Int32Vector = new Int32Vector();
  readonly rows: Int32Vector = new Int32Vector();
  readonly symbols: Uint16Vector = new Uint16Vector();
  readonly targets: Int32Vector = new Int32Vector();

  constructor(canonical: CanonicalStates) {
    this.canonical = canonical;
  }

  /** Writes the automaton that begins in `root`; false if it has more than `maxStates` states. */
  write(root: i32, maxStates: i32): boolean {
    this.numbers.extend(this.canonical.count, 0);
    const isSmall = this.number(root, maxStates);
    if (isSmall) this.copy();
    for (let at = 0; at < this.order.length; at += 1) this.numbers.data[this.order.data[at]!] = 0;
    return isSmall;
  }

  /** Numbers what `root` leads to. The start is a state of its own: where the automaton comes back to it, it gets a second number. */
  private number(root: i32, maxStates: i32): boolean {
    const canonical = this.canonical;
    const order = this.order;
    const starts = canonical.starts.data;
    const targets = canonical.targets.data;
    order.length = 0;
    order.push(root);
    for (let done = 0; done < order.length; done += 1) {
      const state = order.data[done]!;
      this.reach(canonical.fallbacks.data[state]!);
      const end = starts[state + 1]!;
      for (let at = starts[state]!; at < end; at += 1) this.reach(targets[at]!);
      if (order.length >= maxStates) return order.length < maxStates;
    }
    return true;
  }

  private reach(state: i32): void {
    if (state === 0 || this.numbers.data[state] !== 0) return;
    this.order.push(state);
    this.numbers.data[state] = this.order.length;
  }

  private copy(): void {
    const canonical = this.canonical;
    const order = this.order;
    const numbers = this.numbers.data;
    this.clear();
    for (let index = 0; index < order.length; index += 1) {
      const state = order.data[index]!;
      this.outputs.push(canonical.outputs.data[state]!);
      this.defaults.push(numbers[canonical.fallbacks.data[state]!]!);
      const end = canonical.starts.data[state + 1]!;
      for (let at = canonical.starts.data[state]!; at < end; at += 1) {
        this.symbols.push(canonical.symbols.data[at]!);
        this.targets.push(numbers[canonical.targets.data[at]!]!);
      }
      this.rows.push(this.targets.length);
    }
  }

  /** Nothing but the dead state. */
  private clear(): void {
    this.symbols.length = 0;
    this.targets.length = 0;
    this.outputs.reset(1, 0);
    this.defaults.reset(1, 0);
    this.rows.reset(2, 0);
  }
}
