/** A text for an older release: what it does not read is taken out or said in its words, and every loss is reported. */
import { type Diagnostic, createReporter, sentence } from "../../foundation/diagnostics/index.ts";
import { type TextEdit, applyEdits } from "../../foundation/text/index.ts";
import { type Change, plan } from "../../language/edit/index.ts";
import type { BlockNode, ItemNode, SyntaxTree } from "../../language/syntax/index.ts";
import { portCodes } from "./codes.ts";
import { portHeader } from "./header.ts";
import type { Release } from "./releases.ts";
import { portRule } from "./rules.ts";
import { portPrefix, portStatement } from "./statements.ts";
import type { Porting } from "./types.ts";

interface Ported {
  /** `undefined` where something cannot be said. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Says one file in the words of a release.
 *
 * `isSame`: whether the file means the same with another text; asked only about what would change its meaning otherwise.
 * Errors: `port/not-there` for what has no words there; then there is no text.
 */
export function portText(tree: SyntaxTree, release: Release, isSame: (text: string) => boolean): Ported {
  const reporter = createReporter(portCodes);
  const changes: Change[] = [];
  const edits: TextEdit[] = [];
  const { text } = tree.source;
  const porting: Porting = {
    release,
    text,
    isSame,
    attachment: undefined,
    change: (change) => changes.push(change),
    edit: (edit) => edits.push(edit),
    report: (code, span, message) => reporter.report(code, { span, includes: [] }, message),
  };
  visit(tree.items, porting);
  const isSaid = reporter.list.every(({ severity }) => severity !== "error");
  if (!isSaid) return { text: undefined, diagnostics: reporter.list };
  const planned = plan(tree, changes);
  const all = [...planned.edits, ...edits].toSorted((a, b) => a.start - b.start);
  return { text: applyEdits(text, all), diagnostics: reporter.list };
}

function visit(items: readonly ItemNode[], porting: Porting): void {
  for (const item of items) visitItem(item, porting);
}

function visitItem(item: ItemNode, porting: Porting): void {
  if (item.kind === "include" || item.kind === "alias" || item.kind === "rlimit") return;
  if (item.kind === "broken") porting.report("port/not-there", item.span, "this is no rule of any release");
  else if (item.kind === "abi" || item.kind === "variable" || item.kind === "boolean") portStatement(item, porting);
  else if (item.kind === "profile") {
    portHeader(item, porting);
    const { attachment, name } = item;
    const own = attachment?.text ?? (name.value.startsWith("/") ? name.text : undefined);
    visit(item.items, { ...porting, attachment: own });
  } else if (item.kind === "conditional") {
    portStatement(item, porting);
    visit(item.then, porting);
    visit(item.otherwise ?? [], porting);
  } else if (item.kind === "block") portBlock(item, porting);
  else portRule(item, porting);
}

function portBlock(block: BlockNode, porting: Porting): void {
  portPrefix(block, porting);
  const word = block.prefix.mode?.word;
  if (word !== undefined && porting.release === "3.0")
    porting.report("port/not-there", block.span, sentence`blocks with ${{ qualifier: word }} came with 4.0`);
  visit(block.items, porting);
}
