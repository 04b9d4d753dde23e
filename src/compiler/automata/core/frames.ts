/** The stack of a search: states whose component is not known yet, each with its row, in order of their first visit. */
import { Int32Vector, Uint16Vector } from "./collections.ts";
import type { f64, i32 } from "./environment.ts";
import type { Row } from "./row.ts";

export class Frames {
  readonly states: Int32Vector = new Int32Vector();
  /** The earliest frame that is known to be reachable. */
  readonly lows: Int32Vector = new Int32Vector();
  /** The frame from which this one was entered, or -1. */
  readonly parents: Int32Vector = new Int32Vector();
  readonly outputs: Int32Vector = new Int32Vector();
  /** The next target to look at. */
  readonly cursors: Int32Vector = new Int32Vector();
  /** The row of a frame is `starts[frame]..ends[frame]`: first the default (its symbol means nothing), then the exceptions. */
  readonly starts: Int32Vector = new Int32Vector();
  readonly ends: Int32Vector = new Int32Vector();
  readonly symbols: Uint16Vector = new Uint16Vector();
  readonly targets: Int32Vector = new Int32Vector();

  get count(): i32 {
    return this.states.length;
  }

  get bytes(): f64 {
    const perFrame = this.states.bytes + this.lows.bytes + this.parents.bytes + this.outputs.bytes + this.cursors.bytes;
    return perFrame + this.starts.bytes + this.ends.bytes + this.symbols.bytes + this.targets.bytes;
  }

  push(state: i32, parent: i32, row: Row): i32 {
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
  truncate(count: i32): void {
    if (count >= this.count) return;
    const end = this.starts.data[count]!;
    this.symbols.length = end;
    this.targets.length = end;
    this.states.length = count;
    this.lows.length = count;
    this.parents.length = count;
    this.outputs.length = count;
    this.cursors.length = count;
    this.starts.length = count;
    this.ends.length = count;
  }

  loadRow(frame: i32, row: Row): void {
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
