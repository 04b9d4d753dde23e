/** The first token behind the qualifiers decides which rule it is (policy-language 2.4-2.6). */
import type { Cursor, Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { PrefixNode, RuleNode } from "../tree.ts";
import { parseCapability } from "./capability.ts";
import { parseChangeProfile } from "./change-profile.ts";
import { conditionedKinds, parseConditioned } from "./conditioned.ts";
import { parseFile, parseLink } from "./file.ts";
import { mountVerbs, parseMount } from "./mount.ts";

/** Whether a rule can start with the token. */
export function isRuleStart(kind: number): boolean {
  switch (kind) {
    case K.file:
    case K.safe:
    case K.unsafe:
    case K.perms:
    case K.id:
    case K.setVariable:
    case K.link:
    case K.changeProfile:
    case K.capability:
      return true;
    default:
      return conditionedKinds.has(kind) || mountVerbs.has(kind);
  }
}

/** Reads the rule that starts with the next token; `mark` is where its qualifiers start. */
export function parseRule(cursor: Cursor, mark: Mark, prefix: PrefixNode): RuleNode | undefined {
  const kind = cursor.peek();
  switch (kind) {
    case K.link:
      return parseLink(cursor, mark, prefix);
    case K.changeProfile:
      return parseChangeProfile(cursor, mark, prefix);
    case K.capability:
      return parseCapability(cursor, mark, prefix);
    default:
  }
  const conditioned = conditionedKinds.get(kind);
  if (conditioned !== undefined) return parseConditioned(cursor, mark, prefix, conditioned);
  const verb = mountVerbs.get(kind);
  return verb === undefined ? parseFile(cursor, mark, prefix) : parseMount(cursor, mark, prefix, verb);
}
