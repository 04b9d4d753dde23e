/** Variables in operands: always by alternation, never by more rules (policy-language 3.4). */
import type { Operand, Origin } from "../model/index.ts";
import { findReference } from "./references.ts";
import { type Report } from "./report.ts";
import { type ImplicitVariables, reportReference, type VariableTable } from "./variables.ts";

export interface Expander {
  readonly text: (text: string, origin: Origin) => string;
  /** The operand with its variables expanded, in place. */
  readonly operand: (operand: Operand, origin: Origin) => Operand;
}

/** What a text came to with certain values of the variables it names, in the order in which it names them. */
export interface Expansion {
  readonly names: readonly string[];
  readonly values: readonly (readonly string[])[];
  /** Characters of what stands for them. */
  readonly characters: number;
  readonly text: string;
}

/** Expansions by their texts, whatever table they were made by. */
export interface Expansions {
  /** The expansion of a text, if `valuesOf` gives all its variables the values that they had. */
  readonly find: (text: string, valuesOf: (name: string) => readonly string[] | undefined) => Expansion | undefined;
  readonly keep: (text: string, expansion: Expansion) => void;
}

/** Texts that are remembered; policies together may have any number, and variables any number of values. */
const MOST_TEXTS = 50_000;
const LONGEST = 2000;

/** COST: half of all operands name variables, and profiles have most of these from the files they include: 7,800 expansions of 1,040 texts. */
export function createExpansions(): Expansions {
  const known = new Map<string, Expansion>();
  return {
    find: (text, valuesOf) => {
      const found = known.get(text);
      const isSame = found?.names.every((name, index) => areSame(valuesOf(name), found.values[index]));
      return isSame === true ? found : undefined;
    },
    keep: (text, expansion) => {
      if (expansion.text.length > LONGEST) return;
      if (known.size === MOST_TEXTS) known.clear();
      known.set(text, expansion);
    },
  };
}

function areSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((value, index) => value === b?.[index]) === true);
}

interface ExpanderOptions {
  readonly table: VariableTable;
  /** The variables of one profile. */
  readonly implicit: ImplicitVariables;
  readonly report: Report;
  readonly expansions: Expansions;
}

/** Expands by a table and the variables of one profile. A reference that cannot be expanded is reported and stays. */
export function createExpander(options: ExpanderOptions): Expander {
  const { expansions, implicit, table } = options;
  const known = new Map<string, string>();

  function expand(text: string, origin: Origin): string {
    const before = expansions.find(text, (name) => table.expandSet(name, origin, { implicit }));
    if (before !== undefined) {
      if (!table.charge(before.characters)) return tooLarge(text, origin, options);
      known.set(text, before.text);
      return before.text;
    }
    const expansion = expandText(text, origin, options);
    // A text whose expansion failed is expanded again, so that each place is told.
    if (findReference(expansion.text, 0) === undefined) {
      known.set(text, expansion.text);
      expansions.keep(text, expansion);
    }
    return expansion.text;
  }

  function remembered(text: string, origin: Origin): string {
    return known.get(text) ?? (table.charge(0) ? expand(text, origin) : tooLarge(text, origin, options));
  }

  return {
    text: (text, origin) => (text.includes("@{") ? remembered(text, origin) : text),
    operand: (operand, origin) => {
      if (!operand.text.includes("@{")) return operand;
      const text = remembered(operand.text, { includes: origin.includes, span: operand.span });
      return text === operand.text ? operand : { ...operand, text };
    },
  };
}

function expandText(text: string, origin: Origin, options: ExpanderOptions): Expansion {
  const { implicit, report, table } = options;
  const done = new Pieces();
  const names: string[] = [];
  const used: (readonly string[])[] = [];
  let characters = 0;
  let rest = 0;
  const expansion = (whole: string): Expansion => ({ names, values: used, characters, text: whole });
  for (;;) {
    if (!table.charge(0)) return expansion(tooLarge(text, origin, options));
    const reference = findReference(text, rest);
    if (reference?.kind === "comma") reportReference(report, reference, origin);
    if (reference === undefined || reference.kind === "comma") return expansion(done.add(text.slice(rest)).join());
    done.add(text.slice(rest, reference.start));
    rest = reference.end;
    const values = reference.kind === "variable" ? table.expandSet(reference.name, origin, { implicit }) : undefined;
    if (reference.kind === "malformed") reportReference(report, reference, origin);
    const piece =
      values === undefined
        ? text.slice(reference.start, reference.end)
        : alternation(values, done.wantsNoSlash, text.startsWith("/", rest));
    if (values !== undefined) {
      names.push(reference.name);
      used.push(values);
    }
    done.add(piece);
    characters += piece.length;
    table.charge(piece.length);
  }
}

function tooLarge(text: string, origin: Origin, { report }: Pick<ExpanderOptions, "report">): string {
  report("resolve/variable-too-large", origin, "the policy is too large once its variables are expanded");
  return text;
}

/** A text that grows. What it ends in is known without looking at all of it. */
class Pieces {
  readonly #pieces: string[] = [];
  #endsInSlash = false;
  #isAllSlashes = true;

  /** The text ends in a slash, and holds something else as well. */
  get wantsNoSlash(): boolean {
    return this.#endsInSlash && !this.#isAllSlashes;
  }

  add(piece: string): this {
    if (piece === "") return this;
    this.#pieces.push(piece);
    this.#endsInSlash = piece.endsWith("/");
    this.#isAllSlashes &&= slashesAtStart(piece) === piece.length;
    return this;
  }

  join(): string {
    return this.#pieces.join("");
  }
}

/** One value as it is, several as `{a,b}`; slashes are not doubled at the seams. */
function alternation(values: readonly string[], stripStart: boolean, slashBehind: boolean): string {
  const trimmed = values.map((value) => {
    const start = stripStart ? slashesAtStart(value) : 0;
    const end = slashBehind ? value.length - slashesAtEnd(value) : value.length;
    return value.slice(start, Math.max(start, end));
  });
  const [only] = trimmed;
  return trimmed.length === 1 && only !== undefined ? only : `{${trimmed.join(",")}}`;
}

function slashesAtStart(text: string): number {
  let count = 0;
  while (text[count] === "/") count += 1;
  return count;
}

function slashesAtEnd(text: string): number {
  let count = 0;
  while (text[text.length - 1 - count] === "/") count += 1;
  return count;
}
