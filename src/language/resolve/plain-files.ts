/**
 * Files of which nothing but includes and `abi` lines is left where headers alone are wanted, as of nearly all abstractions: what each names is
 * looked up once for all profiles that come to it. COST: Debian's 160 files come to 2,900 includes in bodies, of which there are 400, and finding and
 * going through them was a third of reading headers.
 */
import type { AbiNode, IncludeNode, ItemNode, SyntaxTree } from "../syntax/index.ts";
import { type ReadAbi, readAbi } from "./abi.ts";
import { findInclude, isAbsence, type LookUp } from "./includes.ts";
import type { ResolveSession } from "./session.ts";

interface PlainInclude {
  readonly node: IncludeNode;
  /** The name that it was found by, and behind it the names of a directory's members; none where nothing need be there. */
  readonly names: readonly string[];
  /** The files it leads to where none was included before, in the order in which they are read. */
  readonly paths: readonly string[];
}

/** An `abi` line that names a file. */
interface PlainAbi {
  readonly node: AbiNode;
  readonly read: ReadAbi & { readonly path: string };
}

export type PlainItem = PlainInclude | PlainAbi;

type Plain = WeakMap<SyntaxTree, readonly PlainItem[] | "other">;

/** By session, not by what sessions share: whoever has put an object of his own around one hears every question. */
const kept = new WeakMap<ResolveSession, Map<string, Plain>>();

function plainOf({ cwd, search, session }: LookUp): Plain {
  const all = kept.get(session) ?? new Map<string, Plain>();
  kept.set(session, all);
  const key = [cwd, ...search].join("\0");
  const known = all.get(key) ?? new WeakMap();
  all.set(key, known);
  return known;
}

/** What a text in a body consists of but for its rules; `undefined`: not of such items alone, or there is something to say. */
export type PlainReader = (tree: SyntaxTree) => readonly PlainItem[] | undefined;

export function plainReader(where: LookUp): PlainReader {
  const known = plainOf(where);
  return (tree) => {
    const before = known.get(tree);
    if (before !== undefined) return before === "other" ? undefined : before;
    const found = readPlain(tree, where);
    known.set(tree, found ?? "other");
    return found;
  };
}

function readPlain(tree: SyntaxTree, where: LookUp): readonly PlainItem[] | undefined {
  if (tree.needsSplicing || tree.diagnostics.length > 0) return undefined;
  const items: PlainItem[] = [];
  for (const node of where.session.withoutRules(tree)) {
    const item = plainItem(node, where);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function plainItem(node: ItemNode, where: LookUp): PlainItem | undefined {
  if (node.kind === "abi") return plainAbi(node, where);
  if (node.kind !== "include" || node.insideRule || node.pound) return undefined;
  const names = new Set<string>();
  const found = findInclude(node.path.value, node.searched, names, where);
  if (found.kind === "files") return { node, names: [...names], paths: found.paths };
  const isLeftOut = found.kind === "missing" && node.ifExists && isAbsence(found.errno);
  return isLeftOut ? { node, names: [], paths: [] } : undefined;
}

function plainAbi(node: AbiNode, where: LookUp): PlainAbi | undefined {
  const origin = { span: node.span, includes: [] };
  // What is to be said is said where the line is read item by item.
  const read = readAbi(node, { origin, report: () => undefined, where, options: {}, seen: new Set() });
  return read?.path === undefined ? undefined : { node, read: { ...read, path: read.path } };
}

/** What is left of an include in a scope, whose names it is noted in: what was included before is not included again. */
export function leftOf({ names, paths }: PlainInclude, seen: Set<string>): readonly string[] {
  const [name, ...members] = names;
  if (name === undefined || seen.has(name)) return [];
  seen.add(name);
  if (members.length === 0) return paths;
  // Members are read in the reverse order of their names (`findInclude`).
  const isLeft = members.map((member) => !seen.has(member)).toReversed();
  for (const member of members) seen.add(member);
  return paths.filter((_, index) => isLeft[index]);
}
