/** A file rule has its permissions after the path or before it, a link rule has two paths and no permissions (policy-language 2.5). */
import type { Cursor, Mark } from "../cursor.ts";
import { K } from "../kinds.ts";
import { FILE_PERMISSIONS } from "../problems.ts";
import type { FileRuleNode, LinkRuleNode, PrefixNode, WordNode } from "../tree.ts";

const PATH = "a path";

/** A rule that starts with `file`, `safe`, `unsafe`, permissions or a path. */
export function parseFile(cursor: Cursor, mark: Mark, prefix: PrefixNode): FileRuleNode | undefined {
  const keyword = cursor.accept(K.file);
  if (keyword && cursor.peek() === K.comma) {
    cursor.take();
    const none = { path: undefined, permissions: undefined, leading: false, subset: false, target: undefined };
    return { kind: "file", span: cursor.spanFrom(mark), prefix, keyword, safety: undefined, ...none };
  }
  const safety = parseSafety(cursor);
  const body = cursor.peek() === K.perms ? parseLeading(cursor) : parseTrailing(cursor);
  if (body === undefined || !endOfFileRule(cursor, body)) return undefined;
  return { kind: "file", span: cursor.spanFrom(mark), prefix, keyword, safety, ...body };
}

/** A rule of the form "path permissions" that another path follows has a message of its own. */
function endOfFileRule(cursor: Cursor, body: Body): boolean {
  const kind = cursor.peek();
  const isNext = (kind === K.id || kind === K.setVariable) && !body.leading && body.target === undefined;
  return isNext ? cursor.expect(K.comma, ENDS_BEFORE_PATH) : cursor.endOfRule();
}

/** What was expected when a file rule runs into the next one. */
export const ENDS_BEFORE_PATH = "`,` before the next path";

export function parseSafety(cursor: Cursor): "safe" | "unsafe" | undefined {
  if (cursor.accept(K.safe)) return "safe";
  return cursor.accept(K.unsafe) ? "unsafe" : undefined;
}

/** A rule whose path has been taken already: permissions come next. */
export function parseFileFrom(
  cursor: Cursor,
  mark: Mark,
  prefix: PrefixNode,
  path: WordNode,
): FileRuleNode | undefined {
  const body = parseBehindPath(cursor, path);
  if (body === undefined || !endOfFileRule(cursor, body)) return undefined;
  return { kind: "file", span: cursor.spanFrom(mark), prefix, keyword: false, safety: undefined, ...body };
}

type Body = Pick<FileRuleNode, "path" | "permissions" | "leading" | "subset" | "target">;

/** Path, permissions, perhaps a target. */
function parseTrailing(cursor: Cursor): Body | undefined {
  const path = parsePath(cursor, "a path or permissions");
  return path === undefined ? undefined : parseBehindPath(cursor, path);
}

function parseBehindPath(cursor: Cursor, path: WordNode): Body | undefined {
  const permissions = cursor.expectWord(K.perms, FILE_PERMISSIONS);
  if (permissions === undefined) return undefined;
  const target = parseTarget(cursor);
  return target === null ? undefined : { path, permissions, leading: false, subset: false, target };
}

/** Permissions, path, perhaps a target. */
function parseLeading(cursor: Cursor): Body | undefined {
  const permissions = cursor.word();
  const subset = cursor.accept(K.subset);
  const path = parsePath(cursor, PATH);
  if (path === undefined) return undefined;
  const target = parseTarget(cursor);
  return target === null ? undefined : { path, permissions, leading: true, subset, target };
}

function parsePath(cursor: Cursor, expected: string): WordNode | undefined {
  const kind = cursor.peek();
  return kind === K.id || kind === K.setVariable ? cursor.word() : cursor.fail(expected);
}

/** `-> name`; null when the name is missing. */
function parseTarget(cursor: Cursor): WordNode | undefined | null {
  if (!cursor.accept(K.arrow)) return undefined;
  return cursor.expectWord(K.id, "a name after `->`") ?? null;
}

/** `link subset? path -> path`. */
export function parseLink(cursor: Cursor, mark: Mark, prefix: PrefixNode): LinkRuleNode | undefined {
  cursor.take();
  const subset = cursor.accept(K.subset);
  const path = parsePath(cursor, PATH);
  if (path === undefined || !cursor.expect(K.arrow, "`->` and the file linked to")) return undefined;
  const target = cursor.expectWord(K.id, "the file linked to");
  if (target === undefined || !cursor.endOfRule()) return undefined;
  return { kind: "link", span: cursor.spanFrom(mark), prefix, subset, path, target };
}
