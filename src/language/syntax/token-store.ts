/** The tokens of one text, packed: a kind and an end for each, since they tile the text. */
import { tokenNames } from "./kinds.ts";
import type { Token } from "./tree.ts";

export class TokenStore {
  count = 0;
  #kinds = new Uint8Array(256);
  #ends = new Uint32Array(256);

  push(kind: number, end: number): void {
    if (this.count === this.#kinds.length) this.#grow();
    this.#kinds[this.count] = kind;
    this.#ends[this.count] = end;
    this.count += 1;
  }

  #grow(): void {
    const kinds = new Uint8Array(this.count * 2);
    const ends = new Uint32Array(this.count * 2);
    kinds.set(this.#kinds);
    ends.set(this.#ends);
    this.#kinds = kinds;
    this.#ends = ends;
  }

  kind(index: number): number {
    return this.#kinds[index] ?? 0;
  }

  end(index: number): number {
    return this.#ends[index] ?? 0;
  }

  start(index: number): number {
    return index === 0 ? 0 : this.end(index - 1);
  }

  /** Drops what reaches behind `offset`; gives where the rest ends. */
  cutTo(offset: number): number {
    while (this.count > 0 && this.end(this.count - 1) > offset) this.count -= 1;
    return this.count === 0 ? 0 : this.end(this.count - 1);
  }

  /** The tokens as objects. Cost: one object each; made only when somebody asks. */
  list(): readonly Token[] {
    const tokens: Token[] = [];
    let start = 0;
    for (let i = 0; i < this.count; i += 1) {
      const end = this.end(i);
      tokens.push({ kind: tokenNames[this.kind(i)] ?? "", start, end });
      start = end;
    }
    return tokens;
  }
}
