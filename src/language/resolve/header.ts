/** What comes before the brace of a profile (policy-language 2.3, 3.6). */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import { lastPart, type Operand, type XattrCondition } from "../model/index.ts";
import type { ConditionGroupNode, ProfileNode, WordNode } from "../syntax/index.ts";
import type { Body, Draft } from "./body.ts";
import { checkFlags } from "./flags.ts";
import { splitName } from "./names.ts";
import { type Report } from "./report.ts";

interface HeaderContext {
  readonly includes: readonly Span[];
  readonly report: Report;
  readonly isChild: boolean;
  /** The namespace given to the command. */
  readonly namespace: string | undefined;
}

/** Checks a header and gives the profile with `body`. */
export function draftProfile(node: ProfileNode, body: Body, context: HeaderContext): Draft {
  const { includes, isChild, report } = context;
  const origin = { span: node.span, includes };
  const hat = node.keyword === "hat" || node.keyword === "^";
  const { name, namespace } = splitName(node, origin, report);
  const nameOrigin = { span: node.name.span, includes };
  if (name.startsWith("/") && !isChild) {
    const help =
      node.attachment === undefined ? undefined : "give the profile a name that is no path; it has an attachment";
    report("resolve/path-as-name", nameOrigin, sentence`the path ${{ name }} is the name of the profile`, { help });
    if (node.attachment === undefined && name.includes("//")) {
      const message = sentence`the profile attaches to ${{ path: lastPart(name) }}, the part after \`//\``;
      report("resolve/path-name-double-slash", nameOrigin, message);
    }
  }
  return {
    name,
    namespace: chooseNamespace(namespace, node, context),
    writtenNamespace: context.isChild ? namespace : (context.namespace ?? namespace),
    hat,
    isChild,
    attachment: checkAttachment(node.attachment, context),
    xattrs: checkXattrs(node, hat && isChild, context),
    identities: checkIdentities(node.identities, context),
    flags: checkFlags(node.flags, context),
    body,
    origin,
    nameOrigin,
  };
}

function chooseNamespace(written: string | undefined, node: ProfileNode, context: HeaderContext): string | undefined {
  const at = { span: node.name.span, includes: context.includes };
  if (context.namespace === undefined) {
    if (context.isChild && written !== undefined) {
      const message = sentence`the whole profile goes into the namespace ${{ namespace: written }} of its child, or the kernel refuses it`;
      context.report("resolve/namespace-of-child", at, message);
    }
    return written;
  }
  if (written !== undefined) {
    const message = sentence`the namespace ${{ namespace: written }} is replaced by ${{ replacement: context.namespace }}`;
    context.report("resolve/namespace-overridden", at, message);
  }
  return context.namespace;
}

function checkAttachment(word: WordNode | undefined, { includes, report }: HeaderContext): Operand | undefined {
  if (word === undefined) return undefined;
  if (!/^(?:\/|@\{)/.test(word.value)) {
    const message = sentence`the attachment ${{ value: word.value }} does not start with \`/\``;
    report("resolve/attachment-start", { span: word.span, includes }, message);
  }
  return { text: word.value, written: word.value, span: word.span };
}

function checkXattrs(
  { xattrs }: ProfileNode,
  isHat: boolean,
  { includes, report }: HeaderContext,
): readonly XattrCondition[] {
  if (xattrs === undefined) return [];
  const at = { span: xattrs.span, includes };
  if (xattrs.name !== "xattrs") {
    report("resolve/group-name", at, sentence`profiles have no group ${{ group: `${xattrs.name}=( )` }}`);
    return [];
  }
  if (isHat) report("resolve/hat-xattrs", at, "a hat takes no xattrs");
  return conditionsOf(xattrs);
}

function conditionsOf(group: ConditionGroupNode): readonly XattrCondition[] {
  return group.conditions.map(({ name, operator, span, values }) => ({
    name,
    value: operator === "=" ? values[0]?.value : undefined,
    at: span,
  }));
}

function checkIdentities(words: readonly WordNode[], { includes, report }: HeaderContext): readonly string[] {
  for (const { span, value } of words) {
    if (value.includes(" ") && !value.startsWith("/")) {
      report("resolve/identity-space", { span, includes }, sentence`the identity ${{ value }} contains a blank`);
    }
  }
  return words.map(({ value }) => value);
}
