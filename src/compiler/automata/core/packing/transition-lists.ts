/** Of each transition (symbol and target) the states that have it, ascending. */
import { fold, Int32Vector } from "../collections.ts";
import type { i32 } from "../environment.ts";
import { leadingZeros } from "../environment.ts";
import { OUT_OF_BAND_SYMBOL } from "../row.ts";
import { StoredRows } from "./stored-rows.ts";

/**
 * States looked at from each end of a list, and lists looked at for a state. COST: three times as many make the tables of all of
 * Debian's policy 0.2 % smaller and take 7 % longer.
 */
const LIST_ENDS: i32 = 4;
const MAX_LISTS: i32 = 6;

export class TransitionLists {
  /** What `collect` found. */
  readonly found: Int32Vector = new Int32Vector();
  private rows: StoredRows = new StoredRows();
  /** By cell: the list of its transition. */
  private readonly listOf: Int32Vector = new Int32Vector();
  /** The states of list l: `states[starts[l]..starts[l+1])`. */
  private readonly starts: Int32Vector = new Int32Vector();
  private readonly states: Int32Vector = new Int32Vector();
  /** Open addressing over the cells: a slot holds the first cell of its transition + 1. */
  private readonly slots: Int32Vector = new Int32Vector();
  private readonly rarest: Int32Vector = new Int32Vector();

  /** Makes the lists of these rows. */
  read(rows: StoredRows): void {
    const cells = rows.targets.length;
    this.rows = rows;
    this.rarest.reset(MAX_LISTS, 0);
    this.found.reset(2 * LIST_ENDS * MAX_LISTS, 0);
    this.numberTransitions();
    // Two places further on, so that filling the lists leaves their starts where they belong.
    for (let list = 2; list < this.starts.length; list += 1) this.starts.increase(list, this.starts.data[list - 1]!);
    this.states.reset(cells, 0);
    for (let state = 0; state < rows.stateCount; state += 1) {
      const end = rows.starts.data[state + 1]!;
      for (let cell = rows.starts.data[state]!; cell < end; cell += 1) {
        const list = this.listOf.data[cell]! + 1;
        this.states.data[this.starts.data[list]!] = state;
        this.starts.increase(list, 1);
      }
    }
  }

  /** Puts states that share a transition with `state` into `found`, from the rarest lists, some twice; gives how many. */
  collect(state: i32): i32 {
    const rows = this.rows;
    const end = rows.starts.data[state + 1]!;
    let lists = 0;
    for (let cell = rows.starts.data[state]!; cell < end; cell += 1) {
      const list = this.listOf.data[cell]!;
      // Most transitions are one state's own.
      if (rows.symbols.data[cell] !== OUT_OF_BAND_SYMBOL && this.sizeOf(list) > 1) lists = this.keepRarest(list, lists);
    }
    let count = 0;
    for (let index = 0; index < lists; index += 1) count = this.takeEnds(this.rarest.data[index]!, count);
    return count;
  }

  /** Numbers equal transitions alike, and counts the states of each. */
  private numberTransitions(): void {
    const symbols = this.rows.symbols.data;
    const targets = this.rows.targets.data;
    const cells = this.rows.targets.length;
    const mask = (1 << (32 - leadingZeros(2 * cells + 2))) - 1;
    let lists = 0;
    this.slots.reset(mask + 1, 0);
    this.listOf.reset(cells, 0);
    this.starts.reset(2, 0);
    for (let cell = 0; cell < cells; cell += 1) {
      let slot = fold(targets[cell]!, symbols[cell]!) & mask;
      let first = this.slots.data[slot]!;
      while (first !== 0 && (symbols[first - 1] !== symbols[cell] || targets[first - 1] !== targets[cell])) {
        slot = (slot + 1) & mask;
        first = this.slots.data[slot]!;
      }
      let list = lists;
      if (first === 0) {
        this.slots.data[slot] = cell + 1;
        this.starts.push(0);
        lists += 1;
      } else list = this.listOf.data[first - 1]!;
      this.listOf.data[cell] = list;
      this.starts.increase(list + 2, 1);
    }
  }

  private takeEnds(list: i32, count: i32): i32 {
    const start = this.starts.data[list]!;
    const end = this.starts.data[list + 1]!;
    let taken = count;
    for (let at = start; at < end; at += 1) {
      if (at === start + LIST_ENDS && end - LIST_ENDS > at) at = end - LIST_ENDS;
      this.found.data[taken] = this.states.data[at]!;
      taken += 1;
    }
    return taken;
  }

  /** Inserts a list among the rarest so far, in order of length, then number; gives how many there are now. */
  private keepRarest(list: i32, count: i32): i32 {
    const size = this.sizeOf(list);
    const rarest = this.rarest.data;
    let place = count;
    while (place > 0) {
      const other = rarest[place - 1]!;
      const difference = size - this.sizeOf(other);
      if (difference > 0 || (difference === 0 && list > other)) break;
      if (place < MAX_LISTS) rarest[place] = other;
      place -= 1;
    }
    if (place < MAX_LISTS) rarest[place] = list;
    return count < MAX_LISTS ? count + 1 : MAX_LISTS;
  }

  private sizeOf(list: i32): i32 {
    return this.starts.data[list + 1]! - this.starts.data[list]!;
  }
}
