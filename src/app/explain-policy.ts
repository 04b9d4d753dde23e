/** One profile asked in full: which part is decided by what, under its own mode and when enforced, and the smallest edit that turns the answer round. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { lineStarts, positionAt } from "../foundation/text/index.ts";
import { isFreeOf } from "../language/model/index.ts";
import { type AuditEvent, parseLine } from "../learning/audit/index.ts";
import {
  eventQuestion,
  type ExplainedPart,
  explainQuestion,
  type Explanation,
  type Subject,
} from "../analysis/explain/index.ts";
import {
  type AccessSet,
  asFewRules,
  FileBit,
  type Question,
  type RuleCover,
  subtract,
  witnessOf,
} from "../analysis/sets/index.ts";
import { smallestEdit } from "./flip.ts";
import { wordsOfSet } from "./set-words.ts";
import { type AskedMember, decideStack, isLabel, type StackMember, stackMembers } from "./stack-members.ts";
import type { Flip } from "./tried-edit.ts";
import { skippedText, unknownProfile } from "./unknown-profile.ts";
import { placeOfRule, type PolicyWorld, type RulePlace, type WorldFile } from "./meaning-world.ts";
import { readQuestion } from "./query-policy.ts";

/** What a kernel makes of an access under a mode. */
export type Fate = "allowed" | "refused" | "killed" | "asked";

/** One part of what was asked: who decides about it, and what comes of that. */
export interface PartAnswer {
  readonly outcome: ExplainedPart["outcome"] | "unconfined" | "not-mediated";
  /** What a kernel does under the profile's own mode, and when the profile is enforced. */
  readonly fate: Fate;
  readonly enforced: Fate;
  /** The word in the log under the profile's own mode. */
  readonly logged: "no" | "AUDIT" | "ALLOWED" | "DENIED" | "KILLED";
  /** The part as rules; an example of it. `isExact`: the rules say it all. */
  readonly part: readonly string[];
  readonly isExact: boolean;
  readonly example: string;
  readonly rules: readonly RulePlace[];
  readonly outranked: readonly (RulePlace & { readonly reason: "deny" | "priority" | "exact" | "prompt" })[];
  /** Rules that say the same to the other half: for the owner alone, or for others. */
  readonly otherHalf: readonly (RulePlace & { readonly half: "owner" | "other" })[];
  readonly isImplied: boolean;
}

/** More rules for one part are not read. */
const MOST_RULES = 8;

/** What a stack makes of a rule: what one of its profiles refuses is refused. */
export interface StackAnswer {
  readonly label: string;
  readonly question: string;
  readonly verdict: "all" | "some" | "none";
  /** What all of its profiles allow, as rules; near it where `isExact` is false. */
  readonly allows: readonly string[];
  readonly isExact: boolean;
  /** One access of it. */
  readonly example: string | undefined;
  /** Its profiles that do not allow all that is asked. */
  readonly refusedBy: readonly string[];
  /** All that these refuse they let through in their own modes. */
  readonly isLetThrough: boolean;
}

/** What a profile makes of a rule, part by part. */
export interface ExplainAnswer {
  readonly profile: string;
  /** The file of the profile, and the line where it begins. */
  readonly path: string;
  readonly line: number;
  readonly mode: string;
  readonly question: string;
  readonly verdict: "all" | "some" | "none";
  readonly parts: readonly PartAnswer[];
  readonly edit: Flip | undefined;
  readonly notes: readonly string[];
  /** Of an event that was refused: this text permits all of it, so that no edit is needed; what refused it was another one. */
  readonly isPermittedNow?: true;
  /** Of a profile that was asked as one of a stack: what the stack makes of it, in each of its profiles' answers. */
  readonly stack?: StackAnswer;
}

/** A profile in the company of its file. */
interface Found extends Pick<Subject, "profile"> {
  readonly file: WorldFile;
  readonly subject: Subject;
}

/**
 * One answer for each profile that has the name: several files may hold one, and which of them is loaded nobody here knows. Of a label that is a stack
 * one for each of its profiles, with what comes of them.
 *
 * Errors: a sentence: no such profile, or the rule is no question.
 */
export function explainRule(world: PolicyWorld, name: string, rule: string): Outcome<readonly ExplainAnswer[], string> {
  const all = world.files.flatMap((file) =>
    file.subjects.map((subject): Found => ({ file, subject, profile: subject.profile })),
  );
  const found = all.filter(({ profile }) => profile.name === name);
  const more = skippedText(world.skipped);
  if (found.length === 0 && isLabel(name)) {
    const members = stackMembers(name, all);
    return members.ok ? explainStack(world, name, rule, members.value) : fail(`${members.error}${more}`);
  }
  if (found.length === 0) {
    const known = all.map(({ profile }) => profile);
    return fail(`${unknownProfile(name, known)}${more}`);
  }
  const answers: ExplainAnswer[] = [];
  for (const { file, subject } of found) {
    const question = readQuestion(rule, file.questions, subject.profile);
    if (!question.ok) return question;
    const answer = explainOne(question.value, subject, { file, world });
    if (!answer.ok) return answer;
    answers.push(answer.value.answer);
  }
  return ok(answers);
}

function explainStack(
  world: PolicyWorld,
  label: string,
  rule: string,
  members: readonly StackMember<Found>[],
): Outcome<readonly ExplainAnswer[], string> {
  const answers: ExplainAnswer[] = [];
  const asked: AskedMember[] = [];
  for (const { name, item } of members) {
    const question = readQuestion(rule, item.file.questions, item.profile);
    if (!question.ok) return question;
    const found = explainOne(question.value, item.subject, { file: item.file, world });
    if (!found.ok) return found;
    const { answer, explanation } = found.value;
    answers.push({ ...answer, profile: name });
    if (explanation !== undefined) asked.push({ name, set: question.value.set, explanation });
  }
  if (members.length === 1) return ok(answers);
  const question = answers[0]?.question ?? rule;
  const stack = stackAnswer(asked);
  if (!stack.ok) return stack;
  const refused = answers.filter(({ verdict }) => verdict !== "all").flatMap(({ parts }) => parts);
  const isLetThrough = refused.length > 0 && refused.every(({ fate }) => fate === "allowed");
  return ok(answers.map((one) => ({ ...one, stack: { label, question, ...stack.value, isLetThrough } })));
}

/** Nobody is asked where all profiles are unconfined. Errors: as `decideStack`. */
function stackAnswer(
  asked: readonly AskedMember[],
): Outcome<Omit<StackAnswer, "isLetThrough" | "label" | "question">, string> {
  const free = { verdict: "all", allows: [], isExact: true, example: undefined, refusedBy: [] } as const;
  if (asked.length === 0) return ok(free);
  const decided = decideStack(asked);
  if (!decided.ok) return decided;
  const { allowed, refusing, verdict } = decided.value;
  const refusedBy = refusing.map(({ name }) => name);
  if (verdict !== "some") return ok({ ...free, verdict, refusedBy });
  const { rules, isExact } = asFewRules(allowed);
  return ok({ verdict, allows: rules, isExact, example: witnessOf(allowed)?.rule, refusedBy });
}

interface Explained {
  readonly answer: ExplainAnswer;
  /** `undefined`: the profile is not asked. */
  readonly explanation: Explanation | undefined;
}

function explainOne(
  question: Question,
  subject: Subject,
  where: { readonly file: WorldFile; readonly world: PolicyWorld },
): Outcome<Explained, string> {
  const { profile } = subject;
  const { file, world } = where;
  const shared = {
    profile: profile.name,
    ...startOf(profile, file),
    mode: profile.flags.mode,
    question: question.text,
    notes: question.notes,
  };
  const free = (why: "not-mediated" | "unconfined"): Explained => {
    const answer = { ...shared, verdict: "all", parts: [unasked(why, question)], edit: undefined } as const;
    return { answer, explanation: undefined };
  };
  if (!question.isMediated) return ok(free("not-mediated"));
  if (isFreeOf(profile, question.rule.kind)) return ok(free("unconfined"));
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return explained;
  const { verdict, parts } = explained.value;
  const isFreeLimit = question.rule.kind === "rlimit" && verdict === "all";
  const answer = {
    ...shared,
    ...(isFreeLimit && { notes: [...shared.notes, "no rule refuses every value of a limit: 0 is always allowed"] }),
    verdict,
    parts: parts.map((part) => answerOf(part, { question, parts, subject, file })),
    edit: smallestEdit({ question, subject, file, explanation: explained.value, world }),
  };
  return ok({ answer, explanation: explained.value });
}

/** Where a profile begins. */
function startOf({ origin }: Subject["profile"], { source }: WorldFile): Pick<ExplainAnswer, "path" | "line"> {
  return { path: source.path, line: positionAt(lineStarts(source.text), origin.span.start).line };
}

function unasked(outcome: "unconfined" | "not-mediated", { text }: Question): PartAnswer {
  const nobody = { rules: [], outranked: [], otherHalf: [], isImplied: false };
  return {
    outcome,
    fate: "allowed",
    enforced: "allowed",
    logged: "no",
    part: [text],
    isExact: true,
    example: text,
    ...nobody,
  };
}

/** A question with all its parts, and whom it was put to. */
interface Answered {
  readonly question: Question;
  readonly parts: readonly ExplainedPart[];
  readonly subject: Subject;
  readonly file: WorldFile;
}

function answerOf(part: ExplainedPart, answered: Answered): PartAnswer {
  const { question, parts, file } = answered;
  const { profile } = answered.subject;
  const cover = parts.length === 1 ? { rules: [question.text], isExact: true } : coverOf(part, answered);
  const place = (rule: ExplainedPart["rules"][number]): RulePlace => placeOfRule(rule, file);
  return {
    outcome: part.outcome,
    ...effectOf(part, profile.flags),
    part: cover.rules,
    isExact: cover.isExact,
    example: part.witness.rule,
    rules: part.rules.map(place),
    outranked: part.outranked.map(({ rule, reason }) => ({ ...place(rule), reason })),
    otherHalf: part.otherHalf.map((rule) => ({ ...place(rule), half: isOwners(rule) ? "owner" : "other" })),
    isImplied: part.isImplied,
  };
}

function isOwners(rule: ExplainedPart["otherHalf"][number]): boolean {
  return (rule.kind === "file" || rule.kind === "link") && rule.owner === "owner";
}

/** Rules that were searched for are about nothing else; where they would be many, the policy's own say more. */
function coverOf(part: ExplainedPart, answered: Answered): RuleCover {
  const set = part.set();
  const found = set.ok ? asFewRules(set.value) : { rules: [], isExact: false };
  if (found.isExact && found.rules.length <= MOST_RULES) return found;
  const words = part.words() ?? (set.ok ? ownWords(part, set.value, answered) : undefined);
  return words === undefined ? found : { rules: words, isExact: true };
}

/** The part in the words of the question and of the rules of this part, or of the others. */
function ownWords(
  part: ExplainedPart,
  set: AccessSet,
  { question, parts, subject, file }: Answered,
): readonly string[] | undefined {
  const rest = subtract(question.set, set);
  if (!rest.ok) return undefined;
  const others = new Set(parts.flatMap((one) => (one === part ? [] : one.rules)));
  return wordsOfSet(set, {
    question,
    rest: rest.value,
    without: [...others],
    within: part.rules,
    read: (rule) => readQuestion(rule, file.questions, subject.profile),
  });
}

/** kernel-abi 7.9: complain mode lets through what no rule allows, but not what a quiet deny rule takes. */
function effectOf(
  { outcome, isQuiet, isAudited, witness }: ExplainedPart,
  { mode, audit }: Subject["profile"]["flags"],
): Pick<PartAnswer, "fate" | "enforced" | "logged"> {
  if (outcome === "allowed")
    return { fate: "allowed", enforced: "allowed", logged: audit || isAudited ? "AUDIT" : "no" };
  const enforced = outcome === "asked" ? "asked" : "refused";
  const isSilent = isQuiet && !audit;
  if (mode === "kill") return { fate: "killed", enforced, logged: "KILLED" };
  // a program that is denied quietly is executed in complain mode, other things are not
  if (isSilent && mode === "complain" && isExecution(witness)) return { fate: "allowed", enforced, logged: "no" };
  if (isSilent) return { fate: "refused", enforced, logged: "no" };
  if (mode === "complain") return { fate: "allowed", enforced, logged: "ALLOWED" };
  if (mode === "prompt" || enforced === "asked") return { fate: "asked", enforced, logged: "no" };
  return { fate: "refused", enforced, logged: "DENIED" };
}

function isExecution({ kind, grant }: ExplainedPart["witness"]): boolean {
  return kind === "file" && (grant.execs.length > 0 || ((grant.bits | grant.others) & FileBit.x) !== 0);
}

/** A line of a log, and what is to be said of it. */
export interface EventAnswer {
  readonly line: string;
  readonly event: AuditEvent;
  readonly answer: Outcome<readonly ExplainAnswer[], string>;
}

/** The answer to a line of a log; `undefined`: the line is no event of AppArmor. */
export function explainLine(world: PolicyWorld, line: string): EventAnswer | undefined {
  const item = parseLine(line);
  return item === undefined || !isEvent(item) ? undefined : { line, event: item, answer: explainEvent(world, item) };
}

/** The answer to an event. Errors: a sentence: it asks for nothing that a rule says, or there is no such profile. */
export function explainEvent(world: PolicyWorld, event: AuditEvent): EventAnswer["answer"] {
  const asked = eventQuestion(event);
  if (!asked.ok) return asked;
  const answer = explainRule(world, asked.value.profile, asked.value.rule);
  if (!answer.ok || !answer.value.every(({ verdict, stack = { verdict } }) => stack.verdict === "all")) return answer;
  // What is asked of an event is why it was refused, and not how it would be.
  return ok(answer.value.map((one) => ({ ...one, edit: undefined, isPermittedNow: true })));
}

function isEvent(item: NonNullable<ReturnType<typeof parseLine>>): item is AuditEvent {
  return "kind" in item;
}
