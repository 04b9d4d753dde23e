/** The stack of a search: states whose component is not known yet, each with its row, in order of their first visit. */
import { Int32Vector, sumBytes, Uint16Vector } from "./collections.ts";
import type { Row } from "./row.ts";

export class Frames {
  readonly states = new Int32Vector();
  /** The earliest frame that is known to be reachable. */
  readonly lows = new Int32Vector();
  /** The frame from which this one was entered, or -1. */
  readonly parents = new Int32Vector();
  readonly outputs = new Int32Vector();
  /** The next target to look at. */
  readonly cursors = new Int32Vector();
  /** The row of a frame is `starts[frame]..ends[frame]`: first the default (its symbol means nothing), then the exceptions. */
  readonly starts = new Int32Vector();
  readonly ends = new Int32Vector();
  readonly symbols = new Uint16Vector();
  readonly targets = new Int32Vector();

  get count(): number {
    return this.states.length;
  }

  get bytes(): number {
    const { states, lows, parents, outputs, cursors, starts, ends, symbols, targets } = this;
    return sumBytes([states, lows, parents, outputs, cursors, starts, ends, symbols, targets]);
  }

  push(state: number, parent: number, row: Row): number {
    const frame = this.count;
    this.states.push(state);
    this.lows.push(frame);
    this.parents.push(parent);
    this.outputs.push(row.output);
    this.cursors.push(this.targets.length);
    this.starts.push(this.targets.length);
    this.symbols.push(0);
    this.targets.push(row.fallback);
    for (let at = 0; at < row.count; at += 1) {
      this.symbols.push(row.symbols[at]!);
      this.targets.push(row.targets[at]!);
    }
    this.ends.push(this.targets.length);
    return frame;
  }

  /** Forgets the frames from `count` on. */
  truncate(count: number): void {
    if (count >= this.count) return;
    const end = this.starts.data[count]!;
    this.symbols.length = end;
    this.targets.length = end;
    const lists = [this.states, this.lows, this.parents, this.outputs, this.cursors, this.starts, this.ends];
    for (const list of lists) list.length = count;
  }

  loadRow(frame: number, row: Row): void {
    const start = this.starts.data[frame]!;
    const end = this.ends.data[frame]!;
    row.output = this.outputs.data[frame]!;
    row.fallback = this.targets.data[start]!;
    row.count = end - start - 1;
    for (let at = 0; at < row.count; at += 1) {
      row.symbols[at] = this.symbols.data[start + 1 + at]!;
      row.targets[at] = this.targets.data[start + 1 + at]!;
    }
  }
}
