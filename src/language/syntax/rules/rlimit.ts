/** `set rlimit NAME <= VALUE [UNIT],`: takes no qualifier before it (policy-language 2.6.11). */
import type { Cursor } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { RlimitNode } from "../tree.ts";

export function parseRlimit(cursor: Cursor): RlimitNode | undefined {
  const mark = cursor.mark();
  cursor.take();
  if (!cursor.expect(K.rlimit, "`rlimit`")) return undefined;
  const name = cursor.expectWord(K.id, "the name of a resource");
  if (name === undefined || !cursor.expect(K.lessEqual, "`<=`")) return undefined;
  const value = cursor.expectWord(K.value, "a number or `infinity`");
  if (value === undefined) return undefined;
  const unit = cursor.acceptWord(K.id);
  if (!cursor.endOfRule()) return undefined;
  return { kind: "rlimit", span: cursor.spanFrom(mark), name, value, unit };
}
