/** Statements before the first profile (policy-language 2.2). */
import type { Cursor, Mark } from "./cursor.ts";
import { parseExpression, takeName, variableName } from "./expression.ts";
import { K, M } from "./kinds.ts";
import type { AbiNode, AliasNode, AssignOperator, BooleanNode, VariableNode, WordNode } from "./tree.ts";

const operators: ReadonlyMap<number, AssignOperator> = new Map<number, AssignOperator>([
  [K.assign, "="],
  [K.addAssign, "+="],
  [K.elseAssign, "?="],
  [K.overrideAssign, ":="],
]);

/** Whether the next token assigns. */
export function isAssignment(kind: number): boolean {
  return operators.has(kind);
}

export function parseAbi(cursor: Cursor): AbiNode | undefined {
  const mark = cursor.mark();
  cursor.take();
  const path = cursor.expectFileName();
  if (path === undefined || !cursor.expect(K.comma, "`,` to end the abi line")) return undefined;
  return { kind: "abi", span: cursor.spanFrom(mark), path, searched: path.text.startsWith("<") };
}

export function parseAlias(cursor: Cursor): AliasNode | undefined {
  const mark = cursor.mark();
  const keyword = cursor.text() === "alias" ? "alias" : "rewrite";
  cursor.take();
  const from = cursor.expectWord(K.id, "the path to replace");
  if (from === undefined || !cursor.expect(K.arrow, "`->`")) return undefined;
  const to = cursor.expectWord(K.id, "the other path");
  if (to === undefined || !cursor.endOfRule()) return undefined;
  return { kind: "alias", span: cursor.spanFrom(mark), keyword, from, to };
}

/** `@{name} = values`; the variable has been taken, the operator comes next. */
export function parseVariable(cursor: Cursor, mark: Mark, variable: WordNode): VariableNode | undefined {
  const nameSpan = variable.span;
  const name = variableName(variable.text);
  const operator = operators.get(cursor.peek());
  if (operator === undefined) return cursor.fail("`=`, `+=`, `?=` or `:=`");
  cursor.take();
  const first = cursor.expectWord(K.value, "a value on the same line");
  if (first === undefined) return undefined;
  const values = [first, ...cursor.words(K.value)];
  if (!isLineOver(cursor)) return cursor.fail("a value or the end of the line");
  return { kind: "variable", span: cursor.spanFrom(mark), name, nameSpan, operator, values };
}

/**
 * `$name = expression`; the next token is the variable. The end of the line is not a token: an expression that a later line
 * goes on with (`or …`) is one expression.
 */
export function parseBoolean(cursor: Cursor): BooleanNode | undefined {
  const mark = cursor.mark();
  const nameSpan = cursor.tokenSpan();
  const name = takeName(cursor);
  const operator = operators.get(cursor.peek());
  if (operator === undefined) return cursor.fail("`=`, `?=` or `:=`");
  cursor.take();
  const value = parseExpression(cursor);
  if (value === undefined) return undefined;
  if (!isLineOver(cursor)) return cursor.fail("an operator or the end of the line");
  return { kind: "boolean", span: cursor.spanFrom(mark), name, nameSpan, operator, value };
}

/** Whether the next token, if there is one, is on another line: only there is the scanner in another mode. */
function isLineOver(cursor: Cursor): boolean {
  const isEnd = cursor.peek() === K.end;
  const { mode } = cursor.reader;
  return isEnd || (mode !== M.assign && mode !== M.assignExpression);
}
