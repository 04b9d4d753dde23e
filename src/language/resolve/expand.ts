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

/** Expands by a table and the variables of one profile. A reference that cannot be expanded is reported and stays. */
export function createExpander(table: VariableTable, implicit: ImplicitVariables, report: Report): Expander {
  const known = new Map<string, string>();

  function expand(text: string, origin: Origin): string {
    const done = new Pieces();
    let rest = 0;
    for (;;) {
      if (!table.charge(0)) return tooLarge(text, origin);
      const reference = findReference(text, rest);
      if (reference?.kind === "comma") reportReference(report, reference, origin);
      if (reference === undefined || reference.kind === "comma") return done.add(text.slice(rest)).join();
      done.add(text.slice(rest, reference.start));
      rest = reference.end;
      const values = reference.kind === "variable" ? table.expandSet(reference.name, origin, { implicit }) : undefined;
      if (reference.kind === "malformed") reportReference(report, reference, origin);
      const piece =
        values === undefined
          ? text.slice(reference.start, reference.end)
          : alternation(values, done.wantsNoSlash, text.startsWith("/", rest));
      done.add(piece);
      table.charge(piece.length);
    }
  }

  function tooLarge(text: string, origin: Origin): string {
    report("resolve/variable-too-large", origin, "the policy is too large once its variables are expanded");
    return text;
  }

  function remembered(text: string, origin: Origin): string {
    if (!text.includes("@{")) return text;
    const before = known.get(text);
    if (before !== undefined) return before;
    const expanded = expand(text, origin);
    // A text whose expansion failed is expanded again, so that each place is told.
    if (findReference(expanded, 0) === undefined) known.set(text, expanded);
    return expanded;
  }

  return {
    text: remembered,
    operand: (operand, origin) => {
      const text = remembered(operand.text, { ...origin, span: operand.span });
      return text === operand.text ? operand : { ...operand, text };
    },
  };
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
