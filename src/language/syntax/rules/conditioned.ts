/**
 * Rules of one shape: permissions come first, then the operands and conditions that the class has, then one group, which stands last
 * (policy-language 2.6.2-2.6.11).
 */
import { nearestWord, permissionWords } from "../../tables/index.ts";
import { type Cursor, END_OF_RULE, type Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import type {
  ConditionGroupNode,
  ConditionNode,
  ConditionRuleNode,
  PermissionsNode,
  PrefixNode,
  WordNode,
} from "../tree.ts";
import { parseConditions, parseGroup, parsePermissions } from "./conditions.ts";

/** What a class may have; the order is fixed. */
interface Shape {
  readonly permissions: boolean;
  /** Words before the conditions. */
  readonly leading: number;
  readonly conditions: boolean;
  readonly group: boolean;
  /** Words behind the conditions. */
  readonly trailing: number;
}

const shapes: Readonly<Record<ConditionRuleNode["kind"], Shape>> = {
  network: { permissions: true, leading: 2, conditions: true, group: true, trailing: 0 },
  unix: { permissions: true, leading: 0, conditions: true, group: true, trailing: 0 },
  dbus: { permissions: true, leading: 0, conditions: true, group: true, trailing: 0 },
  signal: { permissions: true, leading: 0, conditions: true, group: false, trailing: 0 },
  ptrace: { permissions: true, leading: 0, conditions: true, group: false, trailing: 0 },
  mqueue: { permissions: true, leading: 0, conditions: true, group: false, trailing: 1 },
  io_uring: { permissions: true, leading: 0, conditions: true, group: true, trailing: 0 },
  userns: { permissions: true, leading: 0, conditions: false, group: false, trailing: 0 },
  all: { permissions: false, leading: 0, conditions: false, group: false, trailing: 0 },
};

/** The classes by their keyword's token. */
export const conditionedKinds: ReadonlyMap<number, ConditionRuleNode["kind"]> = new Map([
  [K.network, "network"],
  [K.unix, "unix"],
  [K.dbus, "dbus"],
  [K.signal, "signal"],
  [K.ptrace, "ptrace"],
  [K.mqueue, "mqueue"],
  [K.ioUring, "io_uring"],
  [K.userns, "userns"],
  [K.all, "all"],
]);

const noWords: readonly WordNode[] = [];
const noConditions: readonly ConditionNode[] = [];

export function parseConditioned(
  cursor: Cursor,
  mark: Mark,
  prefix: PrefixNode,
  kind: ConditionRuleNode["kind"],
): ConditionRuleNode | undefined {
  const shape = shapes[kind];
  cursor.take();
  const permissions = shape.permissions ? permissionsOf(cursor, kind) : undefined;
  const before = shape.leading > 0 ? operandsOf(cursor, shape.leading) : noWords;
  const conditions = shape.conditions ? parseConditions(cursor) : noConditions;
  if (conditions === undefined || cursor.failure !== undefined) return undefined;
  let group: ConditionGroupNode | undefined;
  if (shape.group && cursor.peek() === K.conditionGroup) {
    group = parseGroup(cursor);
    if (group === undefined) return undefined;
  }
  const operands = shape.trailing > 0 ? operandsOf(cursor, shape.trailing) : before;
  const isBare = permissions === undefined && conditions.length === 0 && group === undefined && operands.length === 0;
  if (isBare && cursor.peek() !== K.comma) return cursor.fail(...firstExpected(shape, kind, cursor));
  if (!cursor.endOfRule()) return undefined;
  return { kind, span: cursor.spanFrom(mark), prefix, permissions, operands, conditions, group };
}

/** What may come first in a rule of this class, and the words that may be meant. */
function firstExpected(shape: Shape, kind: ConditionRuleNode["kind"], cursor: Cursor): readonly [string, string?] {
  if (kind === "all" || kind === "network") return [END_OF_RULE];
  const { names } = permissionWords[kind];
  const near = nearestWord(cursor.text(), names);
  const known = `the permissions of ${kind} rules are ${names.map((word) => `\`${word}\``).join(", ")}`;
  const help = near === undefined ? known : `did you mean \`${near}\`?`;
  return [shape.conditions ? "a permission, a condition or `,`" : "a permission or `,`", help];
}

/** `io_uring` stays in the top mode, where only its own two words are permissions. */
function permissionsOf(cursor: Cursor, kind: ConditionRuleNode["kind"]): PermissionsNode | undefined {
  const next = cursor.peek();
  const isTop = kind === "io_uring";
  if ((next === K.permission || next === K.perms) && isTop) return undefined;
  return parsePermissions(cursor);
}

function operandsOf(cursor: Cursor, most: number): readonly WordNode[] {
  if (cursor.peek() !== K.id) return noWords;
  const words: WordNode[] = [];
  while (words.length < most && cursor.peek() === K.id) words.push(cursor.word());
  return words;
}
