/** Set and boolean variables: one table for both kinds (policy-language 3.4). Sets are expanded when first used, then frozen. */
import { compareBytes } from "../../foundation/text/index.ts";
import type { Origin } from "../model/index.ts";
import { nearestWord } from "../tables/index.ts";
import type { ResolveLimits } from "./options.ts";
import { findReference } from "./references.ts";
import { didYouMean, quote, type Report } from "./report.ts";

interface Value {
  readonly text: string;
  readonly origin: Origin;
}

interface SetVariable {
  readonly kind: "set";
  readonly values: Value[];
  readonly origin: Origin;
  expanded: readonly string[] | undefined;
  expanding: boolean;
}

interface BooleanVariable {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly origin: Origin;
}

/** Variables of a profile, which hide the user's. */
export type ImplicitVariables = ReadonlyMap<string, string>;

export const noImplicit: ImplicitVariables = new Map();

export class VariableTable {
  readonly #variables = new Map<string, SetVariable | BooleanVariable>();
  readonly #report: Report;
  readonly #limits: ResolveLimits;
  #characters = 0;

  constructor(report: Report, limits: ResolveLimits) {
    this.#report = report;
    this.#limits = limits;
  }

  get(name: string): SetVariable | BooleanVariable | undefined {
    return this.#variables.get(name);
  }

  names(): Iterable<string> {
    return this.#variables.keys();
  }

  assignSet(name: string, operator: "=" | "+=" | "?=" | ":=", values: readonly Value[], origin: Origin): void {
    const known = this.#variables.get(name);
    if (operator === "+=") {
      if (known?.kind === "set") this.#append(name, known, values, origin);
      else this.#reportAppend(name, known, origin);
      return;
    }
    if (!this.#mayDefine(`@{${name}}`, operator, known, origin)) return;
    this.#variables.set(name, { kind: "set", values: [...values], origin, expanded: undefined, expanding: false });
  }

  assignBoolean(name: string, operator: "=" | "+=" | "?=" | ":=", value: boolean, origin: Origin): void {
    const known = this.#variables.get(name);
    if (operator === "+=") {
      this.#report("resolve/boolean-append", origin, `\`+=\` cannot be used with the boolean \`$${name}\``);
      return;
    }
    if (this.#mayDefine(`$${name}`, operator, known, origin)) {
      this.#variables.set(name, { kind: "boolean", value, origin });
    }
  }

  #mayDefine(shown: string, operator: string, known: { readonly origin: Origin } | undefined, origin: Origin): boolean {
    if (known === undefined || operator === ":=") return true;
    const also = [{ span: known.origin.span, message: "first defined here" }];
    if (operator === "?=") {
      this.#report("resolve/variable-already-set", origin, `${quote(shown)} is defined, \`?=\` changes nothing`, {
        also,
      });
    } else this.#report("resolve/variable-redefined", origin, `${quote(shown)} is defined twice`, { also });
    return false;
  }

  #append(name: string, known: SetVariable, values: readonly Value[], origin: Origin): void {
    if (known.expanded === undefined) known.values.push(...values);
    else {
      const also = [{ span: known.origin.span, message: "defined here" }];
      this.#report("resolve/variable-frozen", origin, `\`@{${name}}\` was used before, the new values have no effect`, {
        also,
      });
    }
  }

  #reportAppend(name: string, known: BooleanVariable | undefined, origin: Origin): void {
    const what = known === undefined ? "is not defined" : "is a boolean";
    const help = known === undefined ? didYouMean(nearestWord(name, this.names())) : undefined;
    this.#report("resolve/variable-append-undefined", origin, `\`@{${name}}\` ${what}, so nothing can be added`, {
      help,
    });
  }

  /** The values of a set, expanded and sorted; `undefined` (and reported) when there are none. */
  expandSet(name: string, origin: Origin, implicit: ImplicitVariables): readonly string[] | undefined {
    const hidden = implicit.get(name);
    if (hidden !== undefined) return [hidden];
    const variable = this.#variables.get(name);
    if (variable === undefined) {
      const help = didYouMean(nearestWord(name, this.names()));
      this.#report("resolve/variable-undefined", origin, `\`@{${name}}\` is not defined`, { help });
      return undefined;
    }
    if (variable.kind === "boolean") {
      const also = [{ span: variable.origin.span, message: "defined here" }];
      this.#report("resolve/variable-boolean", origin, `\`@{${name}}\` is a boolean variable`, { also });
      return undefined;
    }
    return this.#expandVariable(name, variable, implicit);
  }

  #expandVariable(name: string, variable: SetVariable, implicit: ImplicitVariables): readonly string[] | undefined {
    if (variable.expanded !== undefined) return variable.expanded;
    if (variable.expanding) {
      this.#report("resolve/variable-recursive", variable.origin, `\`@{${name}}\` contains itself`);
      return undefined;
    }
    variable.expanding = true;
    const out = new Set<string>();
    let complete = true;
    for (const value of variable.values) {
      const texts = this.#expandValue(value, implicit);
      if (texts === undefined) complete = false;
      for (const text of texts ?? []) out.add(text);
    }
    variable.expanding = false;
    if (out.size > this.#limits.values) {
      this.#reportSize(name, variable.origin);
      complete = false;
    }
    const sorted = [...out].toSorted(compareBytes);
    variable.expanded = sorted;
    return complete ? sorted : undefined;
  }

  #reportSize(name: string, origin: Origin): void {
    const message = `\`@{${name}}\` has more than ${this.#limits.values} values or is too long`;
    this.#report("resolve/variable-too-large", origin, message);
  }

  /** The cross product over all references of a value. */
  #expandValue(value: Value, implicit: ImplicitVariables): readonly string[] | undefined {
    let texts = [""];
    let at = 0;
    for (;;) {
      const reference = findReference(value.text, at);
      const plain = value.text.slice(at, reference?.start ?? value.text.length);
      texts = texts.map((text) => text + plain);
      if (reference === undefined) return texts;
      if (reference.kind !== "variable") {
        // ORACLE 5.0.2: inside a value a comma is no alternation but a bad name.
        reportReference(this.#report, { ...reference, kind: "malformed" }, value.origin);
        return undefined;
      }
      const values = this.#valuesInValue(reference.name, value, implicit);
      if (values === undefined) return undefined;
      const size = texts.length * values.length;
      this.#characters += size * (texts[0]?.length ?? 0);
      if (size > this.#limits.values || this.#characters > this.#limits.characters * 8) {
        this.#reportSize(reference.name, value.origin);
        return undefined;
      }
      texts = texts.flatMap((text) => values.map((next) => text + next));
      at = reference.end;
    }
  }

  #valuesInValue(name: string, value: Value, implicit: ImplicitVariables): readonly string[] | undefined {
    if (!implicit.has(name) && this.#variables.get(name) === undefined) {
      const help = didYouMean(nearestWord(name, this.names()));
      const message = `\`@{${name}}\`, which the value ${quote(value.text)} needs, is not defined`;
      this.#report("resolve/variable-value-undefined", value.origin, message, { help });
      return undefined;
    }
    return this.expandSet(name, value.origin, implicit);
  }
}

/** Says what is wrong with a reference that is none. */
export function reportReference(
  report: Report,
  reference: { readonly kind: "comma" | "malformed"; readonly name: string },
  origin: Origin,
): void {
  if (reference.kind === "malformed") {
    report("resolve/variable-name", origin, `${quote(`@{${reference.name}}`)} is no name of a variable`);
  } else {
    const message = `${quote(`@{${reference.name}}`)} is an alternation, and variables behind it are not expanded`;
    report("resolve/variable-comma", origin, message);
  }
}
