/**
 * An edit of policy tried before it is shown: made in a copy of the text, decided, and what it changes beside the question computed.
 *
 * COST: an edit changes what the rules speak of that it removes and adds, and of such accesses a profile says what those of its rules say that
 * meet them. So the line that is added is read where it stands, and these rules are compiled, instead of the whole file. Where
 * that is not enough, the whole file is read and compiled.
 */
import { applyEdits, sourceFile, unifiedDiff } from "../foundation/text/index.ts";
import { type Change, plan, printRule, type RuleDraft } from "../language/edit/index.ts";
import { parse } from "../language/syntax/index.ts";
import type { Rule } from "../language/model/index.ts";
import { profileOf, rulesMeeting, type Subject } from "../analysis/explain/index.ts";
import {
  accessesOf,
  type AccessSet,
  asRules,
  compareSets,
  hasOwnVariables,
  isEmpty,
  type Question,
  readRuleText,
  subtract,
} from "../analysis/sets/index.ts";
import { compileVariant } from "../compiler/compile/index.ts";
import type { CompiledProfile } from "../compiler/compiled/index.ts";
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

/** What an edit is to turn. */
export interface EditRequest {
  readonly question: Question;
  readonly subject: Subject;
  readonly file: WorldFile;
  readonly world: PolicyWorld;
}

/** Rules of the profile's own file that go or are cut down, and one that comes. */
export interface Edit {
  readonly removed: readonly Rule[];
  readonly replaced?: readonly { readonly rule: Rule; readonly by: RuleDraft }[];
  readonly added: RuleDraft | undefined;
}

/** `undefined`: the edit cannot be made, or does not turn the answer. */
export function tryEdit(request: EditRequest, edit: Edit, makes: Flip["makes"]): Flip | undefined {
  const { question, subject, file } = request;
  const { source } = file;
  const tree = file.questions.resolve.session?.tree(source) ?? parse(source);
  const { edits, problems } = plan(tree, changesOf(edit, subject));
  if (problems.length > 0 || edits.length === 0) return undefined;
  const text = applyEdits(source.text, edits);
  const sides = sidesOfRules(request, edit, text) ?? sidesOfFiles(request, text);
  if (sides === undefined) return undefined;
  const { before, now } = sides;
  const compared = compareSets(question.set, now);
  if (!compared.ok || compared.value.verdict !== makes) return undefined;
  const allows = beside(now, before, question.granted);
  const takes = beside(before, now, question.granted);
  if (allows === undefined || takes === undefined) return undefined;
  const diff = unifiedDiff(source.text, text, { oldName: source.path, newName: source.path });
  return { makes, diff, alsoAllows: allows, alsoTakes: takes };
}

function changesOf({ removed, replaced = [], added }: Edit, { profile }: Subject): readonly Change[] {
  const removals = [
    ...removed.map(({ origin: { span } }): Change => ({ kind: "remove-rule", at: span })),
    ...replaced.map(({ rule, by }): Change => ({ kind: "replace-rule", at: rule.origin.span, rule: by })),
  ];
  if (added === undefined) return removals;
  return [...removals, { kind: "add-rule", profile: profile.origin.span, rule: added }];
}

/** What the profile allows before an edit and after it; of rules alone, as far as the edit and the question reach. */
interface Sides {
  readonly before: AccessSet;
  readonly now: AccessSet;
}

function sidesOfFiles({ subject, file, world }: EditRequest, text: string): Sides | undefined {
  const after = world.read(sourceFile(file.source.path, text));
  if (typeof after === "string") return undefined;
  // by its place: a file may hold two profiles of one name, in two namespaces
  const changed = after.subjects[file.subjects.indexOf(subject)];
  return changed && { before: accessesOf(subject.compiled), now: accessesOf(changed.compiled) };
}

/** States of a profile that one rule more cannot make too many. */
const MODEST_STATES = 2 ** 13;
/** Names of profiles to run under that are not near what the oldest kernels can hold. */
const MODEST_NAMES = 6;
/** `undefined`: the rules alone do not tell. */
function sidesOfRules({ question, subject, file }: EditRequest, edit: Edit, text: string): Sides | undefined {
  const { profile, compiled } = subject;
  // of limits the last one counts, wherever it comes from
  if (question.rule.kind === "rlimit" || (compiled.file?.dfa.stateCount ?? 0) > MODEST_STATES) return undefined;
  if (namesOf(profile.rules).size > MODEST_NAMES && edit.added?.kind === "file") return undefined;
  const replaced = edit.replaced ?? [];
  const drafts = [...replaced.map(({ by }) => by), ...(edit.added === undefined ? [] : [edit.added])];
  const added = drafts.flatMap((draft) => readRule(printRule(draft), file) ?? []);
  if (added.length < drafts.length || hasFault(text, file)) return undefined;
  const old = [...edit.removed, ...replaced.map(({ rule }) => rule)];
  const gone = new Set(old.map(({ origin: { span } }) => `${span.start} ${span.end}`));
  const isGone = ({ origin: { span } }: Rule): boolean =>
    span.file === file.source.id && gone.has(`${span.start} ${span.end}`);
  const met = rulesMeeting([question.rule, ...old, ...added], subject);
  if (!met.ok) return undefined;
  const before = compileRules(met.value, subject);
  const now = compileRules([...met.value.filter((rule) => !isGone(rule)), ...added], subject);
  return before && now && { before: accessesOf(before), now: accessesOf(now) };
}

function namesOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.flatMap((rule) => (rule.kind === "file" ? (rule.execTarget?.text ?? []) : [])));
}

/** A rule as it means where it stands alone: in no block that says more of it. */
export function readRule(text: string, { questions }: Pick<WorldFile, "questions">): Rule | undefined {
  return hasOwnVariables(text) ? undefined : readRuleText(text, questions);
}

function hasFault(text: string, { source }: WorldFile): boolean {
  return parse(sourceFile(source.path, text)).diagnostics.some(({ severity }) => severity === "error");
}

function compileRules(rules: readonly Rule[], { profile, policy, options }: Subject): CompiledProfile | undefined {
  const { value, diagnostics } = compileVariant({ ...policy, profiles: [profileOf(profile, rules)] }, options);
  return diagnostics.some(({ severity }) => severity === "error") ? undefined : value[0]?.profiles[0];
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
