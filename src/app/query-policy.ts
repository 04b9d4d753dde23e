/** For every profile: how much of what a rule says does it allow, and by which lines. */
import { isFreeOf } from "../language/model/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type ExplainedPart, explainQuestion, type Explanation, type Subject } from "../analysis/explain/index.ts";
import {
  type Access,
  hasOwnVariables,
  namesChild,
  parseQuestion,
  type Question,
  type QuestionWorld,
  withOwnVariables,
  witnessOf,
} from "../analysis/sets/index.ts";
import { placeOfRule, type RulePlace, type RulesWorld, type WorldFile } from "./meaning-world.ts";
import { type AskedMember, decideStack, isLabel, type StackMember, stackMembers } from "./stack-members.ts";
import { unknownProfile } from "./unknown-profile.ts";

/** What one profile makes of the question. */
export interface QueryAnswer {
  readonly profile: string;
  readonly path: string;
  readonly mode: string;
  /** What the rules allow; of unconfined profiles, and of what nobody mediates, `all`. */
  readonly verdict: "all" | "some" | "none";
  /** Why it is allowed without a rule, where no rule allows it; `implied`: it comes along with what the profile has. */
  readonly reason: "unconfined" | "not-mediated" | "implied" | undefined;
  /** An access that is allowed, and one that is not, as rules. */
  readonly inside: string | undefined;
  readonly outside: string | undefined;
  /** The rules that allow, and those that deny part of it. */
  readonly allowedBy: readonly RulePlace[];
  readonly deniedBy: readonly RulePlace[];
  /** Of a stack: its profiles that do not allow all of it. */
  readonly refusedBy?: readonly string[];
}

/** The question as it was read, and what every profile makes of it. */
export interface QueryResult {
  readonly question: string;
  /** In the order of files and profiles. */
  readonly answers: readonly QueryAnswer[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly notes: readonly string[];
  /** That no profile has the name that was asked for, and which may be meant. */
  readonly unknown?: string;
}

type AskedFile = RulesWorld["files"][number];

/** A profile in the company of its file. */
interface Found {
  readonly profile: Subject["profile"];
  readonly subject: Omit<Subject, "compiled">;
  readonly file: AskedFile;
}

/**
 * Asks every profile, or those with one name; of a label that is a stack, the stack and its profiles.
 *
 * Errors: a sentence: the rule is no question in any file. Files in whose company it is none are skipped.
 */
export function queryPolicy(world: RulesWorld, rule: string, by: string | undefined): Outcome<QueryResult, string> {
  if (by !== undefined && isLabel(by)) {
    const all = world.files.flatMap((file) =>
      file.subjects.map((subject): Found => ({ file, subject, profile: subject.profile })),
    );
    const members = all.some(({ profile }) => profile.name === by) ? undefined : stackMembers(by, all);
    if (members?.ok === false) return members;
    if (members?.ok === true) return queryStack(world, rule, by, members.value);
  }
  const answers: QueryAnswer[] = [];
  const notes = new Set<string>();
  const skipped = [...world.skipped];
  let wrong: string | undefined;
  let asked: Question | undefined;
  const isOwn = hasOwnVariables(rule) || namesChild(rule);
  for (const file of world.files) {
    const { path } = file.source;
    if (by !== undefined && file.subjects.every(({ profile }) => profile.name !== by)) continue;
    const shared = isOwn ? undefined : readQuestion(rule, file.questions);
    if (shared?.ok === false) {
      wrong ??= shared.error;
      skipped.push({ path, reason: shared.error });
      continue;
    }
    if (shared !== undefined) {
      asked ??= shared.value;
      for (const note of shared.value.notes) notes.add(note);
    }
    for (const subject of file.subjects) {
      if (by !== undefined && subject.profile.name !== by) continue;
      const question = shared ?? readQuestion(rule, file.questions, subject.profile);
      const answer = question.ok ? askProfile(question.value, subject, file) : question;
      if (question.ok) for (const note of question.value.notes) notes.add(note);
      else wrong ??= question.error;
      if (answer.ok) answers.push(answer.value.answer);
      else skipped.push({ path: `${path} (${subject.profile.name})`, reason: answer.error });
    }
  }
  if (asked === undefined && answers.length === 0 && wrong !== undefined) return fail(wrong);
  const known = world.files.flatMap(({ subjects }) => subjects.map(({ profile }) => profile));
  const isUnknown = by !== undefined && !known.some(({ name }) => name === by);
  return ok({
    question: asked?.text ?? rule,
    answers,
    skipped,
    notes: [...notes],
    ...(isUnknown && { unknown: unknownProfile(by, known) }),
  });
}

/** The stack's answer comes first. Errors: a sentence: one of its profiles cannot be asked, or they cannot be asked the same. */
function queryStack(
  { skipped }: RulesWorld,
  rule: string,
  label: string,
  members: readonly StackMember<Found>[],
): Outcome<QueryResult, string> {
  const answers: QueryAnswer[] = [];
  const notes = new Set<string>();
  const asked: AskedMember[] = [];
  let text = rule;
  for (const { name, item } of members) {
    const question = readQuestion(rule, item.file.questions, item.profile);
    if (!question.ok) return question;
    text = question.value.text;
    for (const note of question.value.notes) notes.add(note);
    const found = askProfile(question.value, item.subject, item.file);
    if (!found.ok) return found;
    const { answer, explanation } = found.value;
    answers.push({ ...answer, profile: name });
    if (explanation !== undefined) asked.push({ name, set: question.value.set, explanation });
  }
  if (members.length === 1) return ok({ question: text, answers, skipped, notes: [...notes] });
  const stack = stackAnswer(label, answers, asked);
  return stack.ok ? ok({ question: text, answers: [stack.value, ...answers], skipped, notes: [...notes] }) : stack;
}

function stackAnswer(
  label: string,
  answers: readonly QueryAnswer[],
  asked: readonly AskedMember[],
): Outcome<QueryAnswer, string> {
  const modes = new Set(answers.map(({ mode }) => mode));
  const [first] = answers;
  const shared = {
    profile: label,
    path: first?.path ?? "",
    // as kernels name it
    mode: modes.size === 1 ? (first?.mode ?? "") : "mixed",
    inside: undefined,
    outside: undefined,
    allowedBy: [],
    deniedBy: [],
  };
  if (asked.length === 0) return ok({ ...shared, verdict: "all", reason: first?.reason, refusedBy: [] });
  const decided = decideStack(asked);
  if (!decided.ok) return decided;
  const { allowed, refusing, verdict } = decided.value;
  const outside = exampleOf(refusing.flatMap(({ explanation }) => explanation.parts).filter(isRefused));
  return ok({
    ...shared,
    verdict,
    reason: undefined,
    inside: verdict === "none" ? undefined : witnessOf(allowed)?.rule,
    outside: outside?.rule,
    refusedBy: refusing.map(({ name }) => name),
  });
}

function isRefused({ outcome }: ExplainedPart): boolean {
  return outcome !== "allowed";
}

/** With a profile the variables, and the children, that each profile has of its own are those of this one. */
export function readQuestion(
  written: string,
  world: QuestionWorld,
  profile?: Subject["profile"],
): Outcome<Question, string> {
  const own = profile !== undefined && hasOwnVariables(written) ? withOwnVariables(written, profile) : ok(written);
  return own.ok ? parseQuestion(own.value, world, profile?.written) : own;
}

interface Answered {
  readonly answer: QueryAnswer;
  /** `undefined`: the profile is not asked. */
  readonly explanation: Explanation | undefined;
}

/** COST: the verdict is that of the patterns of the rules, which is the one of the automata made of them (tests/support/meaning-law.ts), without these. */
function askProfile(
  question: Question,
  subject: Omit<Subject, "compiled">,
  file: Pick<WorldFile, "source" | "resolved">,
): Outcome<Answered, string> {
  const { profile } = subject;
  const shared = { profile: profile.name, path: file.source.path, mode: profile.flags.mode };
  const everything = { verdict: "all", inside: undefined, outside: undefined, allowedBy: [], deniedBy: [] } as const;
  const free = (reason: "unconfined" | "not-mediated"): Answered => {
    return { answer: { ...shared, ...everything, reason }, explanation: undefined };
  };
  if (isFreeOf(profile, question.rule.kind)) return ok(free("unconfined"));
  if (!question.isMediated) return ok(free("not-mediated"));
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return explained;
  const placesOf = (outcome: ExplainedPart["outcome"]): readonly RulePlace[] => {
    const rules = explained.value.parts.flatMap((part) => (part.outcome === outcome ? part.rules : []));
    return profile.rules.filter((rule) => rules.includes(rule)).map((rule) => placeOfRule(rule, file));
  };
  const { verdict, parts } = explained.value;
  const inside = exampleOf(parts.filter(({ outcome }) => outcome === "allowed"));
  const outside = exampleOf(parts.filter(isRefused));
  const allowedBy = placesOf("allowed");
  const answer: QueryAnswer = {
    ...shared,
    verdict,
    reason: verdict !== "none" && allowedBy.length === 0 ? "implied" : undefined,
    inside: inside?.rule,
    outside: outside?.rule,
    allowedBy,
    deniedBy: placesOf("denied"),
  };
  return ok({ answer, explanation: explained.value });
}

/** Files first: people know them best. */
function exampleOf(parts: readonly ExplainedPart[]): Access | undefined {
  const found = parts.find(({ witness }) => witness.kind === "file") ?? parts[0];
  return found?.witness;
}
