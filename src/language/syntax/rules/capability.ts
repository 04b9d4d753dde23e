/** `capability NAME…,`: names parted by blanks, none for all of them (policy-language 2.6.1). */
import type { Cursor, Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import type { CapabilityRuleNode, PrefixNode } from "../tree.ts";

export function parseCapability(cursor: Cursor, mark: Mark, prefix: PrefixNode): CapabilityRuleNode | undefined {
  cursor.take();
  const names = cursor.words(K.id);
  if (!cursor.expect(K.comma, names.length > 0 ? "the name of a capability or `,`" : "the name of a capability"))
    return undefined;
  return { kind: "capability", span: cursor.spanFrom(mark), prefix, names };
}
