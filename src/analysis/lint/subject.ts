/** A profile that is looked at: compiled with other rules as often as a check wants to try something. */
import { createMeetings } from "../explain/index.ts";
import type { LabelGraph } from "../reach/index.ts";
import { comparePolicies } from "../tables/index.ts";
import type { CompiledPolicy } from "../../compiler/compiled/index.ts";
import { type CompileOptions, compileVariant } from "../../compiler/compile/index.ts";
import type { Policy, Profile, Rule } from "../../language/model/index.ts";

export interface LintProfile {
  readonly profile: Profile;
  readonly policy: Policy;
  readonly options: CompileOptions;
}

/** A profile with what is found out about it once. */
export interface LintSubject extends LintProfile {
  /**
   * The rules by which what some of the profile's rules say is decided: what these mean with a change of those, and without it, is what all
   * mean. COST: a rule of a large profile meets few others.
   */
  readonly near: (rules: readonly Rule[]) => readonly Rule[];
}

export function createSubject({ profile, policy, options }: LintProfile): LintSubject {
  const meetings = createMeetings({ profile, policy, options });
  const known = new Map<Rule, readonly Rule[]>();
  const near = (rules: readonly Rule[]): readonly Rule[] => {
    // several rules of the model may be one text
    const found = meetings(profile.rules.filter((one) => rules.some((rule) => isOneText(rule, one))));
    if (!found.ok) return profile.rules;
    const isOfFiles = rules.some((rule) => tableOf(rule) !== "other");
    const met = new Set(found.value);
    // a profile without any file rule has no automaton for files, which would be a difference
    const other = isOfFiles ? profile.rules.find((rule) => tableOf(rule) !== "other" && !met.has(rule)) : undefined;
    if (other !== undefined) met.add(other);
    return profile.rules.filter((rule) => met.has(rule));
  };
  return {
    profile,
    policy,
    options,
    near: (rules) => {
      const [only] = rules;
      if (only === undefined || rules.length > 1) return near(rules);
      const before = known.get(only) ?? near(rules);
      known.set(only, before);
      return before;
    },
  };
}

/** What the profile means with these rules; `undefined` where they cannot be compiled together. */
type Meaning = CompiledPolicy | undefined;

/** Children matter to their parent only by being there. */
function withoutRules(profile: Profile): Profile {
  return { ...profile, rules: [], children: profile.children.map(withoutRules) };
}

/** Compiles the profile alone with other rules. */
export function compileWith({ profile, policy, options }: LintProfile, rules: readonly Rule[]): Meaning {
  const children = profile.children.map(withoutRules);
  const { value, diagnostics } = compileVariant({ ...policy, profiles: [{ ...profile, rules, children }] }, options);
  if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
  return { profiles: value.flatMap((family) => family.profiles).slice(0, 1) };
}

const FILE_KINDS: ReadonlySet<Rule["kind"]> = new Set(["file", "link"]);
const BOTH_KINDS: ReadonlySet<Rule["kind"]> = new Set(["all", "change_profile"]);

/** What a rule is compiled into. */
type Table = "file" | "other" | "both";

function tableOf({ kind }: Rule): Table {
  if (BOTH_KINDS.has(kind)) return "both";
  return FILE_KINDS.has(kind) ? "file" : "other";
}

/** Whether two sets of rules mean the same to a kernel: all that is decided, logged and kept quiet. */
export function isSameMeaning(left: Meaning, right: Meaning): boolean {
  return left !== undefined && right !== undefined && comparePolicies(left, right, 1).length === 0;
}

/** The name under which the graph knows the profile. */
export function labelOf({ profile }: LintProfile, { world }: LabelGraph): string | undefined {
  const isIts = ({ span }: Profile["origin"]): boolean =>
    span.file === profile.origin.span.file && span.start === profile.origin.span.start;
  return [...world.labels.values()].find((facts) => facts.label.endsWith(profile.name) && isIts(facts.profile.origin))
    ?.label;
}

/** The rules that the file itself has, one for each text: nobody can change what an abstraction says for one profile. */
export function ownRules({ profile }: LintProfile): readonly Rule[] {
  const own = profile.rules.filter(({ origin }) => origin.includes.length === 0);
  return own.filter((rule, at) => own.findIndex((one) => isOneText(one, rule)) === at);
}

/** Whether two rules of the model are written as one. */
export function isOneText({ origin: one }: Rule, { origin: other }: Rule): boolean {
  return (
    one.span.file === other.span.file &&
    one.span.start === other.span.start &&
    one.span.end === other.span.end &&
    one.includes.length === other.includes.length &&
    one.includes.every(
      ({ start, file }, at) => other.includes[at]?.start === start && other.includes[at]?.file === file,
    )
  );
}

/** All but what this rule's text says. */
export function withoutRule(rules: readonly Rule[], rule: Rule): readonly Rule[] {
  return rules.filter((one) => !isOneText(one, rule));
}
