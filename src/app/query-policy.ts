/** For every profile: how much of what a rule says does it allow, and by which lines. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type ExplainedPart, explainQuestion, type Subject } from "../analysis/explain/index.ts";
import { compareSets, accessesOf, parseQuestion, type Question, type QuestionWorld } from "../analysis/sets/index.ts";
import { placeOfRule, type PolicyWorld, type RulePlace, type WorldFile } from "./meaning-world.ts";

export interface QueryAnswer {
  readonly profile: string;
  readonly path: string;
  readonly mode: string;
  /** What the rules allow; of unconfined profiles, and of what nobody mediates, `all`. */
  readonly verdict: "all" | "some" | "none";
  /** Why no rule decides, when none does. */
  readonly reason: "unconfined" | "not-mediated" | undefined;
  /** An access that is allowed, and one that is not, as rules. */
  readonly inside: string | undefined;
  readonly outside: string | undefined;
  /** The rules that allow, and those that deny part of it. */
  readonly allowedBy: readonly RulePlace[];
  readonly deniedBy: readonly RulePlace[];
}

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
export function queryPolicy(world: PolicyWorld, rule: string, by: string | undefined): Outcome<QueryResult, string> {
  const questions = questionReader();
  const answers: QueryAnswer[] = [];
  const notes = new Set<string>();
  const skipped = [...world.skipped];
  let wrong: string | undefined;
  let asked: Question | undefined;
  for (const file of world.files) {
    const question = questions(rule, file.questions);
    if (!question.ok) {
      wrong ??= question.error;
      skipped.push({ path: file.source.path, reason: question.error });
      continue;
    }
    asked ??= question.value;
    for (const note of question.value.notes) notes.add(note);
    for (const subject of file.subjects) {
      if (by !== undefined && subject.profile.name !== by) continue;
      const answer = askProfile(question.value, subject, file);
      if (answer.ok) answers.push(answer.value);
      else skipped.push({ path: `${file.source.path} (${subject.profile.name})`, reason: answer.error });
    }
  }
  if (asked === undefined && wrong !== undefined) return fail(wrong);
  return ok({ question: asked?.text ?? rule, answers, skipped, notes: [...notes] });
}

/** COST: most files of a directory begin with the same lines, so that a question is compiled once for all of them. */
export function questionReader(): (rule: string, world: QuestionWorld) => Outcome<Question, string> {
  const known = new Map<string, Outcome<Question, string>>();
  return (rule, world) => {
    const key = `${rule}\n${world.preamble}`;
    const question = known.get(key) ?? parseQuestion(rule, world);
    known.set(key, question);
    return question;
  };
}

function askProfile(question: Question, subject: Subject, file: WorldFile): Outcome<QueryAnswer, string> {
  const { profile, compiled } = subject;
  const shared = { profile: profile.name, path: file.source.path, mode: profile.flags.mode };
  const everything = { verdict: "all", inside: undefined, outside: undefined, allowedBy: [], deniedBy: [] } as const;
  if (profile.flags.mode === "unconfined") return ok({ ...shared, ...everything, reason: "unconfined" });
  if (!question.isMediated) return ok({ ...shared, ...everything, reason: "not-mediated" });
  const compared = compareSets(question.set, accessesOf(compiled));
  if (!compared.ok) return fail("the question and the profile multiply to more states than can be compared");
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return explained;
  const placesOf = (outcome: ExplainedPart["outcome"]): readonly RulePlace[] => {
    const rules = explained.value.parts.flatMap((part) => (part.outcome === outcome ? part.rules : []));
    return profile.rules.filter((rule) => rules.includes(rule)).map((rule) => placeOfRule(rule, file));
  };
  const { verdict, inside, outside } = compared.value;
  return ok({
    ...shared,
    verdict,
    reason: undefined,
    inside: inside?.rule,
    outside: outside?.rule,
    allowedBy: placesOf("allowed"),
    deniedBy: placesOf("denied"),
  });
}
