/**
 * The smallest edit that turns an answer round. Candidates are made from the least to the most, and every one is carried out on a copy: the
 * text is read, compiled and asked again, and what else it changes is computed. The first that turns the answer and changes nothing
 * else is taken; if there is none, the first that turns the answer, with all that it changes beside it.
 */
import { applyEdits, sourceFile, type TextEdit, unifiedDiff } from "../foundation/text/index.ts";
import { type Change, plan, type RuleDraft } from "../language/edit/index.ts";
import { parse } from "../language/syntax/index.ts";
import type { Rule } from "../language/model/index.ts";
import { draftOf, type Explanation, type Subject } from "../analysis/explain/index.ts";
import {
  accessesOf,
  type AccessSet,
  asRules,
  compareSets,
  isEmpty,
  type Question,
  subtract,
} from "../analysis/sets/index.ts";
import type { PolicyWorld, WorldFile } from "./meaning-world.ts";

/** An edit that turns an answer, tried before it is shown. */
export interface Flip {
  /** What is asked is allowed after the edit, all of it; or none. */
  readonly makes: "all" | "none";
  readonly diff: string;
  /** What the edit allows, and takes away, beside what is asked; empty: nothing else changes. */
  readonly alsoAllows: readonly string[];
  readonly alsoTakes: readonly string[];
}

interface Request {
  readonly question: Question;
  readonly subject: Subject;
  readonly file: WorldFile;
  readonly explanation: Explanation;
  readonly world: PolicyWorld;
}

/** `undefined`: no edit of the file that was tried turns the answer. */
export function smallestEdit(request: Request): Flip | undefined {
  const wanted = request.explanation.verdict === "all" ? "none" : "all";
  const changes = wanted === "all" ? allowing(request) : refusing(request);
  let best: Flip | undefined;
  for (const candidate of changes) {
    const tried = attempt(request, candidate, wanted);
    if (tried === undefined) continue;
    if (tried.alsoAllows.length === 0 && tried.alsoTakes.length === 0) return tried;
    best ??= tried;
  }
  return best;
}

const HIGHEST = 1000;

function allowing({ question, subject, explanation, file }: Request): readonly (readonly Change[])[] {
  const at = subject.profile.origin.span;
  const plain = draftOf(question.rule);
  const add = (rule: RuleDraft): Change => ({ kind: "add-rule", profile: at, rule });
  const refused = explanation.parts.filter(({ outcome }) => outcome !== "allowed");
  const blockers = [...new Set(refused.flatMap(({ rules }) => rules))];
  const removals = removing(blockers, file);
  const priority = 1 + blockers.reduce((most, rule) => Math.max(most, priorityOf(rule)), 0);
  const canOutrank = question.rule.kind !== "rlimit" && blockers.length > 0 && priority <= HIGHEST;
  return [
    ...(blockers.length === 0 ? [[add(plain)]] : []),
    ...(removals === undefined || removals.length === 0 ? [] : [removals, [...removals, add(plain)]]),
    ...(canOutrank ? [[add(qualified(plain, { priority }))]] : []),
  ];
}

function refusing({ question, subject, explanation, file }: Request): readonly (readonly Change[])[] {
  const { rule } = question;
  if (rule.kind === "rlimit") return [];
  const grants = [...new Set(explanation.parts.flatMap(({ rules }) => rules))];
  const removals = removing(grants, file);
  const priority = grants.reduce((most, one) => Math.max(most, priorityOf(one)), 0);
  const draft = qualified(withoutTransition(draftOf(rule)), { mode: "deny", priority });
  return [
    ...(removals === undefined || removals.length === 0 ? [] : [removals]),
    [{ kind: "add-rule", profile: subject.profile.origin.span, rule: draft }],
  ];
}

/** Limits have no qualifiers. */
function qualified(draft: RuleDraft, more: { readonly mode?: "deny"; readonly priority: number }): RuleDraft {
  return draft.kind === "rlimit" ? draft : { ...draft, ...more };
}

/** A deny rule says `x` alone. */
function withoutTransition(draft: RuleDraft): RuleDraft {
  if (draft.kind !== "file" || draft.exec === undefined) return draft;
  return {
    ...draft,
    exec: { transition: "deny", fallback: "none", safe: false },
    execTarget: undefined,
    execSafety: undefined,
  };
}

function priorityOf(rule: Rule): number {
  return rule.kind === "rlimit" ? 0 : rule.priority;
}

/** `undefined`: one of them is in a file that other profiles read, too. */
function removing(rules: readonly Rule[], { source }: WorldFile): readonly Change[] | undefined {
  if (rules.some(({ origin: { span } }) => span.file !== source.id)) return undefined;
  return rules.map(({ origin: { span } }) => ({ kind: "remove-rule", at: span }));
}

function attempt(
  { question, subject, file, world }: Request,
  changes: readonly Change[],
  makes: Flip["makes"],
): Flip | undefined {
  const { source } = file;
  const { edits, problems } = plan(parse(source), changes);
  if (problems.length > 0 || edits.length === 0) return undefined;
  const text = applyEdits(source.text, edits satisfies readonly TextEdit[]);
  const after = world.read(sourceFile(source.path, text));
  if (typeof after === "string") return undefined;
  // by its place: a file may hold two profiles of one name, in two namespaces
  const changed = after.subjects[file.subjects.indexOf(subject)];
  if (changed === undefined) return undefined;
  const [before, now] = [accessesOf(subject.compiled), accessesOf(changed.compiled)];
  const compared = compareSets(question.set, now);
  if (!compared.ok || compared.value.verdict !== makes) return undefined;
  const allows = beside(now, before, question.granted);
  const takes = beside(before, now, question.granted);
  if (allows === undefined || takes === undefined) return undefined;
  const diff = unifiedDiff(source.text, text, { oldName: source.path, newName: source.path });
  return { makes, diff, alsoAllows: allows, alsoTakes: takes };
}

/** What is in the first and not in the second, apart from what is asked; as rules, or an example where there are none. */
function beside(left: AccessSet, right: AccessSet, asked: AccessSet): readonly string[] | undefined {
  const more = subtract(left, right);
  const rest = more.ok ? subtract(more.value, asked) : more;
  if (!rest.ok) return undefined;
  if (isEmpty(rest.value)) return [];
  const { rules } = asRules(rest.value);
  return rules.length > 0 ? rules : ["what no rule says"];
}
