/**
 * Two compiled profiles: which permits what the other does not, as rules. A verdict of "equivalent" is given only when the product of the
 * automata has no difference at all, so that what cannot be said as a rule is never taken for nothing.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import type { CompiledProfile } from "../../compiler/compiled/index.ts";
import { attachmentPatterns } from "../../compiler/decompile/index.ts";
import { compareAutomata } from "../tables/index.ts";
import { combined, grantsOf, isEmpty } from "./automata.ts";
import { beyond, Grants } from "./grants.ts";
import { type Direction, type PartChange, partChanges, type PlainChange, plainChanges } from "./parts.ts";
import { type Access, type AccessSet, compareAccess, type Compared, FILE, firstAccess, permittedBy } from "./profile.ts";
import { packedFileBits, type WantedAccess } from "./responsible.ts";
import { type RuleCompiler, rulesOf } from "./rule-texts.ts";
import { accessObject, className, ownership, permissionWords } from "./words.ts";

export type Verdict = "equivalent" | "stricter" | "looser" | "both";

/** One access that one side permits and the other does not. */
export interface DiffWitness {
  /** As a rule would say it. */
  readonly text: string;
  readonly wanted: WantedAccess;
}

/** A rule of the difference. */
export interface RuleChange {
  readonly sign: "+" | "-";
  /** The keyword of its class. */
  readonly class: string;
  readonly text: string;
  /** `undefined` where the rule says it all. */
  readonly witness: DiffWitness | undefined;
  /** The rules of its class and sign say exactly the difference, which was tried. */
  readonly exact: boolean;
  /** Of a rule about a capability or a limit: its number. */
  readonly number: number | undefined;
}

/** A difference of two profiles of one name. */
export interface ProfileDifference {
  readonly verdict: Verdict;
  readonly rules: readonly RuleChange[];
  readonly parts: readonly PartChange[];
}

/** Both permit the same, and log and say the same. */
export function isSame({ verdict, rules, parts }: ProfileDifference): boolean {
  return verdict === "equivalent" && rules.length === 0 && parts.length === 0;
}

/** The verdict of several directions. */
export function verdictOf(directions: readonly Direction[]): Verdict {
  const isLooser = directions.some((each) => each === "looser" || each === "both");
  const isStricter = directions.some((each) => each === "stricter" || each === "both");
  return isLooser ? (isStricter ? "both" : "looser") : isStricter ? "stricter" : "equivalent";
}

/** What `right` permits beyond `left`, and lacks of it. Errors: the product of their automata is too large. */
export function compareProfiles(
  left: CompiledProfile,
  right: CompiledProfile,
  compiler: RuleCompiler,
): Outcome<ProfileDifference, TooManyStates> {
  const grants = new Grants();
  const compared = compareAccess(permittedBy(left, grants), permittedBy(right, grants), grants);
  if (!compared.ok) return fail(compared.error);
  const attachment = attachmentChange(left, right, grants);
  if (!attachment.ok) return fail(attachment.error);
  const { beyond: more, lacking } = compared.value;
  const plain = plainChanges(left, right);
  const rules = [
    ...lacking.flatMap((set) => ruleChanges("-", set, compiler)),
    ...more.flatMap((set) => ruleChanges("+", set, compiler)),
    ...plain.map(plainRule),
  ];
  const said = [...attachment.value, ...partChanges(left, right), ...accessParts(compared.value)];
  const parts = rules.length === 0 && said.length === 0 ? unsaid(left, right) : said;
  const directions: Direction[] = [...parts, ...plain].map(({ direction }) => direction);
  if (more.length > 0) directions.push("looser");
  if (lacking.length > 0) directions.push("stricter");
  return ok({ verdict: verdictOf(directions), rules, parts });
}

function plainRule({ sign, kind, text, number }: PlainChange): RuleChange {
  return { sign, class: kind, text, witness: undefined, exact: true, number };
}

function ruleChanges(sign: RuleChange["sign"], set: AccessSet, compiler: RuleCompiler): readonly RuleChange[] {
  const { rules, exact } = rulesOf(set, compiler);
  const shared = { sign, class: className(set.classNumber), exact, number: undefined };
  if (rules.length === 0) return [{ ...shared, text: "", witness: witnessOf(firstAccess(set)), exact: false }];
  return rules.map(({ text, witness }) => ({ ...shared, text, witness: witnessOf(witness) }));
}

function witnessOf(access: Access | undefined): DiffWitness | undefined {
  if (access === undefined) return undefined;
  const { classNumber, grant, input } = access;
  const isFile = classNumber === FILE;
  const isOwner = ownership(grant) !== "other";
  const { allow, prompt } = isOwner ? grant.owner : grant.other;
  const words = permissionWords(classNumber, grant);
  const parts = isFile
    ? [ownership(grant), accessObject(access), words]
    : [className(classNumber), words === "" ? "" : `(${words})`, accessObject(access)];
  const bits = isFile ? packedFileBits(allow | prompt) : allow | prompt;
  return {
    text: parts.filter((part) => part !== "").join(" "),
    wanted: { table: isFile ? "file" : "policydb", input: isFile ? input : [classNumber, ...input], bits, isOwner },
  };
}

/** Whole classes that one side leaves alone, and what is only logged otherwise. */
function accessParts({ unmediated, logging }: Compared): readonly PartChange[] {
  return [
    ...unmediated.map(({ classNumber, side }): PartChange => {
      const [before, after] = side === "left" ? ["no", "yes"] : ["yes", "no"];
      const part = `mediation of ${className(classNumber)}`;
      return { part, direction: side === "left" ? "stricter" : "looser", before: before ?? "", after: after ?? "" };
    }),
    ...logging.map(
      ({ classNumber }): PartChange => ({
        part: `logging of ${className(classNumber)}`,
        direction: "neither",
        before: "",
        after: "",
      }),
    ),
  ];
}

/** What the products of the automata show and no rule says. */
function unsaid(left: CompiledProfile, right: CompiledProfile): readonly PartChange[] {
  return (["policydb", "file"] as const).flatMap((name) => {
    const [one, other] = [left[name], right[name]];
    if (one === undefined || other === undefined) return [];
    return compareAutomata(one, other, name, 1).map(
      ({ witness }): PartChange => ({ part: `${name} automaton`, direction: "both", before: "", after: witness }),
    );
  });
}

/** Programs the profile does not attach to any more run without it, which is looser. */
function attachmentChange(
  left: CompiledProfile,
  right: CompiledProfile,
  grants: Grants,
): Outcome<readonly PartChange[], TooManyStates> {
  const one = grantsOf(left.xmatch, "xmatch", grants);
  const other = grantsOf(right.xmatch, "xmatch", grants);
  const gained = combined(other, one, grants, beyond);
  const lost = combined(one, other, grants, beyond);
  if (!gained.ok) return fail(gained.error);
  if (!lost.ok) return fail(lost.error);
  if (isEmpty(gained.value) && isEmpty(lost.value)) return ok([]);
  const directions: Direction[] = [];
  if (!isEmpty(gained.value)) directions.push("stricter");
  if (!isEmpty(lost.value)) directions.push("looser");
  const direction = directions.length === 2 ? "both" : (directions[0] ?? "neither");
  const [before, after] = [left, right].map((profile) => attachmentPatterns(profile).join(" "));
  return ok([{ part: "attachment", direction, before: before ?? "", after: after ?? "" }]);
}
