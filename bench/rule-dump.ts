/**
 * Reads the patterns of automata from what `apparmor_parser -D rule-exprs -D dfa-states` writes to its error output: real
 * inputs for the automata bench. Lines `rule: PATTERN  ->  ... priority=P [deny|prompt] (0xPERMS/AUDIT)...`; a line with `<==`
 * ends an automaton.
 */
import type { AutomataSession, Term } from "../src/compiler/automata/index.ts";

interface DumpedRule {
  readonly pattern: string;
  /** Priority, mode and text as written: equal texts have equal effects. */
  readonly effect: string;
}

export function parseDump(text: string): DumpedRule[][] {
  const groups: DumpedRule[][] = [];
  let group: DumpedRule[] = [];
  for (const line of text.split("\n")) {
    const found = /^rule: (.*?) {2}-> {2}.* priority=(.*?)<.*$/.exec(line);
    if (found !== null) group.push({ pattern: found[1] ?? "", effect: found[2] ?? "" });
    else if (line.includes("<==")) {
      groups.push(group);
      group = [];
    }
  }
  return groups;
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

type Item =
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  | { readonly kind: "set"; readonly set: Uint32Array; readonly repeat: "" | "*" | "+" }
  | { readonly kind: "group"; readonly branches: DumpedPattern };

/** Alternatives, each a sequence. */
export type DumpedPattern = readonly (readonly Item[])[];

export function parsePattern(pattern: string): DumpedPattern {
  return new PatternParser(pattern).branches();
}

/** The term of a pattern of the dump, followed by `next`. */
export function branchesTerm(session: AutomataSession, branches: DumpedPattern, next: Term): Term {
  return session.alternative(
    branches.map((items) => items.reduceRight((tail, item) => itemTerm(session, item, tail), next)),
  );
}

function itemTerm(session: AutomataSession, item: Item, next: Term): Term {
  if (item.kind === "literal") return session.literal(item.bytes, next);
  if (item.kind === "group") return branchesTerm(session, item.branches, next);
  if (item.repeat === "") return session.set(item.set, next);
  const star = session.star(item.set, next);
  return item.repeat === "*" ? star : session.set(item.set, star);
}

class PatternParser {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  branches(): Item[][] {
    const branches: Item[][] = [[]];
    while (this.at < this.text.length && this.text[this.at] !== ")") {
      if (this.text[this.at] === "|") {
        this.at += 1;
        branches.push([]);
      } else branches.at(-1)?.push(this.item());
    }
    this.at += 1;
    return branches;
  }

  private item(): Item {
    const letter = this.text[this.at];
    if (letter === "(") {
      this.at += 1;
      return { kind: "group", branches: this.branches() };
    }
    const literal = letter === "[" || letter === "." ? [] : this.literal();
    if (literal.length > 1 || (literal.length === 1 && !this.isRepeated())) {
      return { kind: "literal", bytes: Uint8Array.from(literal) };
    }
    const set = letter === "[" ? this.set() : letter === "." ? this.any() : setOf(literal, false);
    const repeat = this.text[this.at];
    if (repeat !== "*" && repeat !== "+") return { kind: "set", set, repeat: "" };
    this.at += 1;
    return { kind: "set", set, repeat };
  }

  /** Bytes up to the next operator; a last one that is repeated is left for itself. */
  private literal(): number[] {
    const bytes: number[] = [];
    while (this.at < this.text.length && !"[.()|".includes(this.text[this.at] ?? "")) {
      const start = this.at;
      const byte = this.byte();
      if (this.isRepeated() && bytes.length > 0) {
        this.at = start;
        break;
      }
      bytes.push(byte);
    }
    return bytes;
  }

  private isRepeated(): boolean {
    return this.text[this.at] === "*" || this.text[this.at] === "+";
  }

  private any(): Uint32Array {
    this.at += 1;
    return new Uint32Array(8).fill(0xffffffff);
  }

  private set(): Uint32Array {
    this.at += 1;
    const isNegated = this.text[this.at] === "^";
    if (isNegated) this.at += 1;
    const bytes: number[] = [];
    while (this.text[this.at] !== "]") {
      const first = this.byte();
      if (this.text[this.at] === "-" && this.text[this.at + 1] !== "]") {
        this.at += 1;
        const last = this.byte();
        for (let byte = first; byte <= last; byte += 1) bytes.push(byte);
      } else bytes.push(first);
    }
    this.at += 1;
    return setOf(bytes, isNegated);
  }

  private byte(): number {
    const rest = this.text.slice(this.at);
    const number = /^\\(?:x([0-9a-f]{1,2})|d([0-9]{1,3})|([0-3][0-7]{2}))/.exec(rest);
    if (number !== null) {
      this.at += number[0].length;
      const [, hexadecimal, decimal, octal] = number;
      return Number.parseInt(hexadecimal ?? decimal ?? octal ?? "", hexadecimal ? 16 : decimal ? 10 : 8);
    }
    const isEscaped = rest[0] === "\\" && rest.length > 1;
    this.at += isEscaped ? 2 : 1;
    return (isEscaped ? ESCAPES[rest[1] ?? ""] : undefined) ?? rest.charCodeAt(isEscaped ? 1 : 0);
  }
}

function setOf(bytes: readonly number[], isNegated: boolean): Uint32Array {
  const set = new Uint32Array(8);
  for (const byte of bytes) set[byte >> 5] = ((set[byte >> 5] ?? 0) | (1 << (byte & 31))) >>> 0;
  return isNegated ? set.map((bits) => ~bits >>> 0) : set;
}

interface Effect {
  readonly priority: number;
  readonly mode: string;
  readonly allow: number;
  readonly audit: number;
}

function parseEffect(effect: string): Effect {
  const [, priority = "0", mode = "", allow = "0", audit = "0"] =
    /^(-?\d+) (?:(deny|prompt) )?\(0x([0-9a-f]+)\/([0-9a-f]+)\)$/.exec(effect) ?? [];
  return { priority: Number(priority), mode, allow: Number.parseInt(allow, 16), audit: Number.parseInt(audit, 16) };
}

/** Roughly what the compiler makes of overlapping rules: enough to give states as many different outputs as real ones have. */
export class Effects {
  private readonly labels = new Map<string, number>();
  private readonly effects: Effect[] = [];
  private readonly outputs = new Map<string, number>([["0/0/0/0", 0]]);

  label(effect: string): number {
    const known = this.labels.get(effect);
    if (known !== undefined) return known;
    this.labels.set(effect, this.effects.length);
    this.effects.push(parseEffect(effect));
    return this.effects.length - 1;
  }

  combine(labels: readonly number[]): number {
    const list = labels.flatMap((label) => this.effects[label] ?? []).toSorted((a, b) => b.priority - a.priority);
    let [allow, audit, prompt, quiet, decided] = [0, 0, 0, 0, 0];
    for (let start = 0; start < list.length;) {
      let end = start;
      let [allowed, denied, prompted, quieted] = [0, 0, 0, 0];
      while (end < list.length && list[end]?.priority === list[start]?.priority) {
        const { mode = "", allow: bits = 0, audit: auditBits = 0 } = list[end] ?? {};
        if (mode === "deny") {
          denied |= bits;
          quieted |= auditBits;
        }
        if (mode === "prompt") prompted |= bits;
        if (mode === "") allowed |= bits;
        if (mode === "") audit |= auditBits;
        end += 1;
      }
      allow |= allowed & ~denied & ~decided;
      prompt |= prompted & ~denied & ~allowed & ~decided;
      quiet |= quieted & ~decided;
      decided |= allowed | denied | prompted;
      start = end;
    }
    const key = `${allow >>> 0}/${(audit & allow) >>> 0}/${prompt >>> 0}/${quiet >>> 0}`;
    const output = this.outputs.get(key) ?? this.outputs.size;
    this.outputs.set(key, output);
    return output;
  }
}
