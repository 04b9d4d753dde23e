/** The worked example of the automata core (see the head of `index.ts`), step by step with the values that its files quote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CanonicalStates } from "./core/canonical.ts";
import { Combiner } from "./core/environment.ts";
import { Expansion } from "./core/expansion.ts";
import { LabelSets } from "./core/labels.ts";
import { Packer } from "./core/packing/packer.ts";
import { Row } from "./core/row.ts";
import { Search } from "./core/search.ts";
import { UNKNOWN } from "./core/states.ts";
import { TableWriter } from "./core/tables.ts";
import { ACCEPT, Terms } from "./core/terms.ts";

const symbolText = (symbol: number): string => (symbol === 0 ? "NUL" : String.fromCharCode(symbol));
const numbers = ({ data, length }: { readonly data: ArrayLike<number>; readonly length: number }): number[] =>
  Array.from({ length }, (_, at) => data[at]!);

const terms = new Terms();

function byteSet(bytes: string, isNegated: boolean): number {
  terms.byteSets.pending.fill(isNegated ? -1 : 0);
  for (const character of bytes) {
    const byte = character.charCodeAt(0);
    terms.byteSets.pending[byte >> 5]! ^= 1 << (byte & 31);
  }
  return terms.byteSets.intern();
}

function literal(text: string, next: number): number {
  return terms.literal(new TextEncoder().encode(text), text.length, next);
}

const inName = byteSet("\0/", true);
const aOrB = byteSet("ab", false);
// The labels are 0 and 1; an output is the set of labels, as bits.
const [first, second] = [terms.accept(0), terms.accept(1)];
/** `/*[ab]` and `/*ab` with label 0, `/c` with label 1. */
const patterns = [
  literal("/", terms.star(inName, terms.step(aOrB, first))),
  literal("/", terms.star(inName, literal("ab", first))),
  literal("/c", second),
];
for (const pattern of patterns) terms.add(pattern);
const root = terms.finish();

function headText(head: number): string {
  const set = terms.headSets.data[head]!;
  const target = terms.headTargets.data[head]!;
  if (set === ACCEPT) return `accept ${target}`;
  const bytes = set === inName ? "[^/]" : set === aOrB ? "[ab]" : String.fromCharCode(set);
  return `${bytes}·t${target}`;
}

function termText(term: number): string {
  const [start, end] = [terms.starts.data[term]!, terms.starts.data[term + 1]!];
  return numbers(terms.members).slice(start, end).map(headText).toSorted().join(" | ");
}

function rowText(symbols: readonly number[], targets: readonly number[], otherwise: number): string {
  const exceptions = symbols.map((symbol, at) => `${symbolText(symbol)}→${targets[at]}`);
  return [...exceptions, `else ${otherwise}`].join(" ");
}

const canonical = new CanonicalStates();
const expansion = new Expansion(
  terms,
  new LabelSets(new Combiner((labels) => labels.reduce((bits, label) => bits | (1 << label), 0))),
);
expansion.results.extend(terms.count, UNKNOWN);
expansion.results.data[0] = 0;
const expanded: string[] = [];
const source = {
  expand(state: number, row: Row): void {
    expansion.expand(state, row);
    const [symbols, targets] = [Array.from(row.symbols), Array.from(row.targets)].map((all) => all.slice(0, row.count));
    expanded.push(`t${state}: output ${row.output}, ${rowText(symbols!, targets!, row.fallback)}`);
  },
};
const found = new Search(source, expansion.results, canonical, { isStateAffordable: () => true }).run(root);
const tables = new TableWriter(canonical);
tables.write(found, 1000);

test("patterns become terms from right to left, equal tails once", () => {
  assert.deepEqual(
    [2, 4, 5, 6, 8, 9, 13].map((term) => `t${term} ${termText(term)}`),
    [
      "t2 accept 0",
      "t4 [ab]·t2",
      "t5 [^/]·t5 | [ab]·t2",
      "t6 /·t5",
      "t8 a·t7",
      "t9 [^/]·t9 | a·t7",
      "t13 /·t11 | /·t5 | /·t9",
    ],
  );
  assert.deepEqual(patterns, [6, 10, 12]);
  assert.equal(root, 13);
});

test("subset construction expands six sets of heads", () => {
  assert.deepEqual(expanded, [
    "t13: output 0, /→14 else 0",
    "t14: output 0, NUL→0 /→0 a→16 b→17 c→18 else 15",
    "t15: output 0, NUL→0 /→0 a→16 b→17 else 15",
    "t16: output 1, NUL→0 /→0 a→16 b→17 else 15",
    "t17: output 1, NUL→0 /→0 a→16 b→17 else 15",
    "t18: output 2, NUL→0 /→0 a→16 b→17 else 15",
  ]);
  assert.equal(termText(16), "[^/]·t5 | [^/]·t9 | [ab]·t2 | accept 0 | a·t7 | b·t2");
  assert.equal(termText(17), "[^/]·t5 | [^/]·t9 | [ab]·t2 | accept 0 | a·t7");
});

test("the component of t15, t16 and t17 is refined to two states, and every state gets its canonical number", () => {
  const canonicalOf = [13, 14, 15, 16, 17, 18].map((term) => expansion.results.data[term]);
  assert.deepEqual(canonicalOf, [5, 4, 1, 2, 2, 3]);
  assert.deepEqual(numbers(canonical.componentSizes), [1, 2, 2, 0, 0, 0]);
  assert.deepEqual(numbers(canonical.outputs), [0, 0, 1, 2, 0, 0]);
});

test("the table is numbered breadth first from the start", () => {
  assert.deepEqual(numbers(tables.outputs), [0, 0, 0, 0, 1, 2]);
  assert.deepEqual(numbers(tables.defaults), [0, 0, 3, 3, 3, 3]);
  const starts = numbers(tables.rows);
  const row = (state: number): string => {
    const [from, to] = [starts[state], starts[state + 1]];
    return rowText(numbers(tables.symbols).slice(from, to), numbers(tables.targets).slice(from, to), 3);
  };
  assert.equal(row(2), "NUL→0 /→0 a→4 b→4 c→5 else 3");
  assert.equal(row(3), "NUL→0 /→0 a→4 b→4 else 3");
});

test("differential encoding keeps 7 of 18 cells, and the comb puts them into the gaps of each other", () => {
  const packer = new Packer();
  const { rows } = packer;
  rows.reset(tables.defaults.length, tables.targets.length);
  rows.defaults.data.set(numbers(tables.defaults));
  rows.starts.data.set(numbers(tables.rows));
  rows.symbols.data.set(numbers(tables.symbols));
  rows.targets.data.set(numbers(tables.targets));
  packer.encodeDifferential();
  const { stored } = packer.differential;
  assert.deepEqual(numbers(stored.defaults), [0, 0, 3, 4, 2, 4]);
  assert.deepEqual(numbers(stored.differential), [0, 0, 0, 1, 1, 1]);
  assert.equal(numbers(stored.symbols).map(symbolText).join(" "), "/ NUL / a b c c");
  assert.deepEqual(numbers(stored.targets), [2, 0, 0, 4, 4, 5, 3]);

  rows.reset(stored.defaults.length, stored.targets.length);
  rows.defaults.data.set(numbers(stored.defaults));
  rows.differential.data.set(numbers(stored.differential));
  rows.starts.data.set(numbers(stored.starts));
  rows.symbols.data.set(numbers(stored.symbols));
  rows.targets.data.set(numbers(stored.targets));
  packer.pack();
  assert.deepEqual(numbers(packer.comb.bases), [-1, 0, 1, -1, 2, -1]);
  const next = numbers(packer.comb.next);
  const cells = numbers(packer.comb.check).flatMap((check, cell) => (check === 0 ? [] : [[cell, check, next[cell]]]));
  // cell, check, next: state 1 has base 0, so `/` (47) is cell 47; state 2 has base 1; state 4 has base 2.
  assert.deepEqual(cells, [
    [1, 2, 0],
    [47, 1, 2],
    [48, 2, 0],
    [98, 2, 4],
    [99, 2, 4],
    [100, 2, 5],
    [101, 4, 3],
  ]);
});
