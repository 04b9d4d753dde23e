/** What must hold of the tree of any text at all. */
import assert from "node:assert/strict";
import type { ItemNode, SyntaxTree } from "../../src/language/syntax/index.ts";

/** Tokens tile the text; nodes lie in order and inside each other, what is said points inside the text. */
export function checkTree(tree: SyntaxTree): void {
  const { text } = tree.source;
  let at = 0;
  for (const token of tree.tokens) {
    assert.equal(token.start, at, "the tokens leave a gap");
    assert.ok(token.end > at, "a token is empty");
    at = token.end;
  }
  assert.equal(at, text.length, "the tokens end early");
  checkSpans(tree.items, 0, text.length);
  for (const { at: label, also } of tree.diagnostics)
    for (const { span } of [label, ...also])
      assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length, "a message leaves the text");
}

/** Every node stands inside the text, behind its neighbour, and inside what holds it. */
function checkSpans(items: readonly ItemNode[], start: number, end: number): void {
  let at = start;
  for (const item of items) {
    if (item.kind === "include") continue;
    assert.ok(item.span.start >= at && item.span.end <= end, `${item.kind} leaves its place`);
    at = item.span.end;
    if (item.kind === "profile") checkSpans(item.items, item.open.end, item.span.end);
    if (item.kind === "block") checkSpans(item.items, item.span.start, item.span.end);
    if (item.kind === "conditional") {
      checkSpans(item.then, item.condition.span.end, item.span.end);
      checkSpans(item.otherwise ?? [], item.then.at(-1)?.span.end ?? item.condition.span.end, item.span.end);
    }
  }
}
