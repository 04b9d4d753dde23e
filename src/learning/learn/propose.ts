/** From a log and a policy to proposals: what lacks, and the ways to give it. */
import { type FileDraft, type RuleDraft, literalPattern, printRule } from "../../language/edit/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import { FilePermission, type Profile, emptyProfile } from "../../language/model/index.ts";
import type { EventGroup } from "../audit/index.ts";
import { companionsOf } from "./companions.ts";
import { type IncludeOffer, type Standing, leadsNowhere, offersFor, standingOf } from "./coverage.ts";
import { execCandidates } from "./execs.ts";
import { execKey } from "./chains.ts";
import { type FileGroup, candidate, fileCandidates, groupFiles } from "./files.ts";
import { type ExecNeed, type Remark, gather } from "./gather.ts";
import { mergeNeeds } from "./merge.ts";
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
/** Needs an include must answer to be proposed first. */
export const INCLUDE_FROM = 3;

/** A proposal on its way, with the questions an include may answer. */
interface Draft {
  readonly proposal: Proposal;
  readonly questions: Need["questions"];
}

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
  const index = new ProfileIndex(options.profiles);
  const choices = options.execChoices ?? new Map();
  const gathered = gather(groups, { index, choices, accepts });
  const needs = mergeNeeds(gathered.needs);
  const shown = new Set(needs.map((need) => proposalId(need.profile, need.draft)));
  const companions = mergeNeeds(companionsOf(needs, index)).filter(
    (need) => !shown.has(proposalId(need.profile, need.draft)),
  );
  const drafts: readonly Draft[] = [
    ...gathered.execs.map((need) => execDraft(need, index, options)),
    ...gathered.remarks.map((remark) => remarkDraft(remark)),
    ...fileDrafts(gathered.files, index, options),
    ...needs.map((need) => needDraft(need, standingOf(index, need))),
    ...companions.map((need) => needDraft(need, { status: "needed", decidedBy: [] }, "companion")),
  ];
  const proposals = withIncludes(drafts, index, options).map((proposal) => writable(proposal, options));
  const fit = proposals.filter(({ candidates }) => candidates.length > 0);
  const unfit = proposals.filter(({ candidates }) => candidates.length === 0);
  return { proposals: fit.toSorted(inOrder), skipped: [...gathered.skipped, ...unfit.flatMap(unwritable)] };
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
    case "set-flag":
      return [];
  }
}

function unwritable({ evidence, subject }: Proposal): readonly Skipped[] {
  const [event] = evidence.events;
  return event === undefined ? [] : [{ reason: "unwritable", event, count: evidence.count, detail: subject }];
}

/** Whether a profile that the policy does not have may be learned for. */
type Accepts = (profile: string) => boolean;

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

function needDraft(need: Need, standing: Standing, status: ProposalStatus = standing.status): Draft {
  const { profile, draft, evidence, questions } = need;
  const reason =
    status === "companion" ? "the other side needs it too and would be refused next" : "exactly what the log shows";
  const candidates = [candidate("exact", [{ kind: "add-rule", rule: draft }], reason), ...denied(draft)];
  const id = proposalId(profile, draft);
  const subject = printRule(draft);
  return {
    proposal: { id, profile, kind: draft.kind, subject, status, decidedBy: standing.decidedBy, candidates, evidence },
    questions,
  };
}

function fileDrafts(needs: readonly FileNeed[], index: ProfileIndex, options: LearnOptions): readonly Draft[] {
  const standings = needs.map((need) => ({ need, standing: standingOf(index, need) }));
  const lacking = standings.filter(({ standing }) => standing.status === "needed").map(({ need }) => need);
  const settled = standings.filter(({ standing }) => standing.status !== "needed");
  const groups = groupFiles(lacking, options.variables ?? new Set(), options.globFrom ?? GLOB_FROM);
  return [
    ...groups.map((group) => groupDraft(group, index.find(group.profile)?.at(-1))),
    ...settled.map(({ need, standing }) => needDraft(need, standing)),
  ];
}

function groupDraft(group: FileGroup, profile: Profile | undefined): Draft {
  const subject = printRule(group.draft);
  const denial: RuleDraft = { ...group.draft, owner: "any" };
  return {
    proposal: {
      id: proposalId(group.profile, group.draft),
      profile: group.profile,
      kind: "file",
      subject,
      status: "needed",
      decidedBy: [],
      candidates: [...fileCandidates(group, profile), ...denied(denial)],
      evidence: group.evidence,
    },
    questions: group.questions,
  };
}

function execDraft(need: ExecNeed, index: ProfileIndex, options: LearnOptions): Draft {
  const chosen = options.execChoices?.get(execKey(need.profile, need.path));
  const questions: Need["questions"] = [{ kind: "exec", path: need.path, owner: false }];
  const standing = standingOf(index, { profile: need.profile, questions });
  // A refusal for want of a profile counts only while the rule is there and leads nowhere.
  const missingProfile = need.missingProfile && standing.status === "covered" && leadsNowhere(index, need);
  const status = missingProfile ? "needed" : standing.status;
  const subject = printRule({ ...asked, path: literalPattern(need.path) });
  return {
    proposal: {
      id: `${need.profile} exec ${need.path}`,
      profile: need.profile,
      kind: "exec",
      subject,
      status,
      decidedBy: standing.decidedBy,
      candidates: execCandidates({ ...need, missingProfile }, index, chosen),
      evidence: need.evidence,
    },
    questions: [],
  };
}

const asked: FileDraft = {
  kind: "file",
  path: "",
  permissions: FilePermission.x,
  exec: { transition: "deny", fallback: "none", safe: false },
};

function remarkDraft(remark: Remark): Draft {
  const { kind, profile, text, evidence } = remark;
  const proposal = { id: `${profile} ${kind} ${text}`, profile, kind, subject: text, evidence };
  return {
    proposal: { ...proposal, status: "needed", decidedBy: [], candidates: remarkCandidates(remark) },
    questions: [],
  };
}

function remarkCandidates({ kind, text, reason }: Remark): readonly Candidate[] {
  switch (kind) {
    case "hat": {
      const child = { keyword: "hat", name: text } as const;
      return [
        candidate(
          "hat",
          [{ kind: "add-child", child }],
          "the program changes to this hat, and the profile does not have it",
        ),
      ];
    }
    case "flag":
      return [candidate("flag", [{ kind: "set-flag", flag: text }], reason)];
    case "advice":
      return [candidate("advice", [], text)];
  }
}

/** Offers every include that answers something: in front when it answers enough, behind the plain rule otherwise. */
function withIncludes(drafts: readonly Draft[], index: ProfileIndex, options: LearnOptions): readonly Proposal[] {
  const abstractions = options.abstractions ?? [];
  if (abstractions.length === 0) return drafts.map((draft) => draft.proposal);
  const byProfile = new Map<string, Draft[]>();
  for (const draft of drafts) {
    byProfile.set(draft.proposal.profile, [...(byProfile.get(draft.proposal.profile) ?? []), draft]);
  }
  return [...byProfile].flatMap(([name, own]) => {
    const open = own.filter((draft) => draft.proposal.status === "needed" && draft.questions.length > 0);
    const template = index.find(name)?.at(-1) ?? emptyProfile(name);
    const offers = offersFor(open, abstractions, template);
    const ids = open.map((draft) => draft.proposal.id);
    const mine = offersById(offers, ids, options.includeFrom ?? INCLUDE_FROM);
    return own.map(({ proposal }) => withOffers(proposal, mine.get(proposal.id) ?? []));
  });
}

const MAX_INCLUDES = 3;

/** An include, and whether it is worth being proposed before the plain rule. */
interface Include {
  readonly candidate: Candidate;
  readonly front: boolean;
}

/** The best few offers for each proposal. */
function offersById(
  offers: readonly IncludeOffer[],
  ids: readonly string[],
  enough: number,
): ReadonlyMap<string, readonly Include[]> {
  const byId = new Map<string, Include[]>(ids.map((id) => [id, []]));
  for (const offer of offers) {
    const front = offer.answers.length >= enough && offer.price <= MAX_PRICE;
    const item = { candidate: includeCandidate(offer, ids), front };
    for (const id of item.candidate.alsoAnswers) {
      const list = byId.get(id);
      if (list !== undefined && list.length < MAX_INCLUDES) list.push(item);
    }
  }
  return byId;
}

function withOffers(proposal: Proposal, includes: readonly Include[]): Proposal {
  const front = includes.filter((include) => include.front).map((include) => include.candidate);
  const behind = includes.filter((include) => !include.front).map((include) => include.candidate);
  const [first, ...rest] = proposal.candidates;
  return { ...proposal, candidates: [...front, ...(first === undefined ? [] : [first]), ...behind, ...rest] };
}

/** What an include may cost for each need it answers, to be proposed first. */
const MAX_PRICE = 30;

function includeCandidate(offer: IncludeOffer, ids: readonly string[]): Candidate {
  const include = { path: offer.path, searched: true, ifExists: false };
  const count = offer.answers.length;
  const reason = `it answers ${count} ${count === 1 ? "need" : "needs"} and adds ${offer.excess} rules that nothing asked for`;
  const alsoAnswers = offer.answers.flatMap((at) => ids[at] ?? []);
  return candidate("abstraction", [{ kind: "add-include", include }], reason, { alsoAnswers, excess: offer.excess });
}
