/** Set and boolean variables: one table for both kinds (policy-language 3.4). Sets are expanded when first used, then frozen. */
import { asMessage, sentence, type Details, type Message } from "../../foundation/diagnostics/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { compareBytes, type Span } from "../../foundation/text/index.ts";
import type { Origin } from "../model/index.ts";
import { nearestWord } from "../tables/index.ts";
import type { ResolveLimits } from "./limits.ts";
import { findReference } from "./references.ts";
import type { ResolveCode } from "./codes.ts";
import { didYouMean, type Report } from "./report.ts";

interface Value {
  readonly text: string;
  readonly origin: Origin;
}

/** Why a value cannot be expanded: not said yet. */
interface Failure {
  readonly code: ResolveCode;
  readonly message: string | Message;
  readonly origin: Origin;
  readonly details?: Details;
}

/** The values before the first that cannot be expanded. */
interface Expansion {
  readonly values: readonly string[];
  readonly failure: Failure | undefined;
}

/** Variables as they were at a moment. */
export interface VariableSnapshot {
  readonly variables: ReadonlyMap<string, SetVariable | BooleanVariable>;
  readonly definitions: readonly Definition[];
}

interface SetVariable {
  readonly kind: "set";
  readonly values: Value[];
  readonly origin: Origin;
  expanded: Expansion | undefined;
  expanding: boolean;
}

interface BooleanVariable {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly origin: Origin;
}

/** A variable as it is: a set's values in byte order, and why some of them cannot be expanded. */
export type ListedVariable =
  | {
      readonly kind: "set";
      readonly name: string;
      readonly values: readonly string[];
      readonly problem: string | undefined;
    }
  | { readonly kind: "boolean"; readonly name: string; readonly value: boolean };

export interface Definition {
  readonly name: string;
  readonly gone: boolean;
}

export interface VariableList {
  /** Names in the order in which they were defined, each as often as it was; those of a profile's own variables also when they went. */
  readonly definitions: readonly Definition[];
  /**
   * A variable, expanded if they are.
   *
   * ORACLE 5.0.2: where values cannot be expanded the answer depends on what was asked before.
   */
  readonly get: (name: string) => ListedVariable | undefined;
}

/** Variables of a profile, which hide the user's. */
export type ImplicitVariables = ReadonlyMap<string, string>;

interface VariableUse {
  readonly implicit: ImplicitVariables;
  /** A value that cannot be expanded is an error, whatever comes before it. */
  readonly strict?: boolean;
}

/** Variables whose values need variables, and so on. Each level is a call: without a bound, a long chain would exhaust the stack. */
const DEEPEST = 500;

/** Names compared with names, in all, for the sake of a suggestion. */
const MOST_COMPARED = 1_000_000;

/** Those that every profile has. */
const GIVEN = ["profile_name"];

export const noImplicit: ImplicitVariables = new Map();

/** Variables that another text has come to, by an include that is here at `through`. */
interface Adopted {
  readonly variables: VariableSnapshot["variables"];
  readonly through: Span;
}

/** The variable as if it had been read here: the includes on the way to it begin with ours. */
function adoptedCopy(variable: SetVariable | BooleanVariable, through: Span): SetVariable | BooleanVariable {
  // Where it was read it is as it was.
  const here = (origin: Origin): Origin =>
    origin.includes[0] === through ? origin : { span: origin.span, includes: [through, ...origin.includes.slice(1)] };
  const origin = here(variable.origin);
  if (variable.kind === "boolean") return { ...variable, origin };
  const values = variable.values.map((value) => ({ text: value.text, origin: here(value.origin) }));
  return { ...variable, values, origin };
}

export class VariableTable {
  #variables = new Map<string, SetVariable | BooleanVariable>();
  readonly #report: Report;
  readonly #limits: ResolveLimits;
  readonly #definitions: Definition[] = [];
  readonly #near = new Map<string, string | undefined>();
  #adopted: Adopted | undefined;
  #characters = 0;
  #depth = 0;

  constructor(report: Report, limits: ResolveLimits) {
    this.#report = report;
    this.#limits = limits;
  }

  get(name: string): SetVariable | BooleanVariable | undefined {
    return this.#lookUp(name);
  }

  get isEmpty(): boolean {
    return this.#variables.size === 0 && this.#adopted === undefined;
  }

  /** All as it is now, included at `through`. COST: nothing is copied: what is used from now on is, as of what is adopted. */
  handOver(through: Span): VariableSnapshot {
    const snapshot = { variables: this.#variables, definitions: [...this.#definitions] };
    this.#adopted = { variables: this.#variables, through };
    this.#variables = new Map();
    return snapshot;
  }

  /** Begins with what there was then, included at `through`. */
  adopt({ variables, definitions }: VariableSnapshot, through: Span): void {
    this.#adopted = { variables, through };
    for (const definition of definitions) this.#definitions.push(definition);
  }

  /** COST: of adopted variables few are used, and only these are copied. */
  #lookUp(name: string): SetVariable | BooleanVariable | undefined {
    const own = this.#variables.get(name);
    if (own !== undefined) return own;
    const adopted = this.#adopted?.variables.get(name);
    if (this.#adopted === undefined || adopted === undefined) return undefined;
    const copy = adoptedCopy(adopted, this.#adopted.through);
    this.#variables.set(name, copy);
    return copy;
  }

  /** The help for a name that is not there. Each name is looked for once, and not too many of them. */
  #help(name: string): string | undefined {
    // Adopted ones came first.
    const names = new Set([...(this.#adopted?.variables.keys() ?? []), ...this.#variables.keys(), ...GIVEN]);
    if (this.#near.size * names.size > MOST_COMPARED) return undefined;
    if (!this.#near.has(name)) {
      const near = nearestWord(name, names);
      const isBoolean = near !== undefined && this.#lookUp(near)?.kind === "boolean";
      this.#near.set(name, didYouMean(near && (isBoolean ? `$${near}` : `@{${near}}`)));
    }
    return this.#near.get(name);
  }

  /** Counts what expansion makes; false when it is too much for one policy. */
  charge(characters: number): boolean {
    this.#characters += characters;
    return this.#characters <= this.#limits.characters;
  }

  assignSet(name: string, operator: "=" | "+=" | "?=" | ":=", values: readonly Value[], origin: Origin): void {
    const known = this.#lookUp(name);
    if (operator === "+=") {
      if (known?.kind === "set") this.#append(name, known, values, origin);
      else this.#reportAppend(name, known, origin);
      return;
    }
    if (!this.#mayDefine(`@{${name}}`, operator, known, origin)) return;
    this.#definitions.push({ name, gone: false });
    this.#variables.set(name, { kind: "set", values: [...values], origin, expanded: undefined, expanding: false });
  }

  assignBoolean(name: string, operator: "=" | "+=" | "?=" | ":=", value: boolean, origin: Origin): void {
    const known = this.#lookUp(name);
    if (operator === "+=") {
      this.#report(
        "resolve/boolean-append",
        origin,
        sentence`\`+=\` cannot be used with the boolean ${{ variable: `$${name}` }}`,
      );
      return;
    }
    if (this.#mayDefine(`$${name}`, operator, known, origin)) {
      this.#definitions.push({ name, gone: false });
      this.#variables.set(name, { kind: "boolean", value, origin });
    }
  }

  #mayDefine(shown: string, operator: string, known: { readonly origin: Origin } | undefined, origin: Origin): boolean {
    if (known === undefined || operator === ":=") return true;
    const also = [{ span: known.origin.span, message: "first defined here" }];
    if (operator === "?=") {
      this.#report(
        "resolve/variable-already-set",
        origin,
        sentence`${{ variable: shown }} is defined, \`?=\` changes nothing`,
        {
          also,
        },
      );
    } else
      this.#report("resolve/variable-redefined", origin, sentence`${{ variable: shown }} is defined twice`, { also });
    return false;
  }

  #append(name: string, known: SetVariable, values: readonly Value[], origin: Origin): void {
    for (const value of values) known.values.push(value);
    if (known.expanded === undefined) return;
    const also = [{ span: known.origin.span, message: "defined here" }];
    const message = sentence`${{ variable: `@{${name}}` }} was used before, the new values have no effect`;
    this.#report("resolve/variable-frozen", origin, message, { also });
  }

  #reportAppend(name: string, known: BooleanVariable | undefined, origin: Origin): void {
    const what = known === undefined ? "is not defined" : "is a boolean";
    const help = known === undefined ? this.#help(name) : undefined;
    this.#report(
      "resolve/variable-append-undefined",
      origin,
      sentence`${{ variable: `@{${name}}` }} ${what}, so nothing can be added`,
      {
        help,
      },
    );
  }

  /**
   * The values of a set, expanded and sorted; `undefined` (and reported) when there are none.
   *
   * ORACLE 5.0.2: outside of conditions a value that cannot be expanded ends the set, and those before it are used.
   */
  expandSet(name: string, origin: Origin, use: VariableUse): readonly string[] | undefined {
    const hidden = use.implicit.get(name);
    if (hidden !== undefined) return [hidden];
    const found = this.#find(name, origin);
    if (!found.ok) {
      this.#say(found.error);
      return undefined;
    }
    const { values, failure } = this.#expandVariable(name, found.value, use.implicit);
    if (failure === undefined) return values;
    if (values.length === 0 || use.strict === true) {
      this.#say(failure);
      return undefined;
    }
    const also = [{ span: found.value.origin.span, message: `\`@{${name}}\` is defined here` }];
    const { facts, text } = asMessage(failure.message);
    const message = {
      text: `${text}; this value and those after it are lost`,
      facts: { ...facts, reason: failure.code },
    };
    this.#report("resolve/variable-value-lost", failure.origin, message, { also });
    return values;
  }

  /** A profile's own variables have come and gone. */
  noteImplicit(implicit: ImplicitVariables): void {
    for (const gone of [false, true]) for (const name of implicit.keys()) this.#definitions.push({ name, gone });
  }

  /** Expands a set as any use does, and says nothing: from then on it has the values it has. */
  freeze(name: string): void {
    const variable = this.#lookUp(name);
    if (variable?.kind === "set") this.#expandVariable(name, variable, noImplicit);
  }

  /** All variables, as written or expanded. */
  list(expanded: boolean): VariableList {
    return {
      definitions: this.#definitions,
      get: (name) => {
        const variable = this.#lookUp(name);
        if (variable?.kind !== "set") return variable && { kind: "boolean", name, value: variable.value };
        if (expanded) return this.#listExpanded(name, variable);
        const values = [...new Set(variable.values.map(({ text }) => text))].toSorted(compareBytes);
        return { kind: "set", name, values, problem: undefined };
      },
    };
  }

  #listExpanded(name: string, variable: SetVariable): ListedVariable {
    const before = variable.expanded;
    const { failure, values } = this.#expandVariable(name, variable, noImplicit);
    // ORACLE 5.0.2: what is listed incomplete does not stay so.
    if (failure !== undefined) variable.expanded = before;
    return { kind: "set", name, values, problem: failure && asMessage(failure.message).text };
  }

  #say({ code, message, origin, details }: Failure): void {
    this.#report(code, origin, message, details);
  }

  #find(name: string, origin: Origin): Outcome<SetVariable, Failure> {
    const variable = this.#lookUp(name);
    if (variable === undefined) {
      const details = { help: this.#help(name) };
      return fail({
        code: "resolve/variable-undefined",
        message: sentence`${{ variable: `@{${name}}` }} is not defined`,
        origin,
        details,
      });
    }
    if (variable.kind === "set") return ok(variable);
    const details = { also: [{ span: variable.origin.span, message: "defined here" }] };
    return fail({
      code: "resolve/variable-boolean",
      message: sentence`${{ variable: `@{${name}}` }} is a boolean variable`,
      origin,
      details,
    });
  }

  /** Expands value by value, in byte order; the first that cannot be expanded ends it. */
  #expandVariable(name: string, variable: SetVariable, implicit: ImplicitVariables): Expansion {
    if (variable.expanded !== undefined) return variable.expanded;
    if (variable.expanding) {
      const message = sentence`${{ variable: `@{${name}}` }} contains itself`;
      return { values: [], failure: { code: "resolve/variable-recursive", message, origin: variable.origin } };
    }
    if (this.#depth === DEEPEST) return { values: [], failure: this.#tooLarge(name, variable.origin) };
    this.#depth += 1;
    variable.expanding = true;
    const out = new Set<string>();
    let failure: Failure | undefined;
    for (const value of variable.values.toSorted((a, b) => compareBytes(a.text, b.text))) {
      const texts = this.#expandValue(value, implicit);
      if (!texts.ok) {
        failure = texts.error;
        break;
      }
      for (const text of texts.value) out.add(text);
    }
    variable.expanding = false;
    this.#depth -= 1;
    if (out.size > this.#limits.values) failure = this.#tooLarge(name, variable.origin);
    const tooLarge = failure?.code === "resolve/variable-too-large";
    const values = tooLarge ? [] : [...out].toSorted(compareBytes);
    // ORACLE 5.0.2: what there is is kept and counts as whole from then on; where there is nothing, the next use tries again.
    if (tooLarge) variable.expanded = { values, failure };
    else if (values.length > 0) variable.expanded = { values, failure: undefined };
    return { values, failure };
  }

  #tooLarge(name: string, origin: Origin): Failure {
    const message = sentence`${{ variable: `@{${name}}` }} has more than ${{ limit: this.#limits.values }} values, is too long or nested too deep`;
    return { code: "resolve/variable-too-large", message, origin };
  }

  /** The cross product over all references of a value. */
  #expandValue(value: Value, implicit: ImplicitVariables): Outcome<readonly string[], Failure> {
    let texts = [""];
    let at = 0;
    for (;;) {
      const reference = findReference(value.text, at);
      const plain = value.text.slice(at, reference?.start ?? value.text.length);
      texts = texts.map((text) => text + plain);
      if (reference === undefined) return ok(texts);
      // ORACLE 5.0.2: inside a value a comma is not an alternation but a bad name.
      if (reference.kind !== "variable") return fail(malformed(reference.name, value.origin));
      const values = this.#valuesInValue(reference.name, value, implicit);
      if (!values.ok) return values;
      const size = texts.length * values.value.length;
      const characters = lengthOf(texts) * values.value.length + lengthOf(values.value) * texts.length;
      if (size > this.#limits.values || !this.charge(characters)) {
        return fail(this.#tooLarge(reference.name, value.origin));
      }
      texts = texts.flatMap((text) => values.value.map((next) => text + next));
      at = reference.end;
    }
  }

  #valuesInValue(name: string, value: Value, implicit: ImplicitVariables): Outcome<readonly string[], Failure> {
    const hidden = implicit.get(name);
    if (hidden !== undefined) return ok([hidden]);
    const found = this.#find(name, value.origin);
    if (!found.ok) {
      const { details } = found.error;
      if (found.error.code !== "resolve/variable-undefined") return found;
      const message = sentence`${{ variable: `@{${name}}` }}, which the value ${{ value: value.text }} needs, is not defined`;
      const code = "resolve/variable-value-undefined";
      return fail({ code, message, origin: value.origin, ...(details && { details }) });
    }
    const { failure, values } = this.#expandVariable(name, found.value, implicit);
    return failure === undefined ? ok(values) : fail(failure);
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function malformed(name: string, origin: Origin): Failure {
  return {
    code: "resolve/variable-name",
    message: sentence`${{ variable: `@{${name}}` }} is not the name of a variable`,
    origin,
  };
}

/** Says what is wrong with a reference that is none. */
export function reportReference(
  report: Report,
  reference: { readonly kind: "comma" | "malformed"; readonly name: string },
  origin: Origin,
): void {
  if (reference.kind === "malformed") {
    const { code, message } = malformed(reference.name, origin);
    report(code, origin, message);
  } else {
    const message = sentence`${{ variable: `@{${reference.name}}` }} is an alternation, and variables after it are not expanded`;
    report("resolve/variable-comma", origin, message);
  }
}
