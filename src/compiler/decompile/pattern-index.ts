/** Patterns by what they begin with, to find those that match an input without trying every one. */
import { accepts, type FlatPattern, maySkip } from "./flat-patterns.ts";
import type { Work } from "./work.ts";

interface Entry<Value> {
  /** Behind the classes that lead here. */
  readonly rest: FlatPattern;
  readonly value: Value;
}

interface Node<Value> {
  readonly next: Map<number, Node<Value>>;
  readonly entries: Entry<Value>[];
}

export class PatternIndex<Value> {
  private readonly root: Node<Value> = { next: new Map(), entries: [] };

  add(pattern: FlatPattern, value: Value): void {
    let node = this.root;
    let at = 0;
    for (; at < pattern.length; at += 1) {
      const item = pattern[at]!;
      const [symbol, other] = item.set.members;
      if (maySkip(item) || symbol === undefined || other !== undefined) break;
      let next = node.next.get(symbol);
      if (next === undefined) node.next.set(symbol, (next = { next: new Map(), entries: [] }));
      node = next;
    }
    node.entries.push({ rest: pattern.slice(at), value });
  }

  /** Calls `take` with what belongs to patterns that match the input, until it gives false. */
  matching(input: readonly number[], work: Work, take: (value: Value) => boolean): void {
    let node: Node<Value> | undefined = this.root;
    for (let at = 0; node !== undefined; at += 1) {
      for (const { rest, value } of node.entries) {
        work.spend(1 + input.length - at);
        if (accepts(rest, input, at) && !take(value)) return;
      }
      node = at < input.length ? node.next.get(input[at]!) : undefined;
    }
    work.spend(input.length);
  }
}
