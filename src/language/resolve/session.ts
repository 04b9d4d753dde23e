import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileEntry, FileRefusal, FilesPort } from "../../foundation/ports/index.ts";
import { decodeBytes, type SourceFile, sourceFile } from "../../foundation/text/index.ts";
import { type FeatureTree, parseFeatures } from "../features/index.ts";
import { parse, type SyntaxTree } from "../syntax/index.ts";

/** Files and their trees, read once however many policies include them. It sees files as they were when first asked for. */
export interface ResolveSession {
  readonly source: (path: string) => Outcome<SourceFile, FileRefusal>;
  readonly tree: (source: SourceFile) => SyntaxTree;
  /** The feature tree a file holds. */
  readonly features: (source: SourceFile) => FeatureTree;
  readonly kind: (path: string) => FileEntry["kind"] | undefined;
  readonly list: (path: string) => Outcome<readonly FileEntry[], FileRefusal>;
}

/** A session over `files`. */
export function createResolveSession(files: FilesPort): ResolveSession {
  const sources = new Map<string, Outcome<SourceFile, FileRefusal>>();
  const trees = new WeakMap<SourceFile, SyntaxTree>();
  const features = new WeakMap<SourceFile, FeatureTree>();
  const kinds = new Map<string, FileEntry["kind"] | undefined>();
  const lists = new Map<string, Outcome<readonly FileEntry[], FileRefusal>>();
  return {
    source: (path) => remember(sources, path, () => readSource(files, path)),
    tree: (source) => {
      const known = trees.get(source);
      if (known !== undefined) return known;
      const tree = parse(source);
      trees.set(source, tree);
      return tree;
    },
    features: (source) => {
      const known = features.get(source);
      if (known !== undefined) return known;
      const { tree } = parseFeatures(source.text);
      features.set(source, tree);
      return tree;
    },
    kind: (path) => remember(kinds, path, () => files.kind(path)),
    list: (path) => remember(lists, path, () => files.list(path)),
  };
}

function remember<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined || memory.has(key)) return known ?? make();
  const made = make();
  memory.set(key, made);
  return made;
}

function readSource(files: FilesPort, path: string): Outcome<SourceFile, FileRefusal> {
  const bytes = files.read(path);
  return bytes.ok ? ok(sourceFile(path, decodeBytes(bytes.value))) : fail(bytes.error);
}
