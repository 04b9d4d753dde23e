/** For every profile: how much of what a rule says does it allow, and by which lines. */
import { isFreeOf } from "../language/model/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type ExplainedPart, explainQuestion, type Subject } from "../analysis/explain/index.ts";
import {
  type Access,
  hasOwnVariables,
  namesChild,
  parseQuestion,
  type Question,
  type QuestionWorld,
  withOwnVariables,
} from "../analysis/sets/index.ts";
import { placeOfRule, type RulePlace, type RulesWorld, type WorldFile } from "./meaning-world.ts";

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
}

/** The question as it was read, and what every profile makes of it. */
export interface QueryResult {
  readonly question: string;
  /** In the order of files and profiles. */
  readonly answers: readonly QueryAnswer[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

/**
 * Asks every profile, or those with one name.
 *
 * Errors: a sentence: the rule is no question in any file. Files in whose company it is none are skipped.
 */
export function queryPolicy(world: RulesWorld, rule: string, by: string | undefined): Outcome<QueryResult, string> {
  const answers: QueryAnswer[] = [];
  const notes = new Set<string>();
  const skipped = [...world.skipped];
  let wrong: string | undefined;
  let asked: Question | undefined;
  const isOwn = hasOwnVariables(rule) || namesChild(rule);
  for (const file of world.files) {
    const { path } = file.source;
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
      if (answer.ok) answers.push(answer.value);
      else skipped.push({ path: `${path} (${subject.profile.name})`, reason: answer.error });
    }
  }
  if (asked === undefined && answers.length === 0 && wrong !== undefined) return fail(wrong);
  return ok({ question: asked?.text ?? rule, answers, skipped, notes: [...notes] });
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

/** COST: the verdict is that of the patterns of the rules, which is the one of the automata made of them (tests/support/meaning-law.ts), without these. */
function askProfile(
  question: Question,
  subject: Omit<Subject, "compiled">,
  file: Pick<WorldFile, "source" | "resolved">,
): Outcome<QueryAnswer, string> {
  const { profile } = subject;
  const shared = { profile: profile.name, path: file.source.path, mode: profile.flags.mode };
  const everything = { verdict: "all", inside: undefined, outside: undefined, allowedBy: [], deniedBy: [] } as const;
  if (isFreeOf(profile, question.rule.kind)) return ok({ ...shared, ...everything, reason: "unconfined" });
  if (!question.isMediated) return ok({ ...shared, ...everything, reason: "not-mediated" });
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return explained;
  const placesOf = (outcome: ExplainedPart["outcome"]): readonly RulePlace[] => {
    const rules = explained.value.parts.flatMap((part) => (part.outcome === outcome ? part.rules : []));
    return profile.rules.filter((rule) => rules.includes(rule)).map((rule) => placeOfRule(rule, file));
  };
  const { verdict, parts } = explained.value;
  const inside = exampleOf(parts.filter(({ outcome }) => outcome === "allowed"));
  const outside = exampleOf(parts.filter(({ outcome }) => outcome !== "allowed"));
  const allowedBy = placesOf("allowed");
  return ok({
    ...shared,
    verdict,
    reason: verdict !== "none" && allowedBy.length === 0 ? "implied" : undefined,
    inside: inside?.rule,
    outside: outside?.rule,
    allowedBy,
    deniedBy: placesOf("denied"),
  });
}

/** Files first: people know them best. */
function exampleOf(parts: readonly ExplainedPart[]): Access | undefined {
  const found = parts.find(({ witness }) => witness.kind === "file") ?? parts[0];
  return found?.witness;
}
