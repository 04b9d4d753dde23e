import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileEntry, FileRefusal, FilesPort } from "../../foundation/ports/index.ts";
import { compareBytes, decodeBytes, type SourceFile, sourceFile } from "../../foundation/text/index.ts";
import { type FeatureTree, parseFeatures } from "../features/index.ts";
import { checkGlob } from "../globs/index.ts";
import type { Rule } from "../model/index.ts";
import { gistOf, type ItemNode, parse, type RuleNode, type SyntaxTree } from "../syntax/index.ts";
import { createExpansions, type Expansions } from "./expand.ts";
import { isRuleOfBody } from "./items.ts";
import { ignoredFileName } from "../tables/index.ts";

/** Files and their trees, read once however many policies include them. It sees files as they were when first asked for. */
export interface ResolveSession {
  readonly source: (path: string) => Outcome<SourceFile, FileRefusal>;
  readonly tree: (source: SourceFile) => SyntaxTree;
  /** The tree of a file that was read as policy. */
  readonly knownTree: (source: SourceFile) => SyntaxTree | undefined;
  /** What of a tree is no rule. COST: whoever wants headers alone goes through what all profiles include again and again, and it is rules nearly all of it. */
  readonly withoutRules: (tree: SyntaxTree) => readonly ItemNode[];
  /**
   * Rules by their nodes, before their operands are expanded: those that nothing is said of, and that mean the same wherever they are included.
   * COST: looking at the same rule again for each profile that includes it was a twentieth of compiling.
   */
  readonly rules: WeakMap<RuleNode, Rule>;
  /** What a file that was parsed says, but for comments and the like (`gistOf`). */
  readonly gist: (path: string) => string | undefined;
  /** The feature tree a file holds. */
  readonly features: (source: SourceFile) => FeatureTree;
  /** Whether nothing in a pattern needs a warning: no escape that escapes nothing, no class that is misread. */
  readonly isPlainGlob: (text: string, nul: boolean) => boolean;
  /** What texts with variables came to. */
  readonly expansions: Expansions;
  readonly kind: (path: string) => FileEntry["kind"] | undefined;
  /** The entries of a directory that an include of it reads or stumbles over, in byte order of their names. */
  readonly members: (path: string) => Outcome<readonly FileEntry[], FileRefusal>;
  /** All entries of a directory; none where it cannot be listed. */
  readonly list: (path: string) => readonly FileEntry[];
  /** By which others remember what belongs to the session: the same in all objects that somebody makes of it by adding to what it does. */
  readonly self: object;
  /** The same later, over `files` as they are by then; texts that have not changed are not parsed again. */
  readonly renew: (files: FilesPort) => ResolveSession;
}

/** What was made of texts, for longer than one session. */
interface Parsed {
  readonly sources: ReadonlyMap<string, SourceFile>;
  readonly trees: WeakMap<SourceFile, SyntaxTree>;
  readonly bare: WeakMap<SyntaxTree, readonly ItemNode[]>;
  readonly rules: WeakMap<RuleNode, Rule>;
  readonly features: WeakMap<SourceFile, FeatureTree>;
  readonly isPlainGlob: ResolveSession["isPlainGlob"];
  readonly expansions: Expansions;
}

/** A session over `files`. */
export function createResolveSession(files: FilesPort): ResolveSession {
  return sessionOver(files, {
    sources: new Map(),
    trees: new WeakMap(),
    bare: new WeakMap(),
    rules: new WeakMap(),
    features: new WeakMap(),
    isPlainGlob: globMemory(),
    expansions: createExpansions(),
  });
}

function sessionOver(files: FilesPort, parsed: Parsed): ResolveSession {
  const sources = new Map<string, Outcome<SourceFile, FileRefusal>>();
  const { bare, trees, features } = parsed;
  const kinds = new Map<string, FileEntry["kind"] | undefined>();
  const lists = new Map<string, readonly FileEntry[]>();
  const members = new Map<string, Outcome<readonly FileEntry[], FileRefusal>>();
  return {
    self: sources,
    source: (path) => remember(sources, path, () => readSource(files, path, parsed.sources.get(path))),
    tree: (source) => {
      const known = trees.get(source);
      if (known !== undefined) return known;
      const tree = parse(source);
      trees.set(source, tree);
      return tree;
    },
    knownTree: (source) => trees.get(source),
    withoutRules: (tree) => {
      const known = bare.get(tree);
      if (known !== undefined) return known;
      const items = tree.items.filter((item) => !isRuleOfBody(item));
      bare.set(tree, items);
      return items;
    },
    rules: parsed.rules,
    gist: (path) => {
      const source = sources.get(path);
      // What is read as features as well has its meaning there, too.
      if (source?.ok !== true || features.has(source.value)) return undefined;
      const tree = trees.get(source.value);
      return tree && gistOf(tree);
    },
    features: (source) => {
      const known = features.get(source);
      if (known !== undefined) return known;
      const { tree } = parseFeatures(source.text);
      features.set(source, tree);
      return tree;
    },
    isPlainGlob: parsed.isPlainGlob,
    expansions: parsed.expansions,
    kind: (path) => remember(kinds, path, () => files.kind(path)),
    members: (path) => remember(members, path, () => readMembers(files, path)),
    list: (path) => remember(lists, path, () => listed(files.list(path))),
    renew: (renewed) => {
      const known = new Map(parsed.sources);
      for (const [path, source] of sources) if (source.ok) known.set(path, source.value);
      return sessionOver(renewed, { ...parsed, sources: known });
    },
  };
}

/** Patterns that are remembered; policies together may have any number. */
const MOST_GLOBS = 50_000;

/** COST: the same patterns come with every profile that includes them, and reading them again was a tenth of resolving. */
function globMemory(): ResolveSession["isPlainGlob"] {
  const plain = [new Set<string>(), new Set<string>()] as const;
  return (text, nul) => {
    if (!/[\\[]/.test(text)) return true;
    const known = plain[nul ? 1 : 0];
    if (known.has(text)) return true;
    const { mended, needlessEscapes } = checkGlob(text, { nul });
    if (mended.length > 0 || needlessEscapes.length > 0) return false;
    if (known.size === MOST_GLOBS) known.clear();
    known.add(text);
    return true;
  };
}

function remember<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined || memory.has(key)) return known ?? make();
  const made = make();
  memory.set(key, made);
  return made;
}

function listed(entries: Outcome<readonly FileEntry[], FileRefusal>): readonly FileEntry[] {
  return entries.ok ? entries.value : [];
}

function readMembers(files: FilesPort, path: string): Outcome<readonly FileEntry[], FileRefusal> {
  const entries = files.list(path);
  if (!entries.ok) return entries;
  const members = entries.value.filter(
    ({ kind, name }) => (kind === "file" || kind === "dangling") && ignoredFileName(name) === undefined,
  );
  return ok(members.toSorted((a, b) => compareBytes(a.name, b.name)));
}

/** `before`: the file as it once was, which it still is when its text is the same. */
function readSource(files: FilesPort, path: string, before: SourceFile | undefined): Outcome<SourceFile, FileRefusal> {
  const bytes = files.read(path);
  if (!bytes.ok) return fail(bytes.error);
  const text = decodeBytes(bytes.value);
  return ok(before?.text === text ? before : sourceFile(path, text));
}
