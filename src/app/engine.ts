/** What the faces ask of the policy pipeline: text in, diagnostics and kernel bytes out. */
import type { CompiledProfile } from "../compiler/compiled/index.ts";
import type { Outcome } from "../foundation/basics/index.ts";
import type { CompileWork, PlannedPolicy, RulePattern, Trace } from "../compiler/compile/index.ts";
import type { ReadPolicy, ResolvedPolicy, ResolveSession } from "../language/resolve/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FileRefusal, FilesPort, FileStorePort } from "../foundation/ports/index.ts";
import type { Policy, Profile } from "../language/model/index.ts";
import type { RuleDraft } from "../language/edit/index.ts";
import type { AuditEvent, EventGroup } from "../learning/audit/index.ts";
import type { SessionOptions, Variation } from "../learning/learn/index.ts";
import type { OwnBytes, SourceFile, Span } from "../foundation/text/index.ts";
import type { StoredTables } from "./caches/result-cache.ts";

/** Features of profiles without an `abi` rule: built in, given as text, or those of the kernel. */
export type PolicyFeatures =
  | { readonly kind: "default" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "kernel" };

/** What policy is resolved against and compiled for. */
export interface PolicySettings {
  /** Where relative includes, `disable/` and `force-complain/` are. */
  readonly base: string;
  /** Searched for `<includes>` before the base, in order. */
  readonly includePath: readonly string[];
  /** The text form of the kernel's feature tree. */
  readonly kernelFeatures: string;
  readonly policyFeatures: PolicyFeatures;
  /** `policyFeatures` count also for profiles that have an `abi` rule. */
  readonly overrideAbi: boolean;
  /** The namespace of profiles that name none. */
  readonly namespace: string | undefined;
  readonly forceComplain: boolean;
  /** Reading permits mapping for execution (`-X`). */
  readonly readImpliesExec: boolean;
  /** What names in quotes are relative to. */
  readonly workingDirectory: string;
  /** How tables are written; absent is what the kernel knows best. */
  readonly encoding: {
    readonly diffEncode?: boolean;
    readonly equivalenceClasses?: boolean;
    readonly state32?: boolean;
    readonly promptCompat?: "table" | "flag" | "ignore";
  };
}

/** A text to compile, and the name people know it by. */
export interface PolicySource {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A profile's name and its children's. */
export interface ProfileOutline {
  readonly namespace: string | undefined;
  /** The last part of the name. */
  readonly name: string;
  /** The same before its variables are expanded. */
  readonly written: string;
  readonly hat: boolean;
  /** What it attaches to by the path alone, its variables expanded; `undefined` where extended attributes decide, too. */
  readonly attachment: string | undefined;
  /** Where its text is. */
  readonly span: Span;
  /** Sorted by namespace and name. */
  readonly children: readonly ProfileOutline[];
}

/** What is known of a source without compiling it. */
export interface CheckedSource {
  readonly path: string;
  /** Whether it can be compiled: no error among the diagnostics. */
  readonly ok: boolean;
  /** Top-level profiles, sorted by namespace and name. */
  readonly profiles: readonly ProfileOutline[];
  readonly diagnostics: readonly Diagnostic[];
  /** The class of `--warn` of each code among the diagnostics that has one. */
  readonly warningClasses: Readonly<Record<string, string>>;
  /** The texts that diagnostics point into. */
  readonly texts: readonly SourceFile[];
  /** Every file that was read, the source itself included where it is a file. */
  readonly files: readonly string[];
}

/** One top-level profile with its children as the kernel takes it: one stream, one transaction. */
export interface CompiledUnit {
  readonly outline: ProfileOutline;
  readonly bytes: Uint8Array;
  /** Parts of the bytes that a cache of automata has, in order; none without such a cache. */
  readonly tables: readonly StoredTables[];
}

/** One that was compiled here and now. */
export interface OwnUnit extends CompiledUnit {
  readonly bytes: OwnBytes;
}

/** What is known of a source, and what it was compiled to. */
export interface CompiledSource<Unit extends CompiledUnit = CompiledUnit> extends CheckedSource {
  /** In the order of `profiles`; empty when there is an error. */
  readonly units: readonly Unit[];
  readonly work: CompileWork;
}

/** Of what was not compiled. */
export const noWork: CompileWork = { wanted: 0, built: 0, states: 0 };

/** What a stage gives, and what is known of its source. */
export interface SourceStage<Value> {
  readonly source: CheckedSource;
  readonly value: Value;
}

/** The stages of a source, for texts about what is made on the way; each call does the work of all before it. */
export interface SourceStages {
  /** Read with all it includes, nothing expanded. */
  readonly read: () => SourceStage<ReadPolicy>;
  /** Names resolved and variables expanded. */
  readonly resolve: () => SourceStage<ResolvedPolicy>;
  /** The same without the rules of profiles, of which no more is known than that they can be parsed. */
  readonly headers: () => SourceStage<ResolvedPolicy>;
  /** Rules merged, before patterns are made of them. */
  readonly plan: () => SourceStage<PlannedPolicy>;
  /** Compiled, every automaton anew where `trace` wants to hear of them. */
  readonly compile: (trace?: Trace) => SourceStage<ResolvedPolicy>;
  /** The profiles of a policy that the caller made of this one, compiled as this one is; none where there is an error. */
  readonly variant: (policy: Policy) => readonly CompiledProfile[];
  /** What each rule of a profile of this policy becomes, by itself. */
  readonly patterns: (profile: Profile, policy: Policy) => readonly RulePattern[];
}

/** The pipeline. One engine keeps what files have in common: parsed includes and shared automata. */
export interface PolicyEngine {
  /** Parses and resolves. */
  readonly check: (source: PolicySource, settings: PolicySettings, files: FilesPort) => CheckedSource;
  /** Parses; what variables hold is not looked at. */
  readonly outline: (source: PolicySource, settings: PolicySettings, files: FilesPort) => CheckedSource;
  /** As far as anything can be found wrong: all but the bytes. */
  readonly verify: (source: PolicySource, settings: PolicySettings, files: FilesPort) => CheckedSource;
  /** All the way to bytes. */
  readonly compile: (source: PolicySource, settings: PolicySettings, files: FilesPort) => CompiledSource<OwnUnit>;
  /** The same, a stage at a time. */
  readonly stages: (source: PolicySource, settings: PolicySettings, files: FilesPort) => SourceStages;
  /** Of a file that was read for the source compiled last; absent where all was read as one stream, in which comments may matter. */
  readonly gists: () => ((path: string) => string | undefined) | undefined;
  /** What it has read, for whoever reads the same files beside it. */
  readonly session: (files: FilesPort) => ResolveSession;
  /** The files may have changed. What was made of texts that turn out to be the same stays, and all automata do. */
  readonly forgetFiles: () => void;
}

/** The whole names of a profile and its children, as the kernel lists them. */
export function fullNames(outline: ProfileOutline): readonly string[] {
  return familyNames(outline, "name", prefix(outline));
}

/** The same as the text has them: with their variables. */
export function writtenNames(outline: ProfileOutline): readonly string[] {
  return familyNames(outline, "written", prefix(outline));
}

/** One whole name; `parent` is the whole name of the profile it is in. */
export function fullName(outline: ProfileOutline, parent: string | undefined): string {
  return `${parent === undefined ? prefix(outline) : `${parent}//`}${outline.name}`;
}

function familyNames(outline: ProfileOutline, part: "name" | "written", before: string): readonly string[] {
  const own = before + outline[part];
  return [own, ...outline.children.flatMap((child) => familyNames(child, part, `${own}//`))];
}

function prefix(outline: ProfileOutline): string {
  return outline.namespace === undefined ? "" : `:${outline.namespace}://`;
}

/** What is to be learned from. */
export interface LearnRequest {
  /** Equal events once, distinguished by `needKey`. */
  readonly groups: readonly EventGroup[];
  /** Only this profile and its children. */
  readonly profile: string | undefined;
  /** Make profiles that the log knows and the policy does not. */
  readonly createProfiles: boolean;
  /** What is suggested: `balanced` (the default) takes includes and patterns for directories where the log bears them out, `strict` neither. */
  readonly choices?: "strict" | "balanced";
  /** Whether includes may be proposed at all; by default they may. */
  readonly includes?: boolean;
  /** Files, or directories of them, that may be proposed as includes besides the abstractions: paths below the policy's directory. */
  readonly customIncludes?: readonly string[];
  /** When a file was last changed, in milliseconds since 1970: by it is told whether what is loaded seems older than the text. */
  readonly lastChanged?: (path: string) => number | undefined;
  /** What the administrator says about hats. */
  readonly hats?: Pick<SessionOptions, "defaultHatOf" | "requiredHatsOf">;
}

/** One way to answer a proposal. */
export interface LearnedCandidate {
  readonly kind: string;
  readonly reason: string;
  readonly excess: number;
  /** What would be written, as profile text. */
  readonly rules: readonly string[];
  /** Why it deserves a second look. */
  readonly cautions: readonly string[];
  /** Of an include that is taken: what it permits beside all that was confirmed, as rules. */
  readonly opens?: readonly string[];
  /** The pattern, where it is one rule about a file. */
  readonly path: string | undefined;
}

/** What the log asks of a profile, with the ways to answer it. */
export interface LearnedProposal {
  readonly id: string;
  readonly profile: string;
  readonly kind: string;
  readonly subject: string;
  /** `needed`, `covered` (the policy allows it by now), `denied` (a deny rule refuses it), `companion` (the other side needs it). */
  readonly status: string;
  readonly count: number;
  readonly comms: readonly string[];
  /** Whether something was refused, or only noted. */
  readonly mode: "enforce" | "complain";
  /** The rule for exactly what was wanted, where it is one. */
  readonly wanted: RuleDraft | undefined;
  readonly candidates: readonly LearnedCandidate[];
  /** The candidate that was taken. */
  readonly taken: number | undefined;
  /** What should be known before it is answered, in sentences. */
  readonly note: string | undefined;
  /** An include that was taken, too, and permits all that was taken here: no rule is written. */
  readonly covered?: string;
  /** Where the policy permits it by now: the file to be loaded, and the text that was changed after the event; without one, what is loaded seems older. */
  readonly toLoad: { readonly path: string; readonly changed: string | undefined } | undefined;
}

/** A file of policy and what becomes of it. */
export interface LearnedFile {
  readonly path: string;
  /** The profiles in it that are different or new, by name. */
  readonly profiles: readonly string[];
  /** `undefined`: it is new. */
  readonly before: string | undefined;
  /** `undefined`: nothing is to be written, for the reasons in `problems`. */
  readonly after: string | undefined;
  readonly problems: readonly string[];
}

/** Events that gave no rule. */
export interface SkippedEvents {
  readonly reason: string;
  readonly count: number;
  readonly profile: string;
  /** Which field holds what, or which rule it would have been, where the reason is one of these. */
  readonly detail: string | undefined;
}

/** What a dialogue has come to. */
export interface LearnResult {
  readonly proposals: readonly LearnedProposal[];
  readonly skipped: readonly SkippedEvents[];
  readonly files: readonly LearnedFile[];
  /** Files of policy that cannot be read, or not all of them. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Files that are changed although what is loaded may be something else. */
  readonly doubtful: readonly { readonly path: string; readonly reason: string }[];
}

/** A proposal that waits for an answer; what is taken where nobody is asked is its `taken`. */
export interface LearnQuestion {
  readonly proposal: LearnedProposal;
  /** What to answer to take a candidate, for each of the proposal's. */
  readonly choices: readonly string[];
  /** Of a file: what the profile permits on this path by now, to everybody and to owners (`r + owner w`). */
  readonly granted: string | undefined;
}

/** Kept and given again in the same order, answers lead to the same session. */
export interface LearnAnswer {
  /** The proposal's id. */
  readonly question: string;
  /** One of the question's choices, or `skip`. */
  readonly choice: string;
  /** What is to be different in it: another path, an audited rule, another profile for a program. */
  readonly variation?: Variation;
}

/** Why an answer is none. */
export type LearnProblem = "no-such-question" | "not-open" | "no-such-choice" | "no-such-rule";

/**
 * A dialogue so far. It is a value: an answer gives another session, this one stays what it is. Exec questions come first, since where the
 * events of a program belong hangs on them; what an include answers that was taken is not asked any more.
 */
export interface LearnSession {
  /** The next open question; `undefined`: all are answered. */
  readonly question: () => LearnQuestion | undefined;
  /** All open questions, in the order in which they are asked if each is answered as suggested. */
  readonly questions: () => readonly LearnQuestion[];
  /** What an answer would write, rule by rule. */
  readonly preview: (answer: LearnAnswer) => Outcome<LearnedCandidate, LearnProblem>;
  /** What an answer that takes an include would permit beside all that was confirmed, as rules; `undefined`: it takes none, or nobody can compare. */
  readonly opened: (answer: LearnAnswer) => readonly string[] | undefined;
  /** Whether what an answer would write allows, or denies, what the question is about: a path of one's own need not. */
  readonly fits: (answer: LearnAnswer) => boolean;
  /** Answers the next question, or another that is open. */
  readonly answer: (answer: LearnAnswer) => Outcome<LearnSession, LearnProblem>;
  /** Answers all that is open by its first candidate, as far as nothing else answers it. */
  readonly answerRest: () => LearnSession;
  readonly answers: () => readonly LearnAnswer[];
  /** The files as they would be written by the answers so far, tried; what is open stays as it is. */
  readonly result: () => LearnResult;
}

/** Learning, with the compiler that tries what is learned. */
export interface Learner {
  readonly open: (request: LearnRequest, settings: PolicySettings, files: FilesPort) => LearnSession;
  /** What distinguishes the events that are learned from. */
  readonly keyOf: (event: AuditEvent) => string;
  /**
   * Writes the files that were found to be what was meant, and says which could not be written. What is kept in the directory `history` can be
   * undone; where that is refused, nothing is written.
   */
  readonly write: (
    files: readonly LearnedFile[],
    store: FileStorePort,
    history: string | undefined,
  ) => readonly FileRefusal[];
}
