/**
 * Canonical states: of all states that accept the same inputs with the same outputs there is one, for the life of the session.
 *
 * States arrive in components (strongly connected sets of states that go to each other), after everything that they lead to.
 * So the targets of a row are canonical already or lie in the component itself. In a *relative* row the former are numbers from 0,
 * the latter the complements of places in the component (place 0 is -1, and so on). Three cases:
 * - A state that does not lead to itself is the canonical state with the same row.
 * - A state that only leads to itself equals a known one if one of its targets is that state, or if the relative rows are the same.
 * - For more states see `component.ts`.
 *
 * The example has c0 (dead), c1 = t15 and c2 = t16 = t17 (one component of two), then c3 = t18, c4 = t14 and c5 = t13, which do not lead
 * to themselves. A later profile with the rule `/*[ab]` finds c1 and c2 here by the numbered rows of its own component.
 */
import { fold, Index, Int32Vector, Uint16Vector } from "./collections.ts";
import type { f64, i32 } from "./environment.ts";
import { Row } from "./row.ts";

/** The relative target that is place 0 of the component itself. */
const SELF: i32 = -1;

export class CanonicalStates {
  readonly outputs: Int32Vector = new Int32Vector();
  readonly fallbacks: Int32Vector = new Int32Vector();
  readonly starts: Int32Vector = new Int32Vector();
  readonly symbols: Uint16Vector = new Uint16Vector();
  readonly targets: Int32Vector = new Int32Vector();
  /** The first state of the component, and how many it has: 0 for a state that does not lead to itself. */
  readonly componentStarts: Int32Vector = new Int32Vector();
  readonly componentSizes: Int32Vector = new Int32Vector();
  private readonly byRow: Index = new Index();
  private readonly byRelativeRow: Index = new Index();
  private readonly byComponent: Index = new Index();
  private readonly scratch: Row = new Row();

  constructor() {
    this.starts.push(0);
    // The dead state, number 0.
    const dead = new Row();
    dead.fallback = SELF;
    this.internLoop(dead);
  }

  get count(): i32 {
    return this.outputs.length;
  }

  get bytes(): f64 {
    const rows =
      this.outputs.bytes + this.fallbacks.bytes + this.starts.bytes + this.symbols.bytes + this.targets.bytes;
    const indexes = this.byRow.bytes + this.byRelativeRow.bytes + this.byComponent.bytes;
    return rows + this.componentStarts.bytes + this.componentSizes.bytes + indexes;
  }

  /** The state of a row with canonical targets only. */
  internPlain(row: Row): i32 {
    row.normalise();
    const hash = row.hash();
    this.byRow.seek(hash);
    for (let id = this.byRow.next(); id >= 0; id = this.byRow.next()) if (this.hasRow(id, row)) return id;
    return this.add(row, hash, 0);
  }

  /** The state of a row whose targets are canonical or `SELF`. */
  internLoop(row: Row): i32 {
    row.normalise();
    const known = this.ownTarget(row);
    if (known >= 0) return known;
    const relativeHash = row.hash();
    this.byRelativeRow.seek(relativeHash);
    for (let id = this.byRelativeRow.next(); id >= 0; id = this.byRelativeRow.next()) {
      if (this.isRelative(id, row)) return id;
    }
    const id = this.count;
    this.substitute(row, id);
    return this.add(this.scratch, this.scratch.hash(), 1);
  }

  /** Seeks the components with this hash (see `component.ts`). */
  seekComponent(hash: i32): void {
    this.byComponent.seek(hash);
  }

  /** The first state of the next one, or -1. */
  nextComponent(): i32 {
    return this.byComponent.next();
  }

  /** Adds the next state of a component of `size` states whose first is `first`; its targets are absolute. */
  addMember(row: Row, first: i32, size: i32): void {
    this.add(row, row.hash(), size);
    this.componentStarts.data[this.count - 1] = first;
  }

  addComponent(hash: i32, first: i32): void {
    this.byComponent.add(hash, first);
  }

  /** Whether the state has this normal row, with places of the component that begins at `first` for relative targets. */
  hasRow(id: i32, row: Row, first: i32 = 0): boolean {
    if (this.outputs.data[id] !== row.output) return false;
    const start = this.starts.data[id]!;
    if (this.starts.data[id + 1]! - start !== row.count) return false;
    if (this.fallbacks.data[id] !== absolute(row.fallback, first)) return false;
    for (let at = 0; at < row.count; at += 1) {
      if (this.symbols.data[start + at] !== row.symbols[at]) return false;
      if (this.targets.data[start + at] !== absolute(row.targets[at]!, first)) return false;
    }
    return true;
  }

  /** Forgets the states from `count` on. */
  truncate(count: i32): void {
    const end = this.starts.data[count]!;
    this.outputs.length = count;
    this.fallbacks.length = count;
    this.componentStarts.length = count;
    this.componentSizes.length = count;
    this.starts.length = count + 1;
    this.symbols.length = end;
    this.targets.length = end;
    this.byRow.truncate(count);
    this.byRelativeRow.truncate(count);
    this.byComponent.truncate(count);
  }

  private add(row: Row, hash: i32, componentSize: i32): i32 {
    const id = this.count;
    this.outputs.push(row.output);
    this.fallbacks.push(row.fallback);
    let leadsToItself = row.fallback === id;
    for (let at = 0; at < row.count; at += 1) {
      this.symbols.push(row.symbols[at]!);
      this.targets.push(row.targets[at]!);
      if (row.targets[at] === id) leadsToItself = true;
    }
    this.starts.push(this.symbols.length);
    this.componentStarts.push(id);
    this.componentSizes.push(componentSize);
    this.byRow.add(hash, id);
    if (leadsToItself) this.byRelativeRow.add(this.relativeHash(id), id);
    return id;
  }

  /** The state among the targets of `row` that `row` itself describes, or -1. */
  private ownTarget(row: Row): i32 {
    let last = -1;
    for (let at = -1; at < row.count; at += 1) {
      const target = at < 0 ? row.fallback : row.targets[at]!;
      if (target === last || target < 0) continue;
      last = target;
      if (this.componentSizes.data[target] === 0 || this.outputs.data[target] !== row.output) continue;
      this.substitute(row, target);
      if (this.hasRow(target, this.scratch)) return target;
    }
    return -1;
  }

  /** Puts `row` into `scratch`, with `self` where it leads to itself, in normal form. */
  private substitute(row: Row, self: i32): void {
    const scratch = this.scratch;
    scratch.copyFrom(row);
    if (scratch.fallback === SELF) scratch.fallback = self;
    for (let at = 0; at < scratch.count; at += 1) if (scratch.targets[at] === SELF) scratch.targets[at] = self;
    scratch.normalise();
  }

  /** What `Row.hash` gives for the row of a state when `SELF` stands for the state. */
  private relativeHash(id: i32): i32 {
    const start = this.starts.data[id]!;
    const end = this.starts.data[id + 1]!;
    let hash = fold(fold(end - start, this.outputs.data[id]!), relative(this.fallbacks.data[id]!, id));
    for (let at = start; at < end; at += 1) {
      hash = fold(fold(hash, this.symbols.data[at]!), relative(this.targets.data[at]!, id));
    }
    return hash;
  }

  /** Whether `row` is the row of the state when `SELF` stands for the state. */
  private isRelative(id: i32, row: Row): boolean {
    return this.hasRow(id, row, id);
  }
}

function relative(target: i32, self: i32): i32 {
  return target === self ? SELF : target;
}

function absolute(target: i32, first: i32): i32 {
  return target < 0 ? first + ~target : target;
}
