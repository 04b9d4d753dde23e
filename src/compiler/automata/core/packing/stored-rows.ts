/** The rows of a table before it is packed: of each state its default and its own cells. */
import { Int32Vector, Uint16Vector } from "../collections.ts";
import type { i32 } from "../environment.ts";

/** Symbols ascend within a row; the out-of-band symbol is last. */
export class StoredRows {
  /** By state: the default target, or, for a differential state, the state it refers to. */
  readonly defaults: Int32Vector = new Int32Vector();
  /** By state: 1 for a differential one. */
  readonly differential: Int32Vector = new Int32Vector();
  /** The cells of state s are `symbols[starts[s]..starts[s+1])`, with `targets` beside them. */
  readonly starts: Int32Vector = new Int32Vector();
  readonly symbols: Uint16Vector = new Uint16Vector();
  readonly targets: Int32Vector = new Int32Vector();

  get stateCount(): i32 {
    return this.defaults.length;
  }

  /** Makes room for so many states and cells, all 0. */
  reset(states: i32, cells: i32): void {
    this.defaults.reset(states, 0);
    this.differential.reset(states, 0);
    this.starts.reset(states + 1, 0);
    this.symbols.reset(cells);
    this.targets.reset(cells, 0);
  }
}
