/**
 * Components of several states, made canonical: either the component is one that is known (its states may even have
 * transitions into that known component), or it is refined inside itself, its classes are numbered breadth first from a root that only depends on the
 * language, and the numbered component is looked up among the known ones.
 *
 * Numbering breadth first in order of symbols is what makes the form canonical: two components of one language get the same numbers
 * from the same root, so that comparing them is comparing rows, not looking for an isomorphism.
 */
import type { CanonicalStates } from "./canonical.ts";
import { fold, Int32Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import type { Frames } from "./frames.ts";
import { Refinement } from "./refinement.ts";
import { Row } from "./row.ts";

export class Components {
  private readonly frames: Frames;
  private readonly canonical: CanonicalStates;
  private readonly refinement: Refinement;
  private readonly row: Row = new Row();
  /** By place: the canonical state. */
  private readonly images: Int32Vector = new Int32Vector();
  private readonly queue: Int32Vector = new Int32Vector();
  /** Which known component was looked at last for which component; by first state. */
  private readonly visits: Int32Vector = new Int32Vector();
  private visit: i32 = 0;
  /** By class: its number breadth first, or -1. */
  private readonly numbers: Int32Vector = new Int32Vector();
  private readonly order: Int32Vector = new Int32Vector();

  constructor(frames: Frames, canonical: CanonicalStates) {
    this.frames = frames;
    this.canonical = canonical;
    this.refinement = new Refinement(frames);
  }

  /** By place, the canonical states of the component that the frames from `first` on are, with relative targets. */
  intern(first: i32): Int32Array {
    const size = this.frames.count - first;
    this.images.length = 0;
    this.images.extend(size, -1);
    if (!this.embedAmongTargets(first)) this.internRefined(first, size);
    return this.images.data;
  }

  /**
   * Looks for the component among those its states lead to; that may have more states, some of which are then reached directly.
   * It must be found here: refinement takes a target outside to differ from every state inside.
   */
  private embedAmongTargets(first: i32): boolean {
    const frames = this.frames;
    const canonical = this.canonical;
    this.visit += 1;
    this.visits.extend(canonical.count, 0);
    for (let at = frames.starts.data[first]!; at < frames.targets.length; at += 1) {
      const target = frames.targets.data[at]!;
      if (target < 0) continue;
      const start = canonical.componentStarts.data[target]!;
      const knownSize = canonical.componentSizes.data[target]!;
      if (knownSize === 0 || this.visits.data[start] === this.visit) continue;
      this.visits.data[start] = this.visit;
      for (let state = start; state < start + knownSize; state += 1) if (this.embeds(first, state)) return true;
    }
    return false;
  }

  /** Whether place 0 equals the canonical `state`; then `images` tells what each place equals. */
  private embeds(first: i32, state: i32): boolean {
    const images = this.images;
    const queue = this.queue;
    queue.length = 0;
    images.data[0] = state;
    queue.push(0);
    let isEqual = true;
    for (let done = 0; isEqual && done < queue.length; done += 1) {
      const place = queue.data[done]!;
      isEqual = this.matchRows(first + place, images.data[place]!);
    }
    if (!isEqual) for (let at = 0; at < queue.length; at += 1) images.data[queue.data[at]!] = -1;
    return isEqual;
  }

  /** Compares a frame with a canonical state byte by byte, noting what targets would have to equal. */
  private matchRows(frame: i32, state: i32): boolean {
    const frames = this.frames;
    const canonical = this.canonical;
    if (frames.outputs.data[frame] !== canonical.outputs.data[state]) return false;
    const start = frames.starts.data[frame]!;
    const end = frames.ends.data[frame]!;
    const stateEnd = canonical.starts.data[state + 1]!;
    const fallback = frames.targets.data[start]!;
    const stateFallback = canonical.fallbacks.data[state]!;
    let at = start + 1;
    let stateAt = canonical.starts.data[state]!;
    let bytes = 0;
    while (at < end || stateAt < stateEnd) {
      const symbol = at < end ? frames.symbols.data[at]! : 512;
      const stateSymbol = stateAt < stateEnd ? canonical.symbols.data[stateAt]! : 512;
      const next = Math.min(symbol, stateSymbol);
      const isByte = next < 256;
      const target = symbol === next ? frames.targets.data[at]! : isByte ? fallback : 0;
      const stateTarget = stateSymbol === next ? canonical.targets.data[stateAt]! : isByte ? stateFallback : 0;
      if (!this.matchTargets(target, stateTarget)) return false;
      if (symbol === next) at += 1;
      if (stateSymbol === next) stateAt += 1;
      if (isByte) bytes += 1;
    }
    return bytes === 256 || this.matchTargets(fallback, stateFallback);
  }

  private matchTargets(target: i32, stateTarget: i32): boolean {
    if (target >= 0) return target === stateTarget;
    const place = ~target;
    const image = this.images.data[place]!;
    if (image >= 0) return image === stateTarget;
    this.images.data[place] = stateTarget;
    this.queue.push(place);
    return true;
  }

  private internRefined(first: i32, size: i32): void {
    const refinement = this.refinement;
    const canonical = this.canonical;
    const images = this.images;
    const classes = refinement.run(first);
    let start = 0;
    if (classes === 1) {
      refinement.loadClass(0, this.row);
      start = canonical.internLoop(this.row);
      images.data.fill(start, 0, size);
      return;
    }
    const hash = this.number(refinement.root(), classes);
    start = this.findKnown(hash, classes);
    if (start < 0) start = this.addNew(hash, classes);
    for (let place = 0; place < size; place += 1) {
      images.data[place] = start + this.numbers.data[refinement.classOf(place)]!;
    }
  }

  /** Numbers the classes breadth first, of each the default first, and gives the hash of the numbered component. */
  private number(root: i32, classes: i32): i32 {
    const numbers = this.numbers;
    const order = this.order;
    const row = this.row;
    numbers.length = 0;
    numbers.extend(classes, -1);
    order.length = 0;
    this.reach(~root);
    let hash = classes;
    for (let done = 0; done < order.length; done += 1) {
      this.refinement.loadClass(order.data[done]!, row);
      this.reach(row.fallback);
      for (let at = 0; at < row.count; at += 1) this.reach(row.targets[at]!);
      this.renumber();
      hash = fold(hash, row.hash());
    }
    return hash;
  }

  private reach(target: i32): void {
    if (target >= 0 || this.numbers.data[~target]! >= 0) return;
    this.numbers.data[~target] = this.order.length;
    this.order.push(~target);
  }

  /** Replaces classes by their numbers in `row`. */
  private renumber(): void {
    const row = this.row;
    const numbers = this.numbers;
    if (row.fallback < 0) row.fallback = ~numbers.data[~row.fallback]!;
    for (let at = 0; at < row.count; at += 1) {
      if (row.targets[at]! < 0) row.targets[at] = ~numbers.data[~row.targets[at]!]!;
    }
  }

  private loadNumbered(number: i32): void {
    this.refinement.loadClass(this.order.data[number]!, this.row);
    this.renumber();
  }

  private findKnown(hash: i32, classes: i32): i32 {
    const canonical = this.canonical;
    canonical.seekComponent(hash);
    for (let known = canonical.nextComponent(); known >= 0; known = canonical.nextComponent()) {
      if (canonical.componentSizes.data[known] !== classes) continue;
      let isEqual = true;
      for (let number = 0; isEqual && number < classes; number += 1) {
        this.loadNumbered(number);
        isEqual = canonical.hasRow(known + number, this.row, known);
      }
      if (isEqual) return known;
    }
    return -1;
  }

  private addNew(hash: i32, classes: i32): i32 {
    const canonical = this.canonical;
    const row = this.row;
    const start = canonical.count;
    for (let number = 0; number < classes; number += 1) {
      this.loadNumbered(number);
      if (row.fallback < 0) row.fallback = start + ~row.fallback;
      for (let at = 0; at < row.count; at += 1) {
        if (row.targets[at]! < 0) row.targets[at] = start + ~row.targets[at]!;
      }
      canonical.addMember(row, start, classes);
    }
    canonical.addComponent(hash, start);
    return start;
  }
}
