/** Numbers that depend on the seed alone (mulberry32): every machine sees the same cases. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 0 ≤ x < 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const found = choices[this.below(choices.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  some<T>(choices: readonly T[]): T[] {
    const chosen = choices.filter(() => this.chance(0.4));
    return chosen.length === 0 ? [this.pick(choices)] : chosen;
  }

  maybe<T>(probability: number, make: () => T): T | undefined {
    return this.chance(probability) ? make() : undefined;
  }

  /** The same things in another order. */
  shuffled<T>(all: readonly T[]): readonly T[] {
    const left = [...all];
    return all.flatMap(() => left.splice(this.below(left.length), 1));
  }
}
