/** The automaton by which a kernel finds the profile of an executable (compile-semantics 7). */
import { type GlobNode, leadLength, parseGlob } from "../../language/globs/index.ts";
import {
  type AliasTable,
  type Operand,
  type Profile,
  type XattrCondition,
  aliasedTexts,
  lastPart,
} from "../../language/model/index.ts";
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Explosion, Term } from "../automata/index.ts";
import type { CompiledAutomaton } from "../compiled/index.ts";
import type { OperandKind, RuleContext } from "./context.ts";
import { BARE_EXEC } from "./exec-types.ts";
import { nul, sequence } from "./pattern.ts";
import { packPermissions, numberOutputs } from "./permissions.ts";
import type { Effect } from "./resolution.ts";
import type { EncodingSession } from "./session.ts";

/** What is left of an attachment before it is an automaton. */
export interface AttachmentPlan {
  readonly patterns: readonly GlobNode[];
  /** Values of extended attributes, in the order the kernel asks for them; names beside them. */
  readonly values: readonly GlobNode[];
  readonly names: readonly string[];
}

/** Whether and how a profile attaches; `undefined`: the kernel compares names. */
export function planAttachment(
  profile: Profile,
  aliases: AliasTable,
  context: RuleContext,
): AttachmentPlan | undefined {
  const written = attachmentOperand(profile);
  const kind: OperandKind = profile.attachment === undefined ? "name" : "path";
  const aliased = aliasedTexts(written.text, aliases).map((text) => usableAlias(text, profile, context));
  const texts = [written.text, ...aliased];
  const patterns = texts.map((text) => context.operand({ ...written, text }, kind, profile.origin));
  const known = patterns.filter((pattern) => pattern !== undefined);
  const xattrs = xattrPatterns(profile, context);
  // A name that is not a pattern: the kernel compares it by itself.
  const plain = profile.attachment === undefined && known.length === 1 && known[0]?.kind === "literal";
  if (plain && profile.xattrs.length === 0) return undefined;
  return { patterns: known, ...xattrs };
}

/** ORACLE 5.0.2: what is not a pattern is taken up to where it fails, if that much is one; otherwise it stays to be refused. */
function usableText(text: string, withNul: boolean, tell: (cut: string) => void): string {
  const parsed = parseGlob(text, { nul: withNul });
  const remainder = parsed.ok ? undefined : parsed.error.remainder;
  if (parsed.ok || remainder === undefined) return text;
  tell(`\`${text}\` is not a pattern: ${parsed.error.reason}; only \`${remainder}\` is matched`);
  return remainder;
}

function usableAlias(text: string, profile: Profile, context: RuleContext): string {
  return usableText(text, false, (cut) => {
    const message = `an alias makes the attachment ${cut}`;
    context.report("compile/alias-cut", profile.origin, message);
  });
}

function usableValue({ value = "**", at }: XattrCondition, context: RuleContext): Operand {
  const text = usableText(value, true, (message) => {
    context.report("compile/xattr-value-cut", { span: at, includes: [] }, message);
  });
  return { text, written: value, span: at };
}

/** The attachment; without one the last part of the name. */
function attachmentOperand(profile: Profile): Operand {
  if (profile.attachment !== undefined) return profile.attachment;
  const text = lastPart(profile.name);
  return { text, written: text, span: profile.origin.span };
}

/** The kernel takes names and values last one first. */
function xattrPatterns(profile: Profile, context: RuleContext): Pick<AttachmentPlan, "values" | "names"> {
  if (profile.xattrs.length === 0) return { values: [], names: [] };
  if (!context.target.xattr || !context.target.outOfBand) {
    const message = "the kernel or the ABI does not know xattrs: the conditions are ignored";
    context.report("compile/xattrs-not-enforced", profile.origin, message);
    return { values: [], names: [] };
  }
  const names: string[] = [];
  const values: GlobNode[] = [];
  for (const condition of profile.xattrs.toReversed()) {
    const pattern = context.operand(usableValue(condition, context), "value", profile.origin);
    if (pattern === undefined) continue;
    names.push(condition.name);
    values.push(pattern);
  }
  return { names, values };
}

/** What every pattern of an attachment does. */
const attaches: Effect = {
  table: "policydb",
  priority: 0,
  mode: "allow",
  exact: true,
  permissions: 1,
  audit: 0,
  exec: BARE_EXEC,
};

/** What terms are made with. */
interface AttachmentTools extends Pick<EncodingSession, "automata" | "before"> {
  readonly accept: Term;
}

/** The terms of patterns and, behind each, of the values of extended attributes in the order the kernel asks for them (compile-semantics 7.3). */
export function attachmentTerms(
  { patterns, values }: Pick<AttachmentPlan, "patterns" | "values">,
  { automata, before, accept }: AttachmentTools,
): readonly Term[] {
  const tail = values.reduceRight<Term>(
    (next, value) => automata.alternative([accept, automata.outOfBand(before(sequence(nul, value), next))]),
    accept,
  );
  return patterns.map((pattern) => before(pattern, tail));
}

/** Builds the automaton of a plan. It is never diff-encoded: kernels do not follow that while they score (compile-semantics D19). */
export function buildAttachment(
  plan: AttachmentPlan,
  { effects, automata, before }: EncodingSession,
  equivalenceClasses: boolean,
): Outcome<CompiledAutomaton, Explosion> {
  const accept = automata.accept(effects.label(attaches));
  const built = automata.build(attachmentTerms(plan, { automata, before, accept }));
  if (!built.ok) return built;
  const outputs = numberOutputs(built.value, effects);
  const permissions = packPermissions(outputs, effects, []);
  return ok({ dfa: outputs.dfa, permissions, transitions: [], diffEncoded: false, equivalenceClasses });
}

/** The build key of that automaton. */
export function attachmentBuildKey(
  plan: AttachmentPlan,
  session: EncodingSession,
  equivalenceClasses: boolean,
): string {
  const label = session.effects.label(attaches);
  const values = plan.values.map((value) => session.spelling(sequence(nul, value)));
  const patterns = plan.patterns.map((pattern) => ({ pattern, label }));
  return session.buildKey(["attachment", equivalenceClasses, ...values], patterns);
}

/** The xmatch length of a plan. */
export function attachmentLength(plan: AttachmentPlan): number {
  return least(plan.patterns.map(leadLength));
}

function least(lengths: readonly number[]): number {
  return lengths.reduce((smallest, length) => Math.min(smallest, length), lengths[0] ?? 0);
}
