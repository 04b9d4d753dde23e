/** Reads what `-D rule-exprs -D dfa-states` prints; for tests only. */

interface DumpedState {
  /** What a kernel makes of the bits; empty where that is nothing. */
  readonly bits: string;
  /** Targets by symbol; -1 is the one that is no byte. */
  readonly edges: ReadonlyMap<number, number>;
  /** Where every byte leads that is neither named nor excluded; 0: nowhere. */
  readonly otherwise: number;
  /** Bytes that lead nowhere. */
  readonly excluded: ReadonlySet<number>;
}

type DumpedAutomaton = ReadonlyMap<number, DumpedState>;

/** All automata of a dump, in order. */
export function parseStates(text: string): readonly DumpedAutomaton[] {
  return text
    .split(/^\{1\} <== .*\n/m)
    .slice(1)
    .map(parseAutomaton);
}

function parseAutomaton(text: string): DumpedAutomaton {
  const states = new Map<number, DumpedState>();
  for (const [, number, bits = ""] of text.matchAll(/^\{(\d+)\}(\(0x .*\))$/gm)) {
    states.set(Number(number), { bits: effective(bits), edges: new Map(), otherwise: 0, excluded: new Set() });
  }
  for (const [, number, block = ""] of text.matchAll(/^\{(\d+)\} perms: .*\n((?: {4}.*\n)*)/gm)) {
    const bits = states.get(Number(number))?.bits ?? "";
    states.set(Number(number), { bits, ...parseEdges(block) });
  }
  return states;
}

/** Bits 7 to 13 of both halves. */
const EXEC = 0xfe03f80;

/** What is not allowed is not audited, what is allowed not quieted; and what exec types a prompt has, no kernel is told. */
function effective(written: string): string {
  const [allow = 0, , , prompt = 0, audit = 0, quiet = 0] = written
    .replaceAll(/[() ]|0x/g, "")
    .split("/")
    .map((hex) => Number.parseInt(hex || "0", 16));
  const bits = [allow, prompt & ~EXEC, audit & (allow | prompt) & ~EXEC, quiet & ~allow];
  const text = bits.map((each) => (each >>> 0).toString(16)).join("/");
  return text === "0/0/0/0" ? "" : text;
}

function parseEdges(block: string): Omit<DumpedState, "bits"> {
  const edges = new Map<number, number>();
  let excluded: ReadonlySet<number> = new Set();
  let otherwise = 0;
  for (const line of block.split("\n")) {
    const [, label = "", target] = /^ {4}(.*) -> \{(\d+)\}/.exec(line) ?? [];
    const symbol = /(-?)0x([0-9a-f]+)$/.exec(label);
    if (symbol !== null) edges.set(Number.parseInt(`${symbol[1]}${symbol[2]}`, 16), Number(target));
    else if (label !== "") {
      otherwise = Number(target);
      excluded = parseSet(label.slice(label.startsWith("[^") ? 2 : 1, -1));
    }
  }
  return { edges, otherwise, excluded };
}

const LETTERS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, f: 12, r: 13, e: 27 };

function parseSet(text: string): ReadonlySet<number> {
  const bytes = new Set<number>();
  // A number is followed by whatever comes next; of two digits only those count that name a byte without a name of its own.
  for (const [whole, number, letter] of text.matchAll(
    /\\x(1[0-9ac-f]|7f|[89a-f][0-9a-f]|[0-9a-f])|\\([atnfre *+.|()[\]])|[^]/g,
  )) {
    if (number !== undefined) bytes.add(Number.parseInt(number, 16));
    else bytes.add(letter === undefined ? whole.charCodeAt(0) : (LETTERS[letter] ?? letter.charCodeAt(0)));
  }
  return bytes;
}

function next(state: DumpedState | undefined, symbol: number): number {
  const target = state?.edges.get(symbol);
  if (target !== undefined || symbol < 0) return target ?? 0;
  return state?.excluded.has(symbol) === true ? 0 : (state?.otherwise ?? 0);
}

/** An input that leads to different bits; `undefined` if there is none. */
export function difference(a: DumpedAutomaton, b: DumpedAutomaton): string | undefined {
  const seen = new Set<string>();
  const queue: { readonly left: number; readonly right: number; readonly path: readonly number[] }[] = [
    { left: 1, right: 1, path: [] },
  ];
  for (const { left, path, right } of queue) {
    const [here, there] = [a.get(left)?.bits ?? "", b.get(right)?.bits ?? ""];
    if (here !== there) return `${JSON.stringify(String.fromCharCode(...path))}: ${here} / ${there}`;
    for (let symbol = -1; symbol < 256; symbol += 1) {
      const pair = [next(a.get(left), symbol), next(b.get(right), symbol)] as const;
      if (pair[0] === 0 && pair[1] === 0) continue;
      if (seen.has(pair.join())) continue;
      seen.add(pair.join());
      queue.push({ left: pair[0], right: pair[1], path: [...path, symbol] });
    }
  }
  return undefined;
}
