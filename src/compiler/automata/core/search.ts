/**
 * Minimisation on the way back: Tarjan's strongly connected components, found in reverse topological order, so that all a
 * component leads to is canonical before the component is. Rows live on the stack of the search and go when it is popped: they are
 * most of the memory, and once a state is canonical nobody asks for its row again.
 *
 * Hence no partition refinement over whole automata: states of different components that are equal find each other by their
 * canonical rows. In the example t15, t16 and t17 reach each other through their defaults, a and b: one component, made canonical
 * first; then t18, which leads there, then t14, then t13, each by its row alone.
 *
 * The depth-first search has its own stack (`frames.ts`): a literal of 4,000 bytes is as many states deep, and calls would overflow.
 */
import type { CanonicalStates } from "./canonical.ts";
import { Components } from "./component.ts";
import type { Int32Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { Frames } from "./frames.ts";
import { Row } from "./row.ts";
import { type StateBudget, type StateSource, UNKNOWN } from "./states.ts";

/** A state on the stack has the result `ON_STACK - frame`. */
const ON_STACK: i32 = -2;

export class Search {
  private readonly source: StateSource;
  /** By state of the source: its canonical state, `UNKNOWN`, or its place on the stack. */
  private readonly results: Int32Vector;
  private readonly canonical: CanonicalStates;
  private readonly budget: StateBudget;
  private readonly frames: Frames;
  private readonly components: Components;
  private readonly row: Row = new Row();

  /** `results` are the source's: it makes room for its states. */
  constructor(source: StateSource, results: Int32Vector, canonical: CanonicalStates, budget: StateBudget) {
    this.results = results;
    const frames = new Frames();
    this.frames = frames;
    this.source = source;
    this.canonical = canonical;
    this.budget = budget;
    this.components = new Components(frames, canonical);
  }

  /** The canonical state of `root`, or -1 if it cannot be afforded; then `results` may hold places on the stack. */
  run(root: i32): i32 {
    const results = this.results;
    if (results.data[root] === UNKNOWN && !this.walk(root)) {
      this.frames.truncate(0);
      return -1;
    }
    return results.data[root]!;
  }

  private walk(root: i32): boolean {
    const frames = this.frames;
    const results = this.results;
    let frame = this.enter(root, -1);
    // INVARIANT: a state is not closed before it was found affordable, so a refused pattern never gets a canonical state.
    if (!this.budget.isStateAffordable(frames)) return false;
    while (frame >= 0) {
      const cursor = frames.cursors.data[frame]!;
      if (cursor === frames.ends.data[frame]) {
        frame = this.leave(frame);
        continue;
      }
      frames.cursors.data[frame] = cursor + 1;
      const target = frames.targets.data[cursor]!;
      const result = results.data[target]!;
      if (result >= 0) continue;
      if (result === UNKNOWN) {
        frame = this.enter(target, frame);
        if (!this.budget.isStateAffordable(frames)) return false;
      } else if (ON_STACK - result < frames.lows.data[frame]!) frames.lows.data[frame] = ON_STACK - result;
    }
    return true;
  }

  private enter(state: i32, parent: i32): i32 {
    this.source.expand(state, this.row);
    const frame = this.frames.push(state, parent, this.row);
    this.results.data[state] = ON_STACK - frame;
    return frame;
  }

  /** All targets of the frame are done; gives the frame to go on with. */
  private leave(frame: i32): i32 {
    const frames = this.frames;
    const parent = frames.parents.data[frame]!;
    const low = frames.lows.data[frame]!;
    if (low === frame) this.close(frame);
    else if (low < frames.lows.data[parent]!) frames.lows.data[parent] = low;
    return parent;
  }

  /** The frames from `first` on are a component: makes it canonical and pops it. */
  private close(first: i32): void {
    const frames = this.frames;
    const size = frames.count - first;
    const isLoop = this.makeRelative(first);
    const data = this.results.data;
    if (size === 1) {
      frames.loadRow(first, this.row);
      const canonical = this.canonical;
      const row = this.row;
      data[frames.states.data[first]!] = isLoop ? canonical.internLoop(row) : canonical.internPlain(row);
    } else {
      const states = this.components.intern(first);
      for (let place = 0; place < size; place += 1) data[frames.states.data[first + place]!] = states[place]!;
    }
    frames.truncate(first);
  }

  /** Turns the targets of the component into relative ones (see `canonical.ts`); whether any lies in the component. */
  private makeRelative(first: i32): boolean {
    const targets = this.frames.targets.data;
    const results = this.results.data;
    let isLoop = false;
    for (let at = this.frames.starts.data[first]!; at < this.frames.targets.length; at += 1) {
      const result = results[targets[at]!]!;
      if (result >= 0) targets[at] = result;
      else {
        targets[at] = ~(ON_STACK - result - first);
        isLoop = true;
      }
    }
    return isLoop;
  }
}
