/**
 * Bringing rules of other files into the policy of a directory (tools 15), as a dialogue like that of learning: what profiles there lack, what
 * contradicts them, and, where the text is known that both come from, what was taken out on either side. All of it is decided by meaning.
 */
import { compareText } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { type RuleDraft, literalText, meaningOfRule, printInclude, printRule } from "../language/edit/index.ts";
import { FilePermission, type Profile, type Rule, emptyProfile } from "../language/model/index.ts";
import { type FileLetter, type Question, decide } from "../analysis/monitor/index.ts";
import {
  type Action,
  type Candidate,
  type Proposal,
  ProfileIndex,
  actionText,
  fileAction,
  openSessionOn,
} from "../learning/learn/index.ts";
import type { LearnSession, PolicyEngine, PolicySettings, PolicySource } from "./engine.ts";
import { openSetting, shownSession } from "./learning.ts";
import { type World } from "./learning-world.ts";
import { type RulesWorld, openRules } from "./meaning-world.ts";
import { type MergeSide, isOwn, ruleText, verdictOn, wholeDraft } from "./merge-verdict.ts";
import { draftOfProfile, includesOf, preambleLack } from "./merge-texts.ts";

export interface MergeRequest {
  /** Whose rules are to be brought in. */
  readonly sources: readonly PolicySource[];
  /** What they and the policy of the directory both come from, where that is known. */
  readonly base: readonly PolicySource[];
}

export interface MergeNote {
  readonly text: string;
  /** Something that was to be merged is not. */
  readonly isLoss: boolean;
}

export interface Merging {
  readonly session: LearnSession;
  /** What is not asked about, and why, in sentences. */
  readonly notes: readonly MergeNote[];
  /** What is no policy, with the reason. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
  /** The profiles that were found in the sources, in order. */
  readonly profiles: readonly string[];
}

const NO_EVIDENCE: Proposal["evidence"] = { count: 1, first: undefined, last: undefined, comms: [], events: [] };

function loss(text: string): MergeNote {
  return { text, isLoss: true };
}

function candidate(kind: Candidate["kind"], actions: readonly Action[], reason: string): Candidate {
  return { kind, actions, reason, alsoAnswers: [], excess: 0, exec: undefined };
}

type Asked = Pick<Proposal, "profile" | "kind" | "subject" | "candidates"> & Partial<Proposal>;

function proposal(asked: Asked): Proposal {
  const id = `${asked.profile} ${asked.kind} ${asked.subject}`;
  return { id, status: "needed", decidedBy: [], evidence: NO_EVIDENCE, questions: [], wanted: undefined, ...asked };
}

/** One profile on all sides. */
interface Pairing {
  readonly label: string;
  readonly theirs: MergeSide;
  readonly ours: MergeSide;
  /** The profile of ours as the dialogue's index has it. */
  readonly own: Profile | undefined;
  readonly base: MergeSide | undefined;
}

const LETTERS: readonly (keyof typeof FilePermission & FileLetter)[] = ["m", "r", "w", "a", "l", "k"];

/** What a rule about one file allows, as questions to the monitor. */
function questionsOf(draft: RuleDraft): readonly Question[] {
  const path = draft.kind === "file" && draft.mode !== "deny" ? literalText(draft.path) : undefined;
  if (path === undefined || draft.kind !== "file") return [];
  const letters = LETTERS.filter((letter) => (draft.permissions & FilePermission[letter]) !== 0);
  if (letters.length === 0 || path.includes("@{")) return [];
  const halves = (draft.owner ?? "any") === "any" ? [false, true] : [draft.owner === "owner"];
  return halves.map((owner) => ({ kind: "file", path, letters, owner }));
}

function addition(draft: RuleDraft, own: Profile | undefined): Action {
  const isPlain = draft.kind === "file" && draft.audit !== true && (draft.priority ?? 0) === 0;
  return isPlain && draft.mode !== "deny" ? fileAction(own, draft) : { kind: "add-rule", rule: draft };
}

function ruleProposal(draft: RuleDraft, { label, own }: Pairing, note: string | undefined): Proposal {
  const isDenial = draft.kind !== "rlimit" && draft.mode === "deny";
  const exact = candidate("exact", [addition(draft, own)], "the other file has it");
  const canDeny = !isDenial && draft.kind !== "rlimit" && !(draft.kind === "file" && draft.exec !== undefined);
  const denial: RuleDraft = { ...draft, ...(canDeny && { mode: "deny" as const }) };
  const deny = candidate("deny", [{ kind: "add-rule", rule: denial }], "it is refused, and no log speaks of it");
  return proposal({
    profile: label,
    kind: draft.kind,
    subject: printRule(draft),
    candidates: canDeny ? [exact, deny] : [exact],
    questions: questionsOf(draft),
    wanted: draft,
    ...(note !== undefined && { note }),
  });
}

/** Either what is there, or what the other file has. */
function conflictProposal(
  draft: RuleDraft,
  others: readonly Rule[],
  pairing: Pairing,
  note: string,
): Proposal | string {
  const { label, ours } = pairing;
  const subject = draft.kind === "file" ? draft.path : printRule(draft);
  const stays = others.map(ruleText).join(" ");
  const foreign = others.filter((rule) => !isOwn(rule, ours.subject.profile));
  const isDenial = draft.kind !== "rlimit" && draft.mode === "deny";
  if (foreign.length > 0 && !isDenial)
    return `${label}: \`${printRule(draft)}\` is left out: \`${foreign.map(ruleText).join(" ")}\`, which contradicts it, comes with an include.`;
  const actions = isDenial ? [addition(draft, pairing.own)] : replacing(others, draft);
  return proposal({
    profile: label,
    kind: "conflict",
    subject,
    candidates: [candidate("keep", [], stays), candidate("exact", actions, "the other file has it")],
    note,
  });
}

/** The first of the rules becomes the draft, the others go. */
function replacing(others: readonly Rule[], draft: RuleDraft): readonly Action[] {
  return others.map(({ origin: { span } }, index): Action => {
    return { kind: index === 0 ? "replace-rule" : "remove-rule", at: span, rule: draft };
  });
}

/** What was gathered of all profiles. */
interface Gathered {
  readonly proposals: Proposal[];
  readonly notes: MergeNote[];
  readonly includes: Set<string>;
}

function compareRules(pairing: Pairing, gathered: Gathered): void {
  const { base, label, ours, theirs } = pairing;
  const { profile } = theirs.subject;
  const seen = new Set<string>();
  for (const rule of profile.rules) {
    const meaning = meaningOfRule(rule, "written");
    if (!isOwn(rule, profile) || seen.has(meaning)) continue;
    seen.add(meaning);
    const verdict = verdictOn(rule, ours);
    if (verdict.kind === "said") continue;
    const draft = wholeDraft(rule);
    if (draft === undefined) {
      gathered.notes.push(loss(`${label}: \`${ruleText(rule)}\` is left out: it cannot be written as it is meant.`));
    } else if (base !== undefined && verdictOn(rule, base).kind === "said") {
      const text = `${label}: \`${ruleText(rule)}\` is not asked: it was taken out here since both were one.`;
      gathered.notes.push({ text, isLoss: false });
    } else if (verdict.kind === "lacking") gathered.proposals.push(ruleProposal(draft, pairing, verdict.note));
    else {
      const made = conflictProposal(draft, verdict.others, pairing, verdict.note);
      if (typeof made === "string") gathered.notes.push(loss(made));
      else gathered.proposals.push(made);
    }
  }
  if (base !== undefined) compareRemovals(pairing, base, gathered);
}

/** What the other side took out, or made less of, since both were one. */
function compareRemovals({ label, ours, theirs }: Pairing, base: MergeSide, { proposals }: Gathered): void {
  const { profile } = ours.subject;
  const before = new Set(base.subject.profile.rules.map((rule) => meaningOfRule(rule, "written")));
  for (const rule of profile.rules) {
    if (!isOwn(rule, profile) || !before.has(meaningOfRule(rule, "written"))) continue;
    if (verdictOn(rule, theirs).kind === "said") continue;
    const draft = wholeDraft(rule);
    if (draft === undefined) continue;
    const { span } = rule.origin;
    const less = theirs.subject.profile.rules.find((one) => isLess(one, rule));
    const instead = less && wholeDraft(less);
    const [action, reason]: readonly [Action, string] =
      instead === undefined
        ? [{ kind: "remove-rule", at: span, rule: draft }, "the other file took it out"]
        : [{ kind: "replace-rule", at: span, rule: instead }, "the other file made less of it"];
    proposals.push(
      proposal({
        profile: label,
        kind: "removal",
        subject: printRule(draft),
        candidates: [candidate("keep", [], ruleText(rule)), candidate("remove", [action], reason)],
        note: "It was in both once, and the other file has it no more.",
      }),
    );
  }
}

function isLess(one: Rule, than: Rule): boolean {
  if (one.kind !== "file" || than.kind !== "file" || one.path.written !== than.path.written) return false;
  return one.mode === than.mode && one.owner === than.owner && one.exec === undefined && than.exec === undefined;
}

function compareIncludes({ label, ours, theirs }: Pairing, world: World, gathered: Gathered): void {
  const known = new Map(includesOf(ours).map((include) => [include.path, include]));
  for (const include of includesOf(theirs)) {
    const other = known.get(include.path);
    if (other !== undefined && (!other.ifExists || include.ifExists)) continue;
    if (other !== undefined) continue;
    const { rules } = world.readInclude(include.path);
    if (rules.length === 0 && !include.ifExists) {
      gathered.notes.push(loss(`${label}: \`${printInclude(include)}\` is left out: it gives no rules here.`));
      continue;
    }
    gathered.includes.add(include.path);
    const actions: readonly Action[] = [{ kind: "add-include", include }];
    const what = rules.length === 0 ? "" : ` (${rules.length} rules)`;
    gathered.proposals.push(
      proposal({
        profile: label,
        kind: "include",
        subject: printInclude(include),
        candidates: [candidate("abstraction", actions, `the other file includes it${what}`)],
      }),
    );
  }
}

function withoutOwn(label: string, kind: "child" | "hat" | "profile", theirs: MergeSide, gathered: Gathered): void {
  const draft = draftOfProfile(theirs.subject.profile, theirs, gathered.includes);
  if (typeof draft === "string") {
    gathered.notes.push(loss(`${theirs.subject.profile.name} is left out: ${draft}.`));
    return;
  }
  const action: Action =
    kind === "profile" ? { kind: "add-profile", profile: draft } : { kind: "add-child", child: draft };
  gathered.proposals.push(
    proposal({
      profile: label,
      kind,
      subject: draft.name,
      candidates: [candidate(kind === "hat" ? "hat" : kind, [action], "the other file has it")],
      note: actionText(action),
    }),
  );
}

/** The sides of a policy, by whole name. */
function sidesOf({ files }: RulesWorld): ReadonlyMap<string, MergeSide> {
  const sides = new Map<string, MergeSide>();
  for (const file of files) {
    for (const subject of file.subjects) {
      const name = keyOf(subject.profile);
      if (!sides.has(name)) sides.set(name, { file, subject });
    }
  }
  return sides;
}

function keyOf({ name, namespace }: Profile): string {
  return namespace === undefined ? name : `:${namespace}:${name}`;
}

function pair(label: string, theirs: MergeSide, all: AllSides, gathered: Gathered): void {
  const ours = all.ours.get(label);
  if (ours === undefined) return withoutOwn(label, "profile", theirs, gathered);
  const own = all.index.find(label)?.at(-1);
  const pairing: Pairing = { label, theirs, ours, own, base: all.base.get(label) };
  compareIncludes(pairing, all.world, gathered);
  compareRules(pairing, gathered);
  for (const child of theirs.subject.profile.children) {
    const below = all.theirs.get(keyOf(child));
    if (below === undefined) continue;
    if (all.ours.has(keyOf(child))) pair(keyOf(child), below, all, gathered);
    else withoutOwn(label, child.hat ? "hat" : "child", below, gathered);
  }
}

interface AllSides {
  readonly theirs: ReadonlyMap<string, MergeSide>;
  readonly ours: ReadonlyMap<string, MergeSide>;
  readonly base: ReadonlyMap<string, MergeSide>;
  readonly index: ProfileIndex;
  readonly world: World;
}

/** The files of the directory that profiles of those names are in. */
function ownSources(
  names: ReadonlySet<string>,
  { set }: World,
  files: FilesPort,
  notes: MergeNote[],
): readonly PolicySource[] {
  const paths = set.files.flatMap(({ path, policy }) =>
    policy.value.profiles.some((profile) => names.has(keyOf(profile))) ? [path] : [],
  );
  return paths.flatMap((path) => {
    const bytes = files.read(path);
    if (bytes.ok) return [{ path, bytes: bytes.value }];
    notes.push(loss(`${path} is left as it is: it cannot be read (${bytes.error.errno}).`));
    return [];
  });
}

/**
 * Opens the dialogue. Nothing is written here.
 *
 * Errors: files that are no policy are named; what cannot be merged is in the notes. A directory that cannot be listed is refused.
 */
export function openMerging(
  { base, sources }: MergeRequest,
  settings: PolicySettings,
  files: FilesPort,
  engine: PolicyEngine,
): Merging {
  const setting = openSetting(settings, files, engine);
  const { world } = setting;
  const theirs = openRules(sources, setting.settings, files);
  const common = openRules(base, setting.settings, files);
  const tops = theirs.files.flatMap((file) => file.resolved.value.profiles.map((profile) => ({ file, profile })));
  const names = new Set(tops.map(({ profile }) => keyOf(profile)));
  const gathered: Gathered = { proposals: [], notes: [], includes: new Set() };
  const own = openRules(ownSources(names, world, files, gathered.notes), setting.settings, files);
  const { profiles } = world.set;
  const index = new ProfileIndex(profiles);
  const all: AllSides = { theirs: sidesOf(theirs), ours: sidesOf(own), base: sidesOf(common), index, world };
  for (const { path, reason } of own.skipped) gathered.notes.push(loss(`${path} is left as it is: ${reason}.`));
  for (const name of [...names].toSorted(compareText)) {
    const side = all.theirs.get(name);
    // one that is there and cannot be read now is not one that is missing
    if (side === undefined || (!all.ours.has(name) && index.find(name) !== undefined)) continue;
    const ours = all.ours.get(name);
    if (ours !== undefined) gathered.notes.push(...preambleLack(side, ours).map((lack) => loss(`${name}: ${lack}`)));
    pair(name, side, all, gathered);
  }
  const session = openSessionOn(
    { proposals: withAnswered(onceEach(gathered.proposals), world), skipped: [] },
    { profiles, isWritable: world.isWritable, readRules: world.readRules, includeFrom: 0 },
  );
  const abstractions = [...gathered.includes].map((path) => world.readInclude(path));
  const check = { ...setting.check, abstractions: () => [...abstractions, ...setting.check.abstractions()] };
  return {
    session: shownSession(session, { ...setting, check }),
    notes: gathered.notes,
    unread: [...theirs.skipped, ...common.skipped],
    profiles: [...names].toSorted(compareText),
  };
}

/** An include answers the questions about files that its rules allow. */
function withAnswered(proposals: readonly Proposal[], world: World): readonly Proposal[] {
  return proposals.map((one) => {
    const [action] = one.candidates[0]?.actions ?? [];
    if (one.kind !== "include" || action?.kind !== "add-include") return one;
    const given: Profile = { ...emptyProfile(one.profile), rules: world.readInclude(action.include.path).rules };
    const answered = proposals.filter(
      ({ kind, profile, questions }) =>
        kind !== "conflict" &&
        profile === one.profile &&
        questions.length > 0 &&
        questions.every((asked) => decide([given], asked).allowed),
    );
    const alsoAnswers = answered.map(({ id }) => id);
    return { ...one, candidates: one.candidates.map((way) => ({ ...way, alsoAnswers })) };
  });
}

/** Two files may say the same; what is written twice is asked once. */
function onceEach(proposals: readonly Proposal[]): readonly Proposal[] {
  return [...new Map(proposals.map((one) => [one.id, one])).values()];
}
