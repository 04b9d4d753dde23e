/** Boolean expressions of conditionals and boolean variables (policy-language 2.4). */
import type { Cursor, Mark } from "./cursor.ts";
import { K } from "./kinds.ts";
import { limits } from "./limits.ts";
import type { ExpressionNode, OperandNode } from "./tree.ts";

type Comparison = Extract<ExpressionNode, { kind: "comparison" }>["operator"];

const comparisons: ReadonlyMap<number, Comparison> = new Map<number, Comparison>([
  [K.equalTo, "=="],
  [K.notEqual, "!="],
  [K.in, "in"],
  [K.greater, ">"],
  [K.greaterEqual, ">="],
  [K.less, "<"],
  [K.lessEqual, "<="],
]);

/** `depth` counts parentheses and `not` around it. */
export function parseExpression(cursor: Cursor, depth = 0): ExpressionNode | undefined {
  const mark = cursor.mark();
  let left = parseTerm(cursor, depth);
  for (let count = 0; left !== undefined && cursor.accept(K.or); count += 1) {
    if (count > limits.depth) return tooDeep(cursor);
    const right = parseTerm(cursor, depth);
    if (right === undefined) return undefined;
    left = { kind: "or", span: cursor.spanFrom(mark), left, right };
  }
  return left;
}

function parseTerm(cursor: Cursor, depth: number): ExpressionNode | undefined {
  const mark = cursor.mark();
  let left = parseNot(cursor, depth);
  for (let count = 0; left !== undefined && cursor.accept(K.and); count += 1) {
    if (count > limits.depth) return tooDeep(cursor);
    const right = parseNot(cursor, depth);
    if (right === undefined) return undefined;
    left = { kind: "and", span: cursor.spanFrom(mark), left, right };
  }
  return left;
}

function tooDeep(cursor: Cursor): undefined {
  cursor.reader.stop("too-deep");
  return cursor.fail("a shorter expression");
}

function parseNot(cursor: Cursor, depth: number): ExpressionNode | undefined {
  const marks: Mark[] = [];
  for (let mark = cursor.mark(); cursor.accept(K.not); mark = cursor.mark()) marks.push(mark);
  if (depth + marks.length > limits.depth) return tooDeep(cursor);
  let node = parseFactor(cursor, depth + marks.length);
  for (const mark of marks.toReversed())
    if (node !== undefined) node = { kind: "not", span: cursor.spanFrom(mark), operand: node };
  return node;
}

function parseFactor(cursor: Cursor, depth: number): ExpressionNode | undefined {
  const mark = cursor.mark();
  switch (cursor.peek()) {
    case K.booleanVariable:
      return { kind: "boolean-reference", span: cursor.tokenSpan(), name: takeName(cursor) };
    case K.defined:
      return parseDefined(cursor);
    case K.leftParen: {
      cursor.take();
      if (depth >= limits.depth) return tooDeep(cursor);
      const inner = parseExpression(cursor, depth + 1);
      return inner !== undefined && cursor.expect(K.rightParen, "`)`") ? inner : undefined;
    }
    default:
  }
  const left = parseOperand(cursor, "a boolean variable, a word, `not`, `defined` or `(`");
  if (left === undefined) return undefined;
  const operator = comparisons.get(cursor.peek());
  if (operator === undefined) return { kind: "operand", span: left.span, operand: left };
  cursor.take();
  const right = parseOperand(cursor, "a word or a variable to compare with");
  if (right === undefined) return undefined;
  return { kind: "comparison", span: cursor.spanFrom(mark), operator, left, right };
}

function parseDefined(cursor: Cursor): ExpressionNode | undefined {
  const mark = cursor.mark();
  cursor.take();
  const kind = cursor.peek();
  if (kind !== K.setVariable && kind !== K.booleanVariable) return cursor.fail("a variable after `defined`");
  const name = takeName(cursor);
  return { kind: "defined", span: cursor.spanFrom(mark), name, of: kind === K.setVariable ? "set" : "boolean" };
}

function parseOperand(cursor: Cursor, expected: string): OperandNode | undefined {
  switch (cursor.peek()) {
    case K.id:
      return cursor.word();
    case K.setVariable:
      return { kind: "set-reference", span: cursor.tokenSpan(), name: takeName(cursor) };
    default:
      return cursor.fail(expected);
  }
}

/** Takes a variable and gives its name alone. */
export function takeName(cursor: Cursor): string {
  const text = cursor.text();
  cursor.take();
  return variableName(text);
}

/** The name in `@{name}`, `@name`, `${name}` or `$name`. */
export function variableName(text: string): string {
  return text.charAt(1) === "{" ? text.slice(2, -1) : text.slice(1);
}
