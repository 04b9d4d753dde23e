/**
 * `mount` takes conditions, a source and `-> TARGET`; `remount` and `umount` one path; `pivot_root` a new root and a transition
 * (policy-language 2.6.8).
 */
import type { Cursor, Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { ConditionNode, MountRuleNode, PrefixNode, WordNode } from "../tree.ts";
import { parseConditions } from "./conditions.ts";

/** The verbs by their keyword's token. */
export const mountVerbs: ReadonlyMap<number, MountRuleNode["verb"]> = new Map([
  [K.mount, "mount"],
  [K.remount, "remount"],
  [K.umount, "umount"],
  [K.pivotRoot, "pivot_root"],
]);

interface Target {
  readonly targetConditions: readonly ConditionNode[];
  readonly target: WordNode | undefined;
}

const noTarget: Target = { targetConditions: [], target: undefined };

export function parseMount(
  cursor: Cursor,
  mark: Mark,
  prefix: PrefixNode,
  verb: MountRuleNode["verb"],
): MountRuleNode | undefined {
  cursor.take();
  const conditions = parseConditions(cursor);
  if (conditions === undefined) return undefined;
  const operand = cursor.acceptWord(K.id);
  const hasTarget = verb === "mount" || verb === "pivot_root";
  const target = hasTarget && cursor.accept(K.arrow) ? parseTarget(cursor, verb) : noTarget;
  if (target === undefined) return undefined;
  if (verb === "mount" && operand !== undefined && target === noTarget && cursor.peek() === K.id)
    return cursor.fail("`->` before the mount point, or `,` to end the rule");
  if (!cursor.endOfRule()) return undefined;
  return { kind: "mount", span: cursor.spanFrom(mark), prefix, verb, conditions, operand, ...target };
}

function parseTarget(cursor: Cursor, verb: MountRuleNode["verb"]): Target | undefined {
  const targetConditions = verb === "mount" ? parseConditions(cursor) : [];
  if (targetConditions === undefined) return undefined;
  const target = cursor.expectWord(K.id, verb === "mount" ? "the mount point" : "the name of a profile");
  return target === undefined ? undefined : { targetConditions, target };
}
