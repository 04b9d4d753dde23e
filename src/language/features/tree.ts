/** A feature tree (kernel-abi 10): names to sub-trees, or to the words of a leaf. Order is the text's own. */
export interface FeatureTree {
  readonly entries: ReadonlyMap<string, FeatureTree | readonly string[]>;
}

/** Whether an entry is a leaf: a list of words. */
export function isLeaf(entry: FeatureTree | readonly string[]): entry is readonly string[] {
  return Array.isArray(entry);
}
