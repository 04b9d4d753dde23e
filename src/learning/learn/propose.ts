/** From a log and a policy to proposals: what lacks, and the ways to give it. */
import {
  type ProfileDraft,
  type RuleDraft,
  isPlainName,
  literalPattern,
  literalText,
  printRule,
} from "../../language/edit/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import type { Profile } from "../../language/model/index.ts";
import type { EventGroup } from "../audit/index.ts";
import { companionsOf } from "./companions.ts";
import { type Standing, leadsNowhere, standingOf } from "./coverage.ts";
import { execCandidates, execSubject } from "./execs.ts";
import { execKey } from "./chains.ts";
import { type FileGroup, candidate, fileCandidates, groupFiles } from "./files.ts";
import { type ExecNeed, type Remark, gather } from "./gather.ts";
import { withIncludes } from "./includes.ts";
import { mergeNeeds } from "./merge.ts";
import { fanOutsOf, isHashed } from "./hashed-names.ts";
import { besideOf, choosePatterns } from "./paths.ts";
import { ProfileIndex } from "./profiles.ts";
import type {
  Action,
  Candidate,
  FileNeed,
  LearnOptions,
  Learning,
  Need,
  Proposal,
  ProposalStatus,
  Skipped,
} from "./types.ts";

const GLOB_FROM = 5;
/**
 * Proposes what the profiles of a policy lack, from the events of a log.
 *
 * Shape: one proposal per rule that lacks, grouped by profile, sorted; its candidates best first. Exec questions come
 * before what the programs behind them need: answer them (`execChoices`) and ask again.
 * Errors: none; events that give nothing are in `skipped` with the reason.
 * Cost: linear in the different events; each need asks the profile's rules once, and each abstraction's once when it is missing.
 * Source: audit-events 8. The same input gives the same output, whatever the machine.
 */
export function propose(groups: readonly EventGroup[], options: LearnOptions, accepts: Accepts = noOther): Learning {
  const index = new ProfileIndex(options.profiles, options.disabled);
  const choices = { execs: options.execChoices ?? new Map(), hats: options.hatChoices ?? new Map() };
  const gathered = gather(groups, { index, choices, accepts });
  const files = withNeighbours(gathered.files, gathered.needs);
  const needs = mergeNeeds(withLastingLinks(gathered.needs, files, options));
  const shown = new Set(needs.map((need) => proposalId(need.profile, need.draft)));
  const companions = mergeNeeds(companionsOf(needs, index)).filter(
    (need) => !shown.has(proposalId(need.profile, need.draft)),
  );
  const plain: readonly Proposal[] = [
    ...gathered.execs.map((need) => execProposal(need, index, options)),
    ...gathered.remarks.map((remark) => remarkProposal(remark, index, options)),
    ...fileProposals(files, index, options),
    ...needs.map((need) => needProposal(need, standingOf(index, need))),
    ...companions.map((need) => needProposal(need, { status: "needed", decidedBy: [] }, "companion")),
  ];
  const proposals = withIncludes(plain, index, options).map((proposal) => writable(proposal, options));
  const fit = proposals.filter(({ candidates }) => candidates.length > 0);
  const unfit = proposals.filter(({ candidates }) => candidates.length === 0);
  return { proposals: fit.toSorted(inOrder), skipped: [...gathered.skipped, ...unfit.flatMap(unwritable)] };
}

/** Whether it was deleted, or renamed to something else. */
function isGivenUp({ questions }: FileNeed): boolean {
  return questions.some((question) => question.kind === "file" && question.letters.includes("d"));
}

function linkPaths({ draft }: Need): readonly string[] {
  const path = draft.kind === "link" ? literalText(draft.path) : undefined;
  return path === undefined ? [] : [path];
}

/** With what all paths of a profile together show of each. */
function withNeighbours(files: readonly FileNeed[], needs: readonly Need[]): readonly FileNeed[] {
  const paths = new Map<string, Set<string>>();
  const add = (profile: string, path: string): void => {
    const own = paths.get(profile) ?? new Set();
    paths.set(profile, own);
    own.add(path);
  };
  for (const { path, profile } of files) add(profile, path);
  for (const need of needs) for (const path of linkPaths(need)) add(need.profile, path);
  const fanOuts = new Map([...paths].map(([profile, list]) => [profile, fanOutsOf([...list])]));
  const transient = new Map<string, Set<string>>();
  for (const { path, profile, isTransient } of files) {
    if (!isTransient || !path.endsWith("/")) continue;
    transient.set(profile, (transient.get(profile) ?? new Set()).add(path.slice(0, -1)));
  }
  const none: ReadonlySet<string> = new Set();
  return files.map((need) => ({
    ...need,
    isBeside: paths.get(need.profile)?.has(besideOf(need.path) ?? "") === true,
    fanOuts: fanOuts.get(need.profile) ?? none,
    transientDirectories: transient.get(need.profile) ?? none,
  }));
}

/** The directories that a path is in, from the first: `/srv`, `/srv/objects`. */
function parentsOf(path: string): readonly string[] {
  const names = path.split("/").slice(1, -1);
  return names.map((_, at) => `/${names.slice(0, at + 1).join("/")}`);
}

/**
 * A link that a program makes under a made-up name and renames is a link under any such name; so is one to a file that goes again, and one
 * that is named after a hash, or lies in a directory that was made and gone again.
 */
function withLastingLinks(
  needs: readonly Need[],
  files: readonly FileNeed[],
  { variables = new Set() }: LearnOptions,
): readonly Need[] {
  const gone = new Set(files.filter(isGivenUp).map(({ profile, path }) => `${profile}\0${path}`));
  const together = new Map(files.map((file) => [file.profile, file]));
  return needs.map((need) => {
    const { draft, profile } = need;
    if (draft.kind !== "link") return need;
    const { fanOuts = new Set<string>(), transientDirectories = new Set<string>() } = together.get(profile) ?? {};
    const lasting = (pattern: string): string => {
      const path = literalText(pattern);
      if (path === undefined) return pattern;
      const isTransient = gone.has(`${profile}\0${path}`);
      const parents = parentsOf(path);
      const isIn = parents.some((parent) => transientDirectories.has(parent)) || fanOuts.has(parents.at(-2) ?? "");
      if (!isTransient && !isIn && !isHashed(path)) return pattern;
      return choosePatterns(path, variables, { isTransient, transientDirectories, fanOuts }).recommended.pattern;
    };
    return { ...need, draft: { ...draft, path: lasting(draft.path), target: lasting(draft.target) } };
  });
}

/** Leaves the candidates that can be written as they are meant. */
function writable(proposal: Proposal, { isWritable = () => true }: LearnOptions): Proposal {
  const candidates = proposal.candidates.filter(({ actions }) => actions.flatMap(rulesOf).every(isWritable));
  return candidates.length === proposal.candidates.length ? proposal : { ...proposal, candidates };
}

function rulesOf(action: Action): readonly RuleDraft[] {
  switch (action.kind) {
    case "add-rule":
    case "replace-rule":
      return [action.rule];
    case "add-child":
      return action.child.rules ?? [];
    case "add-profile":
      return action.profile.rules ?? [];
    case "add-include":
    case "remove-rule":
    case "set-flag":
      return [];
  }
}

function unwritable({ evidence, subject }: Proposal): readonly Skipped[] {
  const [event] = evidence.events;
  return event === undefined ? [] : [{ reason: "unwritable", event, count: evidence.count, detail: subject }];
}

/** Whether a profile that the policy does not have may be learned for. */
export type Accepts = (profile: string) => boolean;

function noOther(): boolean {
  return false;
}

const KIND_ORDER: readonly Proposal["kind"][] = [
  "exec",
  "hat",
  "flag",
  "advice",
  "capability",
  "network",
  "unix",
  "mount",
  "signal",
  "ptrace",
  "dbus",
  "mqueue",
  "io_uring",
  "userns",
  "rlimit",
  "change_profile",
  "file",
  "link",
  "all",
];

function inOrder(a: Proposal, b: Proposal): number {
  return (
    compareBytes(a.profile, b.profile) ||
    KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
    compareBytes(a.subject, b.subject)
  );
}

function proposalId(profile: string, draft: RuleDraft): string {
  return `${profile} ${draft.kind} ${printRule(draft)}`;
}

function denied(draft: RuleDraft): readonly Candidate[] {
  if (draft.kind === "rlimit") return [];
  const rule: RuleDraft = { ...draft, mode: "deny", audit: false };
  return [candidate("deny", [{ kind: "add-rule", rule }], "it stays refused and is no longer logged")];
}

function needProposal(need: Need, standing: Standing, status: ProposalStatus = standing.status): Proposal {
  const { profile, draft, evidence, questions } = need;
  const reason =
    status === "companion" ? "the other side needs it too and would be refused next" : "exactly what the log shows";
  const candidates = [candidate("exact", [{ kind: "add-rule", rule: draft }], reason), ...denied(draft)];
  const id = proposalId(profile, draft);
  const subject = printRule(draft);
  const { decidedBy } = standing;
  return { id, profile, kind: draft.kind, subject, status, decidedBy, candidates, evidence, questions, wanted: draft };
}

function fileProposals(needs: readonly FileNeed[], index: ProfileIndex, options: LearnOptions): readonly Proposal[] {
  const standings = needs.map((need) => ({ need, standing: standingOf(index, need) }));
  const lacking = standings.filter(({ standing }) => standing.status === "needed").map(({ need }) => need);
  const settled = standings.filter(({ standing }) => standing.status !== "needed");
  const groups = groupFiles(lacking, options.variables ?? new Set(), options.globFrom ?? GLOB_FROM);
  return [
    ...groups.map((group) => groupProposal(group, index.find(group.profile)?.at(-1))),
    ...settled.map(({ need, standing }) => needProposal(need, standing)),
  ];
}

function groupProposal(group: FileGroup, profile: Profile | undefined): Proposal {
  const subject = printRule(group.draft);
  const denial: RuleDraft = { ...group.draft, owner: "any" };
  return {
    id: proposalId(group.profile, group.draft),
    profile: group.profile,
    kind: "file",
    subject,
    status: "needed",
    decidedBy: [],
    candidates: [...fileCandidates(group, profile), ...denied(denial)],
    evidence: group.evidence,
    questions: group.questions,
    wanted: group.draft,
  };
}

function execProposal(need: ExecNeed, index: ProfileIndex, options: LearnOptions): Proposal {
  const chosen = options.execChoices?.get(execKey(need.profile, need.path));
  const questions: Need["questions"] = [{ kind: "exec", path: need.path, owner: false }];
  const standing = standingOf(index, { profile: need.profile, questions });
  // A refusal for want of a profile counts only while the rule is there and leads nowhere.
  const missingProfile = need.missingProfile && standing.status === "covered" && leadsNowhere(index, need);
  const status = missingProfile ? "needed" : standing.status;
  const subject = execSubject(need.path);
  return {
    id: `${need.profile} exec ${need.path}`,
    profile: need.profile,
    kind: "exec",
    subject,
    status,
    decidedBy: standing.decidedBy,
    candidates: execCandidates({ ...need, missingProfile }, index, { chosen, hatsOf: options.requiredHatsOf }),
    evidence: need.evidence,
    questions: [],
    wanted: undefined,
  };
}

function remarkProposal(remark: Remark, index: ProfileIndex, options: LearnOptions): Proposal {
  const { kind, profile, text, evidence } = remark;
  if (kind === "program") return programProposal(remark, index);
  const proposal = { id: `${profile} ${kind} ${text}`, profile, kind, subject: text, evidence };
  const candidates = remarkCandidates({ ...remark, kind }, options);
  return { ...proposal, status: "needed", decidedBy: [], candidates, questions: [], wanted: undefined };
}

/** Nothing is taken by itself: whether a program may have user namespaces is for a person to say. */
function programProposal({ profile, text: path, evidence }: Remark, index: ProfileIndex): Proposal {
  const draft: ProfileDraft = {
    keyword: "profile",
    name: index.newName(path),
    attachment: literalPattern(path),
    flags: ["unconfined"],
    rules: [{ kind: "userns" }],
  };
  const advice = `${path} has no profile and asked for a user namespace; it stays as it is unless the profile below is taken`;
  const small = "a small profile that permits it user namespaces and restricts nothing else";
  const isNamable = isPlainName(draft.name);
  return {
    id: `${profile} userns ${path}`,
    profile,
    kind: "userns",
    subject: `userns of ${path}`,
    status: "needed",
    decidedBy: [],
    candidates: [
      candidate("advice", [], advice),
      ...(isNamable ? [candidate("profile", [{ kind: "add-profile", profile: draft }], small)] : []),
    ],
    evidence,
    questions: [],
    wanted: undefined,
  };
}

function hatCandidate(kind: "hat" | "default-hat", name: string, reason: string): Candidate {
  const child = { keyword: "hat", name } as const;
  return { ...candidate(kind, [{ kind: "add-child", child }], reason), hat: { kind: "hat", name } };
}

function remarkCandidates(
  { kind, profile, text, reason }: Remark & { readonly kind: "hat" | "flag" | "advice" },
  { defaultHatOf }: LearnOptions,
): readonly Candidate[] {
  switch (kind) {
    case "hat": {
      const other = defaultHatOf?.(profile);
      const own = hatCandidate("hat", text, "the program changes to this hat, and the profile does not have it");
      const instead =
        "what is done in it counts for the default hat, which the program takes where this one is not there";
      return other === undefined || other === text ? [own] : [own, hatCandidate("default-hat", other, instead)];
    }
    case "flag":
      return [candidate("flag", [{ kind: "set-flag", flag: text }], reason)];
    case "advice":
      return [candidate("advice", [], text)];
  }
}
