import { type FeatureTree, isLeaf } from "./tree.ts";

const MAX_COMPONENTS = 32;

/**
 * Whether a feature is there: `path` names entries from the root, the last component may also be a word of a leaf
 * (`policy/permstable32_version/0x000003`). Names are compared whole: 5.0.2 also takes a name that merely ends so, and
 * thereby misses `policy/versions` in trees that have `notify_versions` before it (compile-semantics D11).
 */
export function hasFeature(tree: FeatureTree, path: string): boolean {
  const components = path.split("/");
  if (components.length > MAX_COMPONENTS) return false;
  let at: FeatureTree | readonly string[] = tree;
  for (const [index, component] of components.entries()) {
    if (isLeaf(at)) return index === components.length - 1 && at.includes(component);
    const next: FeatureTree | readonly string[] | undefined = at.entries.get(component);
    if (next === undefined) return false;
    at = next;
  }
  return true;
}

/** The words of the leaf at `path`; `undefined` when there is none or it is a directory. */
export function featureWords(tree: FeatureTree, path: string): readonly string[] | undefined {
  let at: FeatureTree | readonly string[] | undefined = tree;
  for (const component of path.split("/")) {
    if (at === undefined || isLeaf(at)) return undefined;
    at = at.entries.get(component);
  }
  return at !== undefined && isLeaf(at) ? at : undefined;
}

/** What either tree has, in the order of the first; the words of its leaves count where both have one. */
export function uniteFeatures(first: FeatureTree, second: FeatureTree): FeatureTree {
  const entries = new Map(first.entries);
  for (const [name, right] of second.entries) {
    const left = first.entries.get(name);
    if (left === undefined) entries.set(name, right);
    else if (!isLeaf(left) && !isLeaf(right)) entries.set(name, uniteFeatures(left, right));
  }
  return { entries };
}

/** What both trees have, in the order of the first: entries by name, words of leaves one by one. */
export function intersectFeatures(first: FeatureTree, second: FeatureTree): FeatureTree {
  const entries = new Map<string, FeatureTree | readonly string[]>();
  for (const [name, left] of first.entries) {
    const right = second.entries.get(name);
    if (right === undefined) continue;
    if (isLeaf(left) && isLeaf(right))
      entries.set(
        name,
        left.filter((word) => right.includes(word)),
      );
    else if (!isLeaf(left) && !isLeaf(right)) entries.set(name, intersectFeatures(left, right));
  }
  return { entries };
}
