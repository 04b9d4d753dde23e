/** Bodies that are open while a text is parsed: a stack of our own, since a hostile text nests deeper than a call stack. */
import type { Span } from "../../foundation/text/index.ts";
import type { Cursor, Mark, ReadEnd } from "./cursor.ts";
import type { PartialHeader } from "./header.ts";
import type {
  BodyItemNode,
  ConditionalNode,
  ExpressionNode,
  ItemNode,
  PrefixNode,
  ProfileNode,
  WordNode,
} from "./tree.ts";

/** One `if` of a chain, its body read. */
export interface Arm {
  readonly mark: Mark;
  readonly condition: ExpressionNode;
  readonly items: readonly BodyItemNode[];
}

interface FrameBase {
  readonly mark: Mark;
  readonly open: Span;
  readonly items: ItemNode[];
}

export type Frame =
  | (FrameBase & { readonly kind: "file" })
  | (FrameBase & { readonly kind: "profile"; readonly header: PartialHeader; readonly outerScope: number })
  | (FrameBase & { readonly kind: "block"; readonly prefix: PrefixNode })
  | (FrameBase & { readonly kind: "then"; readonly arms: readonly Arm[]; readonly condition: ExpressionNode })
  | (FrameBase & { readonly kind: "else"; readonly arms: readonly Arm[] });

/** What may not stand in a body has been reported and is kept as broken. */
export function bodyItems(items: readonly ItemNode[]): readonly BodyItemNode[] {
  return items.map((item) =>
    item.kind === "alias" || item.kind === "variable" || item.kind === "boolean"
      ? { kind: "broken", span: item.span, keyword: undefined }
      : item,
  );
}

/** The node of a profile whose body is read. */
export function profileNode(
  frame: Extract<Frame, { kind: "profile" }>,
  cursor: Cursor,
  close: Span | undefined,
): ProfileNode {
  const { header, mark, open } = frame;
  const name: WordNode = header.name ?? {
    kind: "word",
    span: { file: open.file, start: open.start, end: open.start },
    text: "",
    value: "",
    quoted: false,
  };
  const span = cursor.spanFrom(mark);
  return { ...header, kind: "profile", span, name, open, items: bodyItems(frame.items), close };
}

/** The node of a chain of conditionals that ends at `end`: the later ones are in the `otherwise` of those before them. */
export function conditionalNode(
  arms: readonly Arm[],
  otherwise: readonly BodyItemNode[] | undefined,
  cursor: Cursor,
  end?: ReadEnd,
): ConditionalNode | undefined {
  let rest = otherwise;
  let node: ConditionalNode | undefined;
  for (const arm of arms.toReversed()) {
    const span = cursor.spanFrom(arm.mark, end);
    // oxlint-disable-next-line unicorn/no-thenable -- the name of the branch; nobody awaits a tree
    node = { kind: "conditional", span, condition: arm.condition, then: arm.items, otherwise: rest };
    rest = [node];
  }
  return node;
}
