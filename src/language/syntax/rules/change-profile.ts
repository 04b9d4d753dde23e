/** `change_profile [safe|unsafe] [EXEC] [-> TARGET],`: any word is an exec condition or a target (policy-language 2.5). */
import type { Cursor, Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { ChangeProfileRuleNode, PrefixNode, WordNode } from "../tree.ts";
import { parseSafety } from "./file.ts";

export function parseChangeProfile(cursor: Cursor, mark: Mark, prefix: PrefixNode): ChangeProfileRuleNode | undefined {
  cursor.take();
  const safety = parseSafety(cursor);
  const exec = cursor.acceptWord(K.id);
  let target: WordNode | undefined;
  if (cursor.accept(K.arrow)) {
    target = cursor.expectWord(K.id, "the name of a profile");
    if (target === undefined) return undefined;
  }
  if (!cursor.endOfRule()) return undefined;
  return { kind: "change_profile", span: cursor.spanFrom(mark), prefix, safety, exec, target };
}
