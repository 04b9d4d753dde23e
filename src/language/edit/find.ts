/** Finding nodes of a file's tree. By names as written: edits are made in texts whose variables nobody has resolved. */
import type { Span } from "../../foundation/text/index.ts";
import type {
  BodyItemNode,
  FileItemNode,
  IncludeNode,
  ProfileNode,
  RlimitNode,
  RuleNode,
  SyntaxTree,
} from "../syntax/index.ts";
import type { ProfileRef } from "./change.ts";

type Item = BodyItemNode | FileItemNode;

/** Items directly in a body, branches of conditionals and blocks included. */
function inner(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item): readonly Item[] => {
    if (item.kind === "conditional") return [item, ...inner(item.then), ...inner(item.otherwise ?? [])];
    return item.kind === "block" ? [item, ...inner(item.items)] : [item];
  });
}

function profilesIn(items: readonly Item[]): readonly ProfileNode[] {
  return inner(items).filter((item): item is ProfileNode => item.kind === "profile");
}

/** The profile a reference means; `undefined` when the file has none. */
export function findProfile(tree: SyntaxTree, ref: ProfileRef): ProfileNode | undefined {
  return isSpan(ref) ? findAround(tree, ref) : findNamed(tree.items, ref);
}

function isSpan(ref: ProfileRef): ref is Span {
  return !Array.isArray(ref);
}

function findNamed(items: readonly Item[], names: readonly string[]): ProfileNode | undefined {
  const [name, ...rest] = names;
  const found = profilesIn(items).find((profile) => profile.name.value === name);
  return found === undefined || rest.length === 0 ? found : findNamed(found.items, rest);
}

/** The innermost profile around a place; a span that starts with a profile means it and none of its children. */
function findAround(tree: SyntaxTree, span: Span): ProfileNode | undefined {
  if (span.file !== tree.source.id) return undefined;
  let best: ProfileNode | undefined;
  let items: readonly Item[] = tree.items;
  for (;;) {
    const next = profilesIn(items).find(({ span: own }) => own.start <= span.start && span.end <= own.end);
    if (next === undefined) return best;
    if (next.span.start === span.start) return next;
    best = next;
    items = next.items;
  }
}

/** A rule, in whatever body, block or branch. */
export function findRule(tree: SyntaxTree, span: Span): RuleNode | RlimitNode | undefined {
  if (span.file !== tree.source.id) return undefined;
  return rulesIn(tree.items).find(({ span: own }) => own.start <= span.start && span.end <= own.end);
}

function rulesIn(items: readonly Item[]): readonly (RuleNode | RlimitNode)[] {
  return inner(items).flatMap((item) => {
    if (item.kind === "profile") return rulesIn(item.items);
    return isRule(item) ? [item] : [];
  });
}

const STRUCTURE: ReadonlySet<string> = new Set([
  "abi",
  "include",
  "alias",
  "variable",
  "boolean",
  "profile",
  "broken",
  "conditional",
  "block",
]);

/** Rules and limits: what is in a body and is not structure. */
export function isRule(item: Item): item is RuleNode | RlimitNode {
  return !STRUCTURE.has(item.kind);
}

/** The first include of a path among items. */
export function findInclude(items: readonly Item[], path: string): IncludeNode | undefined {
  return inner(items).find((item): item is IncludeNode => item.kind === "include" && item.path.value === path);
}

/** Where a rule's text starts: with its qualifiers. */
export function itemStart(item: Item): number {
  const prefix = "prefix" in item ? item.prefix.span : undefined;
  return prefix !== undefined && prefix.end > prefix.start ? Math.min(prefix.start, item.span.start) : item.span.start;
}

/**
 * Where an item's text ends, its comma included: the comma may follow after blanks or a line end. It is looked for in 200 characters only,
 * so that a text without it is not walked to its end for every rule.
 */
export function itemEnd(text: string, item: Item): number {
  const { end } = item.span;
  if (text[end - 1] === "," || !isRule(item)) return end;
  const comma = /^[ \t\r\n]*,/.exec(text.slice(end, end + 200));
  return comma === null ? end : end + comma[0].length;
}
