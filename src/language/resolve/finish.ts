/** From drafts to profiles: names, attachments and operands are expanded, in the parser's order (policy-language 3.3). */
import { type Message, sentence } from "../../foundation/diagnostics/index.ts";
import { compareBytes, withoutTrailing } from "../../foundation/text/index.ts";
import { checkGlob, slashes } from "../globs/index.ts";
import {
  type Operand,
  type OperandKind,
  type Origin,
  type Profile,
  type ProfileFlags,
  type RlimitRule,
  type Rule,
  lastPart,
  mapOperands,
} from "../model/index.ts";
import type { Draft } from "./body.ts";
import { createExpander, type Expander } from "./expand.ts";
import { replaceFix, type Report } from "./report.ts";
import type { ResolveSession } from "./session.ts";
import { noImplicit, type VariableTable } from "./variables.ts";

interface FinishContext {
  readonly variables: VariableTable;
  readonly report: Report;
  readonly session: Pick<ResolveSession, "isPlainGlob" | "expansions">;
  readonly namesOnly: boolean;
}

/**
 * The profiles of drafts, in source order.
 *
 * ORACLE 5.0.2: they are finished in the order of their names as written, parents before children, and a variable that refers to
 * its profile's name keeps the value that its first use has given it.
 */
export function finishProfiles(
  drafts: readonly Draft[],
  parent: string | undefined,
  context: FinishContext,
): readonly Profile[] {
  const done = new Map(drafts.toSorted(compareDrafts).map((draft) => [draft, finishProfile(draft, parent, context)]));
  return drafts.flatMap((draft) => done.get(draft) ?? []);
}

function compareDrafts(a: Draft, b: Draft): number {
  return compareBytes(a.namespace ?? "", b.namespace ?? "") || compareBytes(a.name, b.name);
}

/** The profile a draft says, with its children. */
function finishProfile(draft: Draft, parent: string | undefined, context: FinishContext): Profile {
  const { namesOnly, report, session, variables } = context;
  const { expansions } = session;
  const plain = createExpander({ table: variables, implicit: noImplicit, report, expansions });
  const own = plain.text(draft.name, draft.nameOrigin);
  const name = parent === undefined ? own : `${parent}//${own}`;
  const attachment = attachmentOf(draft, own, plain);
  const attaching = attachment ?? { text: own, written: draft.name, span: draft.nameOrigin.span };
  if (!session.isPlainGlob(attaching.text, false)) checkOperand(attaching, { nul: false }, draft.origin, report);
  const flags = finishFlags(draft, plain, report);
  const implicit = new Map([["profile_name", name.replaceAll(/\\.|[{}[\]*?]/gs, escapeGlob)]]);
  if (attachment !== undefined) {
    implicit.set("attach_path", attachment.text);
    implicit.set("exec_path", attachment.text);
  }
  variables.noteImplicit(implicit);
  const expander = createExpander({ table: variables, implicit, report, expansions });
  return {
    name,
    written: draft.name,
    namespace: draft.namespace,
    attachment,
    attachmentWritten: draft.attachment !== undefined,
    hat: draft.hat,
    xattrs: draft.xattrs,
    identities: draft.identities,
    flags,
    rules: namesOnly ? [] : lastLimits(draft.body.rules.map((rule) => finishRule(rule, expander, context))),
    children: finishProfiles([...draft.body.children.values()], name, context),
    origin: draft.origin,
  };
}

/** A name may hold escapes already: they stay. */
function escapeGlob(text: string): string {
  return text.length > 1 ? text : `\\${text}`;
}

/** What is written, or the last part of a name that is a path. */
function attachmentOf(draft: Draft, own: string, expander: Expander): Operand | undefined {
  if (draft.attachment !== undefined) return expander.operand(draft.attachment, draft.origin);
  if (!own.startsWith("/")) return undefined;
  return { text: lastPart(own), written: draft.name, span: draft.nameOrigin.span };
}

function finishFlags(draft: Draft, expander: Expander, report: Report): ProfileFlags {
  const { disconnectedIpcPath, disconnectedPath } = draft.flags;
  const path = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const expanded = expander.text(text, draft.nameOrigin);
    if (!expanded.startsWith("/")) {
      const message = sentence`the path ${{ path: expanded }} of a flag does not start with \`/\``;
      report("resolve/flag-path", draft.nameOrigin, message);
    }
    return withoutTrailing(slashes(expanded), "/");
  };
  return { ...draft.flags, disconnectedPath: path(disconnectedPath), disconnectedIpcPath: path(disconnectedIpcPath) };
}

function finishRule(rule: Rule, expander: Expander, { report, session }: FinishContext): Rule {
  const change = (operand: Operand, kind: OperandKind): Operand => {
    const expanded = kind.variables ? expander.operand(operand, rule.origin) : operand;
    if (kind.pattern && !session.isPlainGlob(expanded.text, kind.nul))
      checkOperand(expanded, kind, rule.origin, report);
    return expanded;
  };
  return mapOperands(rule, change);
}

/** Warns of escapes that escape nothing and of classes that are misread. What is not a pattern is for the compiler to say. */
function checkOperand(operand: Operand, { nul }: Pick<OperandKind, "nul">, { includes }: Origin, report: Report): void {
  const found = checkGlob(operand.text, { nul });
  const at = { span: operand.span, includes };
  if (found.needlessEscapes.length > 0) reportNeedless(operand, { nul }, at, report);
  if (found.mended.length > 0) {
    const message = sentence`apparmor_parser reads the character class in ${{ value: operand.text }} as something else`;
    report("resolve/class-misread", at, message);
  }
}

function needlessMessage(value: string): Message {
  return sentence`a backslash in ${{ value }} escapes nothing`;
}

/** The source is shown; where the backslash comes from a variable, what became of it. */
function reportNeedless(operand: Operand, { nul }: Pick<OperandKind, "nul">, at: Origin, report: Report): void {
  const { span, written } = operand;
  // A reference is no pattern: it stands for letters here.
  const plainly = written.replaceAll(/@\{[^{}]*\}/g, (reference) => "v".repeat(reference.length));
  const offsets = checkGlob(plainly, { nul }).needlessEscapes;
  if (offsets.length === 0) {
    const text = needlessMessage(operand.text);
    const expanded = checkGlob(operand.text, { nul }).needlessEscapes;
    const isBlank = expanded.some((offset) => operand.text[offset + 1] === " ");
    const help = isBlank
      ? "quote the value of the variable and remove the backslash"
      : "remove it from the value of the variable";
    report("resolve/needless-escape", at, text, { help });
    return;
  }
  const without = withoutAt(written, offsets);
  const isBlank = offsets.some((offset) => written[offset + 1] === " ");
  const quotes = span.end - span.start - written.length;
  // Where escapes were processed, the text of the word is not known here.
  const isSource = (quotes === 0 || quotes === 2) && offsets.every((offset) => isPlain(written, offset));
  const mustQuote = quotes === 2 || isBlank;
  const fix = isSource ? [replaceFix(span, mustQuote ? `"${without}"` : without)] : [];
  report("resolve/needless-escape", at, needlessMessage(written), {
    help: isBlank && quotes === 0 ? "quote it and remove the backslash" : "remove the backslash",
    fixes: fix,
  });
}

/** What follows the backslash means itself without it. */
function isPlain(text: string, at: number): boolean {
  return /[A-Za-z0-9 /._:%~;-]/.test(text.charAt(at + 1));
}

function withoutAt(text: string, offsets: readonly number[]): string {
  const left = new Set(offsets);
  return text
    .split("")
    .filter((_, at) => !left.has(at))
    .join("");
}

/** Of several limits of one resource the last one counts. */
function lastLimits(rules: readonly Rule[]): readonly Rule[] {
  const last = new Map<number, RlimitRule>();
  for (const rule of rules) if (rule.kind === "rlimit") last.set(rule.resource, rule);
  return rules.filter((rule) => rule.kind !== "rlimit" || last.get(rule.resource) === rule);
}
