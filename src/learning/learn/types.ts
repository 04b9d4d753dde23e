import type { Span } from "../../foundation/text/index.ts";
import type { FileDraft, IncludeDraft, ProfileDraft, RuleDraft } from "../../language/edit/index.ts";
import type { Profile, Rule } from "../../language/model/index.ts";
import type { Question } from "../../analysis/monitor/index.ts";
import type { NoAccess } from "../access/index.ts";
import type { AuditEvent, EventTime } from "../audit/index.ts";

/** How a program that is executed shall be confined. */
export type ExecDecision =
  | { readonly kind: "inherit" | "child" | "unconfined" | "deny" }
  /** The profile that attaches, or the one named. */
  | { readonly kind: "profile"; readonly target: string | undefined };

/** What becomes of what was done in a hat that the profile lacks: it is the hat's, or another one's, or nobody's. */
export type HatDecision = { readonly kind: "hat"; readonly name: string } | { readonly kind: "deny" };

/** Rules that can be had with one include. */
export interface Abstraction {
  /** As written between the brackets: `abstractions/base`. */
  readonly path: string;
  readonly rules: readonly Rule[];
}

export interface LearnOptions {
  /** The policy there is: profiles with their children. Profiles in other namespaces are told apart by their namespace. */
  readonly profiles: readonly Profile[];
  /** Those of them that no boot loads: events may be theirs, but they attach to nothing. */
  readonly disabled?: ReadonlySet<Profile>;
  /** What may be proposed as an include; a function is called when something lacks that one may give. */
  readonly abstractions?: readonly Abstraction[] | (() => readonly Abstraction[]);
  /** Names of variables that rules may use (`HOME`, `pid`, `multiarch` …): those the profile's file defines or includes. */
  readonly variables?: ReadonlySet<string>;
  /** Answers to exec questions: by `execKey(profile, path)`. */
  readonly execChoices?: ReadonlyMap<string, ExecDecision>;
  /** The hat that takes what a profile does in hats that it lacks, where the administrator named one (tools 12.5). */
  readonly defaultHatOf?: (profile: string) => string | undefined;
  /** Answers to questions about hats: by `execKey(profile, hat)`. */
  readonly hatChoices?: ReadonlyMap<string, HatDecision>;
  /** Hats that a new profile of a program is to have, by its path (tools 11.2). */
  readonly requiredHatsOf?: (program: string) => readonly string[];
  /** Files of one directory that are worth a glob; 5 unless said otherwise. */
  readonly globFrom?: number;
  /** Whether a rule, once written, is read as it was meant; what is not is never proposed. */
  readonly isWritable?: (rule: RuleDraft) => boolean;
  /** Needs an include must meet to be proposed first; 3 unless said otherwise. */
  readonly includeFrom?: number;
  /** Drafts as rules of the model, by which is decided what else an answer answers; without it only includes answer more than their question. */
  readonly readRules?: (rules: readonly RuleDraft[]) => readonly Rule[];
}

/** What the log showed: how often, when, by whom. */
export interface Evidence {
  readonly count: number;
  readonly first: EventTime | undefined;
  readonly last: EventTime | undefined;
  readonly comms: readonly string[];
  /** The first few of different events. */
  readonly events: readonly AuditEvent[];
}

/** One rule that would have granted what was refused, exactly. */
export interface Need {
  /** The profile the rule belongs in: its full name. */
  readonly profile: string;
  readonly draft: RuleDraft;
  /** What the rule must allow. */
  readonly questions: readonly Question[];
  readonly evidence: Evidence;
}

/** A file need: its path is a literal, still unescaped text. */
export interface FileNeed extends Need {
  readonly draft: FileDraft;
  readonly path: string;
  /** Numbers of processes that used it and that are in its name. */
  readonly pids: ReadonlySet<number>;
  /** It was made, and deleted or renamed, in the same log. */
  readonly isTransient: boolean;
  /** So was a file of the name in front of its last six letters. */
  readonly isBeside?: boolean;
  /** Directories of which the same is shown, without the slash at their end. */
  readonly transientDirectories?: ReadonlySet<string>;
  /** Where files are named after hashes (`fanOutsOf`). */
  readonly fanOuts?: ReadonlySet<string>;
}

/** A change to one profile's text. */
export type Action =
  | { readonly kind: "add-rule"; readonly rule: RuleDraft }
  | { readonly kind: "replace-rule"; readonly at: Span; readonly rule: RuleDraft }
  | { readonly kind: "remove-rule"; readonly at: Span; readonly rule: RuleDraft }
  | { readonly kind: "add-include"; readonly include: IncludeDraft }
  | { readonly kind: "set-flag"; readonly flag: string }
  /** A child or hat of the profile. */
  | { readonly kind: "add-child"; readonly child: ProfileDraft }
  /** A profile of its own. */
  | { readonly kind: "add-profile"; readonly profile: ProfileDraft };

export type CandidateKind =
  | "exact"
  | "owner"
  | "variable"
  | "glob"
  | "abstraction"
  | "inherit"
  | "profile"
  | "child"
  | "unconfined"
  | "hat"
  | "default-hat"
  | "flag"
  | "deny"
  | "advice"
  /** What is there stays, where something else was put beside it. */
  | "keep"
  | "remove";

/** One way to answer a proposal. */
export interface Candidate {
  readonly kind: CandidateKind;
  /** Empty for advice. */
  readonly actions: readonly Action[];
  /** Why one would take it, one sentence without full stop. */
  readonly reason: string;
  /** Proposals of the same profile that this candidate answers, too, by id. */
  readonly alsoAnswers: readonly string[];
  /** How many rules it brings that nothing in the log asked for. */
  readonly excess: number;
  /** For exec questions: what to put into `execChoices` when it is taken. */
  readonly exec: ExecDecision | undefined;
  /** For questions about hats: the same for `hatChoices`. */
  readonly hat?: HatDecision;
}

export type ProposalStatus =
  | "needed"
  /** The policy already allows it: reload it, or the log is old. */
  | "covered"
  /** A deny rule takes it: an allow rule changes nothing. */
  | "denied"
  /** The other side of a signal or ptrace needs it, too; the log has not shown it yet. */
  | "companion";

/** What is different from a candidate in the rules that are taken; what is absent stays as it is. */
export interface Variation {
  /** Another pattern in place of the path. */
  readonly path?: string;
  readonly audit?: boolean;
  /** Only the user's own files, or everybody's. */
  readonly owner?: boolean;
  /** Of an exec: the name of the profile, or child, to change to. */
  readonly target?: string;
  /** Of an exec: whether the environment is cleaned. */
  readonly scrubbed?: boolean;
  /** Of an exec: whether the program inherits while there is no profile. */
  readonly fallsBack?: boolean;
}

/** Something a profile lacks, and the ways to give it, best first. */
export interface Proposal {
  /** The same for the same log, policy and options. */
  readonly id: string;
  readonly profile: string;
  /**
   * `file`, `exec`, `capability` …: the rule kind, or `flag`, `hat`, `advice`; where other policy is merged also a `child` or `profile` that is
   * missing, an `include`, a `conflict` of two rules, and the `removal` of one.
   */
  readonly kind:
    | RuleDraft["kind"]
    | "exec"
    | "hat"
    | "flag"
    | "advice"
    | "child"
    | "profile"
    | "include"
    | "conflict"
    | "removal";
  /** What was refused, in a few words of rule text. */
  readonly subject: string;
  readonly status: ProposalStatus;
  /** The rules that allow or deny it now. */
  readonly decidedBy: readonly Rule[];
  readonly candidates: readonly Candidate[];
  readonly evidence: Evidence;
  /** What a rule must allow to answer it; empty where no rule can. */
  readonly questions: readonly Question[];
  /** The rule for exactly this, where it is one rule. */
  readonly wanted: RuleDraft | undefined;
  /** What should be known before it is answered, in sentences. */
  readonly note?: string;
}

/** Events that give no rule, and why. */
export interface Skipped {
  readonly reason: SkipReason;
  readonly event: AuditEvent;
  readonly count: number;
  /** The field and its value, where the reason is one of these, or the name of a stack or of a profile of another namespace. */
  readonly detail: string | undefined;
}

export type SkipReason =
  | NoAccess
  | "unknown-profile"
  /** It is of several profiles, of which the record does not say which refused it (kernels write a record for each, the message bus does not). */
  | "stack"
  /** The policy has no such profile in that namespace. */
  | "other-namespace"
  /** No profile can be called so: the name would be read as a pattern, or as something else. */
  | "unnamable"
  /** The rule would not be read back as it was meant. */
  | "unwritable"
  | "pending-exec"
  /** The record that says which program a learning profile was made for is not in the log. */
  | "lost-exec"
  | "left-confinement"
  | "denied-exec"
  /** It was done in a hat that the profile is not to have. */
  | "denied-hat";

export interface Learning {
  readonly proposals: readonly Proposal[];
  readonly skipped: readonly Skipped[];
}
