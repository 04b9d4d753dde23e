/** Two compiled profiles: which accesses one permits and the other does not, as rules, and what else their heads say differently. */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type Dfa, firstUncovered, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { type CompiledProfile, MediationClass, startState } from "../../compiler/compiled/index.ts";
import { attachmentPatterns } from "../../compiler/decompile/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { type Access, type AccessSet, accessesOf, contains, isEmpty, subtract, witnessOf } from "../sets/index.ts";
import { capabilityChanges } from "./capabilities.ts";
import { conditionChange } from "./conditions.ts";
import { coverDifference, type CoverRule, type ReadRule } from "./cover.ts";
import { type Direction, type PartChange, limitChanges, partChanges, type PlainChange } from "./parts.ts";
import { type ProfileEvidence, rulesFor } from "./responsible.ts";

/** Whether a policy permits the same as before, less, more, or some of both. */
export type Verdict = "equivalent" | "stricter" | "looser" | "both";

/** A rule of the difference. */
export interface RuleChange extends CoverRule {
  readonly sign: "+" | "-";
  /** Rules of the side that permits it, and deny rules of the other side that take it away. */
  readonly allowing: readonly Rule[];
  readonly denying: readonly Rule[];
}

/** A difference of two profiles. */
export interface ProfileDifference {
  readonly verdict: Verdict;
  readonly rules: readonly RuleChange[];
  readonly parts: readonly PartChange[];
}

/** What is known of the texts, where there are texts. */
interface Texts {
  readonly old: ProfileEvidence | undefined;
  readonly new: ProfileEvidence | undefined;
  readonly read: ReadRule;
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

/** The two differences of what profiles permit, without what only one of them mediates. */
interface AccessDifference {
  /** Permitted by the right one alone. */
  readonly more: AccessSet;
  /** Permitted by the left one alone. */
  readonly less: AccessSet;
}

/** What each of two profiles permits that the other does not: files, and all classes that both mediate. */
export function subtractBoth(left: CompiledProfile, right: CompiledProfile): Outcome<AccessDifference, TooManyStates> {
  const isWanted = isShared(left, right);
  const [one, other] = [left, right].map((profile) => onlyAutomata(accessesOf(profile), isWanted));
  if (one === undefined || other === undefined) return ok({ more: nothing, less: nothing });
  const more = subtract(other, one);
  const less = subtract(one, other);
  if (!more.ok) return fail(more.error);
  return less.ok ? ok({ more: more.value, less: less.value }) : fail(less.error);
}

/** Whether both mediate what begins with a byte, in the same way. */
function isShared(left: CompiledProfile, right: CompiledProfile): (byte: number) => boolean {
  return (byte) =>
    isMediated(left, byte) &&
    isMediated(right, byte) &&
    (byte !== MediationClass.networkV9 || isSameNetwork(left, right));
}

const nothing: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };

function onlyAutomata({ file, policydb }: AccessSet, isWanted: (byte: number) => boolean): AccessSet {
  return { ...nothing, file, policydb: policydb && { ...policydb, dfa: withoutFirst(policydb.dfa, isWanted) } };
}

/** The automaton without the inputs that begin with a byte that is not wanted; the start is entered by nothing. */
function withoutFirst(dfa: Dfa, isWanted: (byte: number) => boolean): Dfa {
  const cells = Array.from({ length: 256 }, (_, byte) => ({
    byte,
    target: isWanted(byte) ? classState(dfa, 1, byte) : 0,
  }));
  const kept = cells.filter(({ target }) => target !== 0);
  const [start = 0, end = 0] = [dfa.rows[1], dfa.rows[2]];
  const join = (own: ArrayLike<number>, middle: readonly number[]): number[] => {
    const all = Array.from(own);
    return [...all.slice(0, start), ...middle, ...all.slice(end)];
  };
  const shift = kept.length - (end - start);
  return {
    ...dfa,
    defaults: dfa.defaults.map((target, state) => (state === 1 ? 0 : target)),
    rows: dfa.rows.map((row, state) => (state > 1 ? row + shift : row)),
    symbols: Uint16Array.from(
      join(
        dfa.symbols,
        kept.map(({ byte }) => byte),
      ),
    ),
    targets: Uint32Array.from(
      join(
        dfa.targets,
        kept.map(({ target }) => target),
      ),
    ),
  };
}

function isMediated({ policydb }: CompiledProfile, byte: number): boolean {
  return policydb !== undefined && classState(policydb.dfa, startState(policydb, "policydb"), byte) !== 0;
}

/** Whether sockets are looked at in the same way: by family and type alone, or by addresses, too. */
function isSameNetwork(left: CompiledProfile, right: CompiledProfile): boolean {
  return networkForm(left) === networkForm(right);
}

function networkForm({ policydb }: CompiledProfile): string {
  if (policydb === undefined) return "not mediated";
  const start = startState(policydb, "policydb");
  if (step(policydb.dfa, start, MediationClass.networkV9) !== 0) return "by address, too";
  return step(policydb.dfa, start, MediationClass.networkV8) === 0 ? "not mediated" : "by family and type";
}

/** Where a kernel begins to look: for networks in the newer class, and in the older one where that is not mediated (kernel-abi 8.6). */
function classState(dfa: Dfa, start: number, byte: number): number {
  const { networkV8, networkV9 } = MediationClass;
  if (byte === networkV8) return 0;
  return step(dfa, start, byte) || (byte === networkV9 ? step(dfa, start, networkV8) : 0);
}

/** The classes that a kernel asks about, by the keyword of their rules. */
const classes: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["mount", [MediationClass.mount]],
  ["ptrace", [MediationClass.ptrace]],
  ["signal", [MediationClass.signal]],
  ["network", [MediationClass.networkV9]],
  ["unix", [MediationClass.networkOld]],
  ["mqueue", [MediationClass.posixMqueue]],
  ["mqueue type=sysv", [MediationClass.sysvMqueue]],
  ["userns", [MediationClass.userns]],
  ["io_uring", [MediationClass.ioUring]],
  ["dbus", [MediationClass.dbus]],
];

/** What `right` permits beyond `left`, and lacks of it. Errors: the product of their automata is too large. */
export function compareProfiles(
  left: CompiledProfile,
  right: CompiledProfile,
  texts: Texts,
): Outcome<ProfileDifference, TooManyStates> {
  const difference = subtractBoth(left, right);
  if (!difference.ok) return difference;
  const isWanted = isShared(left, right);
  const found = { ...texts, old: inClasses(texts.old, isWanted), new: inClasses(texts.new, isWanted) };
  const plus = changesOf("+", difference.value.more, found);
  const minus = changesOf("-", difference.value.less, found);
  const attachment = attachmentChange(left, right);
  const logging = loggingChanges(left, right);
  const conditions = conditionChange(accessesOf(left), accessesOf(right));
  if (!plus.ok) return plus;
  if (!minus.ok) return minus;
  if (!attachment.ok) return attachment;
  if (!logging.ok) return logging;
  if (!conditions.ok) return conditions;
  const sides = { "+": { has: texts.new, lacks: texts.old }, "-": { has: texts.old, lacks: texts.new } };
  const plain = [...capabilityChanges(left, right, sides), ...limitChanges(left, right)];
  const rules = [...minus.value, ...plus.value, ...plain.map((change) => plainRule(change, texts))];
  const parts = [
    ...attachment.value,
    ...partChanges(left, right),
    ...mediation(left, right),
    ...conditions.value,
    ...logging.value,
  ];
  const directions: Direction[] = [...parts, ...plain].map(({ direction }) => direction);
  if (plus.value.length > 0) directions.push("looser");
  if (minus.value.length > 0) directions.push("stricter");
  return ok({ verdict: verdictOf(directions), rules, parts });
}

/** What single rules permit, in the classes that the difference is in. */
function inClasses(evidence: ProfileEvidence | undefined, isWanted: (byte: number) => boolean): Texts["old"] {
  if (evidence === undefined) return undefined;
  const accessesOfRules: ProfileEvidence["accessesOfRules"] = (rules) => {
    const set = evidence.accessesOfRules(rules);
    return set && onlyAutomata(set, isWanted);
  };
  return { ...evidence, accessesOfRules };
}

function changesOf(
  sign: RuleChange["sign"],
  difference: AccessSet,
  texts: Texts,
): Outcome<readonly RuleChange[], TooManyStates> {
  if (isEmpty(difference)) return ok([]);
  const [has, lacks] = sign === "+" ? [texts.new, texts.old] : [texts.old, texts.new];
  const cover = coverDifference(difference, { has, lacks }, texts.read);
  if (!cover.ok) return cover;
  return ok(cover.value.map((rule) => ({ ...rule, sign, ...takingPart(sign, rule.witness, texts) })));
}

function takingPart(
  sign: RuleChange["sign"],
  witness: Access | undefined,
  { old, new: now }: Texts,
): Pick<RuleChange, "allowing" | "denying"> {
  const [has, lacks] = sign === "+" ? [now, old] : [old, now];
  if (witness === undefined) return { allowing: [], denying: [] };
  return {
    allowing: has === undefined ? [] : rulesFor(has, witness, "allow"),
    denying: lacks === undefined ? [] : rulesFor(lacks, witness, "deny"),
  };
}

function plainRule({ sign, kind, text, except, inPart, isExact }: PlainChange, texts: Texts): RuleChange {
  const about: Access = {
    kind,
    rule: text,
    input: new Uint8Array(),
    isOwner: true,
    grant: { bits: 0, others: 0, execs: [] },
  };
  const found = takingPart(sign, about, texts);
  return {
    sign,
    rule: undefined,
    text,
    inPart,
    except,
    within: [],
    isExact,
    witness: undefined,
    ...found,
  };
}

/** Whole classes that one side leaves alone, which permits all of them. */
function mediation(left: CompiledProfile, right: CompiledProfile): readonly PartChange[] {
  const [before, after] = [networkForm(left), networkForm(right)];
  const isOther =
    before !== after && isMediated(left, MediationClass.networkV9) && isMediated(right, MediationClass.networkV9);
  const network: PartChange = { part: "mediation of network", direction: "both", before, after };
  return [...(isOther ? [network] : []), ...classChanges(left, right)];
}

function classChanges(left: CompiledProfile, right: CompiledProfile): readonly PartChange[] {
  return classes.flatMap(([name, bytes]): readonly PartChange[] => {
    const [before, now] = [left, right].map((profile) => bytes.some((byte) => isMediated(profile, byte)));
    if (before === now) return [];
    const direction = now === true ? "stricter" : "looser";
    return [{ part: `mediation of ${name}`, direction, before: word(before), after: word(now) }];
  });
}

function word(is: boolean | undefined): string {
  return is === true ? "yes" : "no";
}

/** Whether other accesses are logged, or refused without a word. */
function loggingChanges(left: CompiledProfile, right: CompiledProfile): Outcome<readonly PartChange[], TooManyStates> {
  const found: PartChange[] = [];
  for (const [aspect, part] of [
    ["audit", "audited accesses"],
    ["quiet", "denials that are not logged"],
    ["prompt", "accesses that are asked about"],
  ] as const) {
    const [one, other] = [accessesOf(left, aspect), accessesOf(right, aspect)];
    const more = contains(one, other);
    const less = contains(other, one);
    if (!more.ok) return more;
    if (!less.ok) return less;
    const words = more.value ? "fewer" : less.value ? "more" : "others";
    // To be asked is less than to be allowed and more than to be refused.
    const direction = aspect !== "prompt" ? "neither" : more.value ? "stricter" : less.value ? "looser" : "both";
    if (more.value && less.value) continue;
    const different = more.value ? subtract(one, other) : subtract(other, one);
    const example = different.ok ? witnessOf(different.value)?.rule : undefined;
    const after = example === undefined ? words : `${words}, for example ${example.replace(/,$/, "")}`;
    found.push({ part, direction, before: "", after });
  }
  return ok(found);
}

/** Programs that the profile does not attach to any more run without it, which is looser. */
function attachmentChange(
  left: CompiledProfile,
  right: CompiledProfile,
): Outcome<readonly PartChange[], TooManyStates> {
  const [one, other] = [left.xmatch, right.xmatch];
  const lost = one === undefined ? ok(undefined) : other === undefined ? ok({}) : firstUncovered(other.dfa, one.dfa);
  const gained = other === undefined ? ok(undefined) : one === undefined ? ok({}) : firstUncovered(one.dfa, other.dfa);
  if (!lost.ok) return lost;
  if (!gained.ok) return gained;
  const isLooser = lost.value !== undefined;
  const isStricter = gained.value !== undefined;
  if (!isLooser && !isStricter) return ok([]);
  const direction = isLooser ? (isStricter ? "both" : "looser") : "stricter";
  const [before = "", after = ""] = [left, right].map((profile) => attachmentPatterns(profile).join(" "));
  return ok([{ part: "attachment", direction, before, after }]);
}
