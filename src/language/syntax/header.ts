/**
 * Profile headers (policy-language 2.3): name, attachment, xattrs, identities, flags, in this order. One out of order ends the header with an
 * error, as in 5.0.2: a reader that took it would take policy that Debian's parser refuses.
 */
import type { Cursor } from "./cursor.ts";
import { K } from "./kinds.ts";
import { parseGroup, parseList } from "./rules/conditions.ts";
import type { FlagsNode, ProfileNode, WordNode } from "./tree.ts";

type Header = Pick<ProfileNode, "keyword" | "name" | "attachment" | "xattrs" | "identities" | "flags">;

/** A header under construction: what was read before it failed is still worth having. */
export interface PartialHeader {
  keyword: ProfileNode["keyword"];
  name: WordNode | undefined;
  attachment: WordNode | undefined;
  xattrs: Header["xattrs"];
  identities: readonly WordNode[];
  flags: FlagsNode | undefined;
}

export function emptyHeader(keyword: ProfileNode["keyword"]): PartialHeader {
  return {
    keyword,
    name: undefined,
    attachment: undefined,
    xattrs: undefined,
    identities: [],
    flags: undefined,
  };
}

/** Reads what follows the keyword, up to the brace, which stays. */
export function parseHeader(cursor: Cursor, header: PartialHeader): void {
  header.name ??= cursor.expectWord(K.id, "the name of a profile");
  if (header.name !== undefined) parseHeaderRest(cursor, header);
}

function parseHeaderRest(cursor: Cursor, header: PartialHeader): void {
  const kind = cursor.peek();
  if (kind === K.open) return;
  if (kind === K.id || kind === K.setVariable) header.attachment = cursor.word();
  if (cursor.peek() === K.conditionGroup) {
    header.xattrs = parseGroup(cursor);
    if (header.xattrs === undefined) return;
  }
  while (cursor.peek() === K.plus) if (!parseIdentities(cursor, header)) return;
  const flags = cursor.peek();
  if (flags === K.flags || flags === K.leftParen) header.flags = parseFlags(cursor);
  if (cursor.peek() !== K.open) cursor.fail("`{`");
}

function parseIdentities(cursor: Cursor, header: PartialHeader): boolean {
  cursor.take();
  if (!cursor.expect(K.identities, "`identities=`") || !cursor.expect(K.equals, "`=`")) return false;
  const values = parseList(cursor);
  if (values === undefined) return false;
  header.identities = [...header.identities, ...values];
  return true;
}

function parseFlags(cursor: Cursor): FlagsNode | undefined {
  const mark = cursor.mark();
  if (cursor.accept(K.flags) && !cursor.expect(K.equals, "`=`")) return undefined;
  const values = parseList(cursor);
  return values === undefined ? undefined : { kind: "flags", span: cursor.spanFrom(mark), values };
}
