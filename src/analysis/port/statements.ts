/** What is no rule: ABI, variables, conditions, and the qualifiers before rules and blocks. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type {
  AbiNode,
  BlockNode,
  BooleanNode,
  ConditionalNode,
  ExpressionNode,
  RuleNode,
  VariableNode,
} from "../../language/syntax/index.ts";
import { type Release, abiOf, isBefore, releases } from "./releases.ts";
import type { Porting } from "./types.ts";

export function portStatement(node: AbiNode | VariableNode | BooleanNode | ConditionalNode, porting: Porting): void {
  if (node.kind === "abi") return portAbi(node, porting);
  const { release, report, text } = porting;
  if (!isBefore(release, "5.0")) return;
  if (node.kind === "conditional") {
    if (!isPlain(node.condition))
      report("port/not-there", node.condition.span, "conditions of this kind came with 5.0");
    return;
  }
  if (node.operator === "?=" || node.operator === ":=")
    report("port/not-there", node.span, sentence`${{ word: node.operator }} came with 5.0`);
  else if (node.kind === "boolean" && !/^(?:true|false)$/i.test(text.slice(node.value.span.start, node.value.span.end)))
    report("port/not-there", node.value.span, "expressions as values came with 5.0");
}

function isPlain(condition: ExpressionNode): boolean {
  if (condition.kind === "not") return isPlain(condition.operand);
  return condition.kind === "boolean-reference" || condition.kind === "defined";
}

function portAbi({ path }: AbiNode, { edit, release, report }: Porting): void {
  const version = releases.find((one) => path.value === `abi/${one}`);
  const isUnknown = version === undefined && /^(?:kernel|default)$/.test(path.value) && isBefore(release, "5.0");
  const isNewer = version !== undefined && isBefore(olderOf(release), version);
  if (!isNewer && !isUnknown) return;
  const abi = `abi/${abiOf[release]}`;
  edit({ start: path.span.start, end: path.span.end, newText: path.text.replace(path.value, abi) });
  report("port/abi", path.span, sentence`${{ name: path.value }} becomes ${{ value: abi }}`);
}

function olderOf(release: Release): Release {
  return releases.find((one) => one === abiOf[release]) ?? release;
}

/** Priorities came with 4.1; whether a rule needs its own is tried. */
export function portPrefix({ prefix: { priority, span } }: BlockNode | RuleNode, porting: Porting): void {
  const { edit, isSame, release, report, text } = porting;
  if (priority === undefined || !isBefore(release, "4.1")) return;
  const blank = /^[ \t]+/.exec(text.slice(priority.span.end))?.[0].length ?? 0;
  const end = priority.span.end + blank;
  // The word and the sign before the number; nothing comes before them.
  const without = `${text.slice(0, span.start)}${text.slice(end)}`;
  if (!isSame(without)) {
    report("port/not-there", priority.span, "the rule needs its priority, which came with 4.1");
    return;
  }
  edit({ start: span.start, end, newText: "" });
  report("port/left-out", priority.span, "the priority is left out, which changes nothing here");
}
