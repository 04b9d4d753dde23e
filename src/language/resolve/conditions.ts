/** The value of conditions, as known at that moment (policy-language 2.4). Both sides are always evaluated. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import { compareBytes, type Span } from "../../foundation/text/index.ts";
import type { Origin } from "../model/index.ts";
import type { ExpressionNode, OperandNode } from "../syntax/index.ts";
import { type Report } from "./report.ts";
import { noImplicit, type VariableTable } from "./variables.ts";

type Comparison = Extract<ExpressionNode, { readonly kind: "comparison" }>;

interface Scope {
  readonly variables: VariableTable;
  readonly includes: readonly Span[];
  readonly report: Report;
}

/** Evaluates; what cannot be evaluated is reported and false. */
export function evaluate(node: ExpressionNode, scope: Scope): boolean {
  const origin: Origin = { span: node.span, includes: scope.includes };
  switch (node.kind) {
    case "or":
    case "and": {
      const left = evaluate(node.left, scope);
      const right = evaluate(node.right, scope);
      return node.kind === "or" ? left || right : left && right;
    }
    case "not":
      return !evaluate(node.operand, scope);
    case "boolean-reference":
      return booleanValue(node.name, origin, scope);
    case "defined":
      return isDefined(node, origin, scope);
    case "operand":
      return literalBoolean(node.operand, origin, scope);
    case "comparison":
      return compare(node, origin, scope);
  }
}

function booleanValue(name: string, origin: Origin, { variables, report }: Scope): boolean {
  const variable = variables.get(name);
  if (variable?.kind === "boolean") return variable.value;
  const what = variable === undefined ? "is not defined" : "is a set of values, not a boolean";
  report("resolve/boolean-unset", origin, sentence`${{ variable: `$${name}` }} ${what}`);
  return false;
}

/** ORACLE 5.0.2: `defined $x` asks for a set variable of that name, and asking is a use, which freezes the set. */
function isDefined(
  node: Extract<ExpressionNode, { readonly kind: "defined" }>,
  origin: Origin,
  { variables, report }: Scope,
): boolean {
  const variable = variables.get(node.name);
  if (node.of === "boolean") {
    report(
      "resolve/defined-boolean",
      origin,
      sentence`${{ condition: `defined $${node.name}` }} does not see boolean variables`,
    );
  }
  variables.freeze(node.name);
  return variable?.kind === "set";
}

function literalBoolean(operand: OperandNode, origin: Origin, { report }: Scope): boolean {
  const text = operand.kind === "word" ? operand.value : `@{${operand.name}}`;
  if (operand.kind === "word" && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  report("resolve/boolean-value", origin, sentence`${{ value: text }} is neither true nor false`);
  return false;
}

function valuesOf(operand: OperandNode, scope: Scope): readonly string[] | undefined {
  if (operand.kind === "word") return [operand.value];
  const origin = { span: operand.span, includes: scope.includes };
  if (scope.variables.get(operand.name)?.kind !== "set") {
    scope.report(
      "resolve/condition-variable",
      origin,
      sentence`${{ variable: `@{${operand.name}}` }} is not defined here`,
    );
    return undefined;
  }
  return scope.variables.expandSet(operand.name, origin, { implicit: noImplicit, strict: true });
}

function compare(node: Comparison, origin: Origin, scope: Scope): boolean {
  const left = valuesOf(node.left, scope);
  const right = valuesOf(node.right, scope);
  if (left === undefined || right === undefined) return false;
  switch (node.operator) {
    case "==":
      return isIn(left, right) && isIn(right, left);
    case "!=":
      return !(isIn(left, right) && isIn(right, left));
    case "in":
      return isIn(left, right);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compareOrder(node.operator, left, right, { origin, report: scope.report });
  }
}

function isIn(some: readonly string[], all: readonly string[]): boolean {
  const set = new Set(all);
  return some.every((value) => set.has(value));
}

interface Place {
  readonly origin: Origin;
  readonly report: Report;
}

function compareOrder(
  operator: "<" | "<=" | ">" | ">=",
  left: readonly string[],
  right: readonly string[],
  { origin, report }: Place,
): boolean {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === "range" || b === "range") {
    report("resolve/condition-range", origin, "a number of the comparison does not fit into 64 bits");
    return false;
  }
  if ((a === undefined) !== (b === undefined)) {
    report("resolve/condition-mixed", origin, "a number is compared with something that is none");
    return false;
  }
  const order = a === undefined || b === undefined ? compareLists(left, right) : a < b ? -1 : a > b ? 1 : 0;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function compareLists(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compareBytes(left[i] ?? "", right[i] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** A single value that is wholly a number as C's `strtol` reads it with base 0; `range` beyond 64 bits. */
function numberOf(values: readonly string[]): bigint | "range" | undefined {
  const match =
    values.length === 1 ? /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*)$/.exec(values[0] ?? "") : null;
  if (match === null) return undefined;
  const digits = match[2] ?? "0";
  const magnitude = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  const value = match[1] === "-" ? -magnitude : magnitude;
  return value < -(2n ** 63n) || value >= 2n ** 63n ? "range" : value;
}
