/** `set rlimit NAME <= VALUE [UNIT],`: takes no qualifier before it (policy-language 2.6.11). */
import { nearestWord } from "../../tables/index.ts";
import type { Cursor } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { RlimitNode } from "../tree.ts";

export function parseRlimit(cursor: Cursor): RlimitNode | undefined {
  const mark = cursor.mark();
  cursor.take();
  if (!cursor.expect(K.rlimit, "`rlimit`")) return undefined;
  const name = cursor.expectWord(K.id, "the name of a resource");
  if (name === undefined || !cursor.expect(K.lessEqual, "`<=`")) return undefined;
  if (cursor.peek() !== K.value) return cursor.fail("a number or `infinity`", helpFor(cursor.text()));
  const value = cursor.word();
  const unit = cursor.acceptWord(K.id);
  if (!cursor.endOfRule()) return undefined;
  return { kind: "rlimit", span: cursor.spanFrom(mark), name, value, unit };
}

function helpFor(word: string): string | undefined {
  return nearestWord(word, ["infinity", "infinite", "unlimited"]) === undefined
    ? undefined
    : "did you mean `infinity`?";
}
