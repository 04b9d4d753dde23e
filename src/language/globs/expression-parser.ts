/**
 * Second half of reading a glob: the regular expression to a tree (policy-language 4.3). Metacharacters are `( ) | * . [ ] ^ - \`;
 * `]`, `^` and `-` outside a class stand for themselves. Nesting is bounded by the conversion before, so recursion is.
 */
import type { ByteSet, GlobNode } from "./tree.ts";

/** Empty set of bytes. */
function emptySet(): ByteSet {
  return new Uint32Array(8);
}

function addByte(set: ByteSet, byte: number): void {
  const place = byte >> 5;
  set[place] = ((set[place] ?? 0) | (1 << (byte & 31))) >>> 0;
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((set[byte >> 5] ?? 0) & (1 << (byte & 31))) !== 0;
}

const letterEscapes: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["e", 27],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
]);

/** From so many characters on, literals that are written alike are one node: a variable may stand for some 100,000 values. */
const LONG = 2000;

/** Classes that are remembered; nobody needs more at once. */
const MOST_CLASSES = 1000;

/**
 * Classes, and stars of them, by what is written, for all expressions: the same few are in nearly all of them. COST: what is made of a node, its
 * spelling and its set, is then made once.
 */
function classMemory(): Readonly<Pick<Map<string, GlobNode>, "get" | "set">> {
  const known = new Map<string, GlobNode>();
  return {
    get: (written) => known.get(written),
    set: (written, node) => {
      if (known.size === MOST_CLASSES) known.clear();
      return known.set(written, node);
    },
  };
}

const strictClasses = classMemory();
const lenientClasses = classMemory();

const anyByte = { kind: "set", set: emptySet(), negated: true } as const;
const anyBytes: GlobNode = { ...anyByte, kind: "star" };

class ExpressionParser {
  readonly #source: string;
  /** Literals of a long expression by what is written. */
  readonly #literals: Map<string, GlobNode> | undefined;
  readonly #classes: ReturnType<typeof classMemory>;
  readonly #lenient: boolean;
  #at = 0;
  #bad = false;

  constructor(source: string, lenient: boolean) {
    this.#source = source;
    this.#lenient = lenient;
    this.#literals = source.length < LONG ? undefined : new Map();
    this.#classes = lenient ? lenientClasses : strictClasses;
  }

  parse(): GlobNode | undefined {
    const node = this.#alternative();
    return this.#bad || this.#at < this.#source.length ? undefined : node;
  }

  #alternative(): GlobNode {
    const branches = [this.#sequence()];
    while (this.#source[this.#at] === "|") {
      this.#at += 1;
      branches.push(this.#sequence());
    }
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: "alternative", branches };
  }

  #sequence(): GlobNode {
    const parts: GlobNode[] = [];
    const literal: number[] = [];
    let start = this.#at;
    const flush = (): void => {
      if (literal.length > 0) parts.push(this.#literal(start, literal));
      literal.length = 0;
    };
    for (let char = this.#source[this.#at]; char !== undefined && char !== "|" && char !== ")" && !this.#bad;) {
      if (char === "(" || char === "[" || char === ".") {
        flush();
        parts.push(this.#repeated(char));
        start = this.#at;
      } else literal.push(this.#byte());
      char = this.#source[this.#at];
    }
    flush();
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "sequence", parts };
  }

  /** The node of these bytes, read since `start`. */
  #literal(start: number, bytes: readonly number[]): GlobNode {
    const written = this.#literals && this.#source.slice(start, this.#at);
    const known = written === undefined ? undefined : this.#literals?.get(written);
    if (known !== undefined) return known;
    const node: GlobNode = { kind: "literal", bytes: Uint8Array.from(bytes) };
    if (written !== undefined) this.#literals?.set(written, node);
    return node;
  }

  /** The node of a class, and of the star after it, that was read before. */
  #knownClass(start: number): GlobNode | undefined {
    const close = this.#source.indexOf("]", start);
    if (close < 0) return undefined;
    // Where that bracket is a member, no class that ends with it was ever read.
    const end = this.#source[close + 1] === "*" ? close + 2 : close + 1;
    const known = this.#classes.get(this.#source.slice(start, end));
    if (known !== undefined) this.#at = end;
    return known;
  }

  /** A group, class or dot, and the star after it. The conversion puts stars behind classes and dots only. */
  #repeated(char: string): GlobNode {
    this.#at += 1;
    if (char === "(") {
      const inner = this.#alternative();
      if (this.#source[this.#at] === ")") this.#at += 1;
      else this.#bad = true;
      return inner;
    }
    const start = this.#at - 1;
    const known = char === "[" ? this.#knownClass(start) : undefined;
    if (known !== undefined) return known;
    const node = char === "[" ? this.#class() : anyByte;
    const isStar = this.#source[this.#at] === "*";
    if (isStar) this.#at += 1;
    if (char === ".") return isStar ? anyBytes : anyByte;
    const read: GlobNode = isStar ? { ...node, kind: "star" } : node;
    if (!this.#bad) this.#classes.set(this.#source.slice(start, this.#at), read);
    return read;
  }

  #class(): { readonly kind: "set"; readonly set: ByteSet; readonly negated: boolean } {
    const set = emptySet();
    const negated = this.#source[this.#at] === "^";
    if (negated) this.#at += 1;
    const start = this.#at;
    // A `]` that comes first is a member, so `[]` and `[^]` go on to the next `]`, or to the end and are refused.
    for (let char = this.#source[this.#at]; char !== "]" || this.#at === start; char = this.#source[this.#at]) {
      if (char === undefined) {
        this.#bad = true;
        return { kind: "set", set, negated };
      }
      this.#member(set, this.#at === start, negated);
      if (this.#bad) return { kind: "set", set, negated };
    }
    this.#at += 1;
    return { kind: "set", set, negated };
  }

  /** One byte or range of a class. A `-` that neither comes first nor makes a range is refused, or literal when lenient. */
  #member(set: ByteSet, first: boolean, negated: boolean): void {
    const char = this.#source.charAt(this.#at);
    if (char === "-" && !first && !this.#lenient) {
      this.#bad = true;
      return;
    }
    const low = this.#byte();
    addByte(set, low);
    // A `^` right behind the one that negates starts no range (ORACLE 5.0.2: `[^^-a]` is refused).
    const startsRange = this.#source[this.#at] === "-" && !(first && negated && char === "^");
    if (!startsRange) return;
    const end = this.#source[this.#at + 1];
    if (end === undefined || end === "]" || end === "-") {
      if (!this.#lenient) this.#bad = true;
      return;
    }
    this.#at += 1;
    const high = this.#byte();
    for (let byte = Math.min(low, high); byte <= Math.max(low, high); byte += 1) addByte(set, byte);
  }

  /** One byte, plain or escaped. */
  #byte(): number {
    const char = this.#source.charAt(this.#at);
    this.#at += 1;
    if (char !== "\\") return char.charCodeAt(0);
    const next = this.#source.charAt(this.#at);
    const letter = letterEscapes.get(next);
    if (letter !== undefined) {
      this.#at += 1;
      return letter;
    }
    if (/[0-7]/.test(next)) return this.#number(8, 3);
    if (next === "d" && /[0-9]/.test(this.#source.charAt(this.#at + 1))) {
      this.#at += 1;
      return this.#number(10, 3);
    }
    if (next === "x" && /[0-9A-Fa-f]/.test(this.#source.charAt(this.#at + 1))) {
      this.#at += 1;
      return this.#number(16, 2);
    }
    if (next !== "" && "*+.|^$-[](){}\\,".includes(next)) {
      this.#at += 1;
      return next.charCodeAt(0);
    }
    return 0x5c;
  }

  /** As many digits as keep the value a byte. */
  #number(base: number, most: number): number {
    let value = 0;
    for (let count = 0; count < most; count += 1) {
      const digit = Number.parseInt(this.#source.charAt(this.#at), base);
      if (Number.isNaN(digit) || value * base + digit > 255) return value;
      value = value * base + digit;
      this.#at += 1;
    }
    return value;
  }
}

/** The tree of an expression; `undefined` when it is none. `lenient` takes a stray `-` in a class as itself. */
export function parseExpression(source: string, lenient: boolean): GlobNode | undefined {
  return new ExpressionParser(source, lenient).parse();
}
