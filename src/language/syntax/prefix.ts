/** The qualifiers before a rule or block (policy-language 2.4). */
import type { Span } from "../../foundation/text/index.ts";
import type { Cursor, Mark } from "./cursor.ts";
import { K } from "./kinds.ts";
import type { PrefixNode } from "./tree.ts";

const modes: ReadonlyMap<number, "allow" | "deny" | "prompt"> = new Map([
  [K.allow, "allow"],
  [K.deny, "deny"],
  [K.prompt, "prompt"],
]);

/** Whether the token is a qualifier. */
export function isQualifier(kind: number): boolean {
  return kind === K.priority || kind === K.audit || modes.has(kind) || kind === K.owner || kind === K.other;
}

/** No qualifiers, at `mark`. */
export function emptyPrefix(mark: Mark): PrefixNode {
  const span = { file: mark.source.id, start: mark.start, end: mark.start };
  return { kind: "prefix", span, priority: undefined, audit: undefined, mode: undefined, owner: undefined };
}

/** Reads the qualifiers, in their fixed order, each at most once. */
export function parsePrefix(cursor: Cursor): PrefixNode | undefined {
  const mark = cursor.mark();
  if (!isQualifier(cursor.peek())) return emptyPrefix(mark);
  let priority: PrefixNode["priority"];
  if (cursor.peek() === K.priority) {
    cursor.take();
    // With the sign on the next line it is the one that assigns, and the number any word of that line.
    if (!cursor.accept(K.assign) && !cursor.expect(K.equals, "`=`")) return undefined;
    const value = cursor.expectWord(K.value, "a whole number");
    if (value === undefined) return undefined;
    priority = { span: value.span, text: value.value };
  }
  const audit = cursor.peek() === K.audit ? takeSpan(cursor) : undefined;
  const word = modes.get(cursor.peek());
  const mode = word === undefined ? undefined : { word, span: takeSpan(cursor) };
  const kind = cursor.peek();
  const owner = kind === K.owner || kind === K.other ? takeOwner(cursor) : undefined;
  return { kind: "prefix", span: cursor.spanFrom(mark), priority, audit, mode, owner };
}

function takeSpan(cursor: Cursor): Span {
  const span = cursor.tokenSpan();
  cursor.take();
  return span;
}

function takeOwner(cursor: Cursor): PrefixNode["owner"] {
  const text = cursor.text();
  const word = text === "owner" || text === "user" ? text : "other";
  return { word, span: takeSpan(cursor) };
}
