/**
 * What most rules share (policy-language 2.6): one permission word, or any number in parentheses; `NAME=VALUE`, `NAME=(VALUE…)` or `NAME in
 * (VALUE…)` in any order; one `peer=( )` at the end.
 */
import type { Cursor } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { ConditionGroupNode, ConditionNode, PermissionsNode, WordNode } from "../tree.ts";

/** Permissions, if any: one word, or any number in parentheses. */
export function parsePermissions(cursor: Cursor): PermissionsNode | undefined {
  const mark = cursor.mark();
  const kind = cursor.peek();
  if (kind === K.permission || kind === K.ringPermission || kind === K.perms) {
    const words = [cursor.word()];
    return { kind: "permissions", span: cursor.spanFrom(mark), words, parenthesised: false };
  }
  if (kind !== K.leftParen) return undefined;
  cursor.take();
  const words = cursor.words(K.value);
  if (!cursor.expect(K.rightParen, "a permission or `)`")) return undefined;
  return { kind: "permissions", span: cursor.spanFrom(mark), words, parenthesised: true };
}

/** Conditions as long as they come. */
export function parseConditions(cursor: Cursor): readonly ConditionNode[] | undefined {
  if (cursor.peek() !== K.condition) return noConditions;
  const conditions: ConditionNode[] = [];
  while (cursor.peek() === K.condition) {
    const condition = parseCondition(cursor);
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  return conditions;
}

/** `name = value`, `name = (values)` or `name in (values)`. */
function parseCondition(cursor: Cursor): ConditionNode | undefined {
  const mark = cursor.mark();
  const nameSpan = cursor.tokenSpan();
  const name = cursor.text();
  cursor.take();
  const isIn = cursor.accept(K.in);
  if (!isIn && !cursor.expect(K.equals, `\`=\` or \`in\` after \`${name}\``)) return undefined;
  const operator = isIn ? "in" : "=";
  if (!isIn && cursor.peek() === K.value) {
    const values = [cursor.word()];
    return { kind: "condition", span: cursor.spanFrom(mark), name, nameSpan, operator, values, parenthesised: false };
  }
  const values = parseList(cursor);
  if (values === undefined) return undefined;
  return { kind: "condition", span: cursor.spanFrom(mark), name, nameSpan, operator, values, parenthesised: true };
}

/** `( values )`, one at least. */
export function parseList(cursor: Cursor): readonly WordNode[] | undefined {
  if (!cursor.expect(K.leftParen, "a value or `(`")) return undefined;
  const first = cursor.expectWord(K.value, "a value");
  if (first === undefined) return undefined;
  const values = [first, ...cursor.words(K.value)];
  return cursor.expect(K.rightParen, "a value or `)`") ? values : undefined;
}

/** `peer=( … )` or `xattrs=( … )`; the next token is its name. */
export function parseGroup(cursor: Cursor): ConditionGroupNode | undefined {
  const mark = cursor.mark();
  const name = cursor.text();
  cursor.take();
  if (!cursor.expect(K.equals, "`=`") || !cursor.expect(K.leftParen, "`(`")) return undefined;
  const conditions: ConditionNode[] = [];
  while (cursor.peek() === K.condition) {
    const condition = parseGroupCondition(cursor);
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  if (!cursor.expect(K.rightParen, "the name of a condition or `)`")) return undefined;
  return { kind: "condition-group", span: cursor.spanFrom(mark), name, conditions };
}

/** A name, and perhaps one value, which may be in parentheses. */
function parseGroupCondition(cursor: Cursor): ConditionNode | undefined {
  const mark = cursor.mark();
  const nameSpan = cursor.tokenSpan();
  const name = cursor.word().value;
  const isSet = cursor.accept(K.set);
  if (!isSet && !cursor.accept(K.equals))
    return {
      kind: "condition",
      span: nameSpan,
      name,
      nameSpan,
      operator: "",
      values: [],
      parenthesised: false,
    };
  const parenthesised = cursor.accept(K.leftParen);
  const value = cursor.expectWord(K.value, "a value");
  if (value === undefined) return undefined;
  if (parenthesised && !cursor.expect(K.rightParen, "`)` after the single value")) return undefined;
  const operator = isSet ? ":=" : "=";
  return { kind: "condition", span: cursor.spanFrom(mark), name, nameSpan, operator, values: [value], parenthesised };
}

const noConditions: readonly ConditionNode[] = [];
