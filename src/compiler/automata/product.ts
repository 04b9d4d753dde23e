/** Two automata side by side: pairs of states, found breadth first, each once. */
import { fold, Index, Int32Vector } from "./core/collections.ts";
import { OUT_OF_BAND_SYMBOL } from "./core/row.ts";
import type { Dfa } from "./types.ts";
import { freeByte, type Listed } from "./witness-bytes.ts";

/** Numbered pairs of states; pair 0 is (dead, dead), pair 1 the two starts. */
export class Pairs {
  readonly left: Dfa;
  readonly right: Dfa;
  readonly lefts = new Int32Vector();
  readonly rights = new Int32Vector();
  private readonly index = new Index();

  constructor(left: Dfa, right: Dfa) {
    this.left = left;
    this.right = right;
    this.number(0, 0);
    this.number(1, 1);
  }

  get count(): number {
    return this.lefts.length;
  }

  number(left: number, right: number): number {
    const hash = fold(fold(0, left), right);
    this.index.seek(hash);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) {
      if (this.lefts.data[id] === left && this.rights.data[id] === right) return id;
    }
    this.index.add(hash, this.count);
    this.lefts.push(left);
    this.rights.push(right);
    return this.count - 1;
  }

  /** The pair all symbols lead to that neither row lists. */
  fallback(pair: number): number {
    return this.number(this.left.defaults[this.lefts.data[pair]!]!, this.right.defaults[this.rights.data[pair]!]!);
  }

  /** A byte that neither row lists, or -1. */
  freeByte(pair: number): number {
    const { left, right } = this;
    return freeByte(rowSymbols(left, this.lefts.data[pair]!), rowSymbols(right, this.rights.data[pair]!));
  }

  /** Visits the symbols either row lists, ascending, each with the pair it leads to. */
  forEachException(pair: number, visit: (symbol: number, target: number) => void): void {
    const { left, right } = this;
    const leftState = this.lefts.data[pair]!;
    const rightState = this.rights.data[pair]!;
    let leftAt = left.rows[leftState]!;
    let rightAt = right.rows[rightState]!;
    const leftEnd = left.rows[leftState + 1]!;
    const rightEnd = right.rows[rightState + 1]!;
    while (leftAt < leftEnd || rightAt < rightEnd) {
      const leftSymbol = leftAt < leftEnd ? left.symbols[leftAt]! : Infinity;
      const rightSymbol = rightAt < rightEnd ? right.symbols[rightAt]! : Infinity;
      const symbol = Math.min(leftSymbol, rightSymbol);
      const isByte = symbol !== OUT_OF_BAND_SYMBOL;
      const leftTarget = leftSymbol === symbol ? left.targets[leftAt]! : isByte ? left.defaults[leftState]! : 0;
      const rightTarget = rightSymbol === symbol ? right.targets[rightAt]! : isByte ? right.defaults[rightState]! : 0;
      visit(symbol, this.number(leftTarget, rightTarget));
      if (leftSymbol === symbol) leftAt += 1;
      if (rightSymbol === symbol) rightAt += 1;
    }
  }
}

function rowSymbols({ symbols, rows }: Dfa, state: number): Listed {
  return { symbols, start: rows[state]!, end: rows[state + 1]! };
}
