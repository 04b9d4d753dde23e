/** Whatever is nested in others of its kind: a profile, its outline. */
interface Nested<Item> {
  readonly children: readonly Item[];
}

/** Each item and all below it, parents before their children. */
export function withChildren<Item extends Nested<Item>>(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => [item, ...withChildren(item.children)]);
}
