/**
 * A task may run under several profiles at once: each is asked, and what one refuses is refused (kernel-abi 7.6, 7.9). Where such a task gets to
 * by exec is the stack of where each of its profiles leads.
 */
import type { Profile } from "../../language/model/index.ts";
import { decide, type ProfilePath } from "./decide.ts";
import type { Decision, PermissionVerdict } from "./decision.ts";
import { type Destination, execDestination, type Execution } from "./exec.ts";
import { attach } from "./attach.ts";
import { joinLabel } from "./labels.ts";
import { labelComponents } from "./match.ts";
import type { Question } from "./question.ts";
import { type AuditRecord, type RecordSubject, recordOf } from "./record.ts";

/** A profile with its parents, or that there is none. */
export type LabelPart = ProfilePath | "unconfined";

/** What each profile of a label says; unconfined parts are not asked. */
export interface LabelDecision {
  readonly allowed: boolean;
  readonly decisions: readonly Decision[];
}

/** Asks every profile of a label. */
export function decideLabel(parts: readonly LabelPart[], question: Question): LabelDecision {
  const decisions = parts.flatMap((part) => (part === "unconfined" ? [] : [decide(part, question)]));
  return { allowed: decisions.every(({ allowed }) => allowed), decisions };
}

/** A profile of a label: what it says to an access, and what else its record depends on. */
export interface RecordedPart {
  readonly verdicts: readonly PermissionVerdict[];
  readonly subject: RecordSubject;
}

/**
 * The lines that a kernel writes about an access of a stack: every profile has its own, in the order of the label.
 *
 * KERNEL 7.2: where matching of a socket came to an end for one profile is repeated for those behind it that have no end of their own.
 */
export function labelRecords(question: Question, parts: readonly RecordedPart[]): readonly AuditRecord[] {
  const isKept = question.kind === "network" || question.kind === "unix";
  let kept: string | undefined;
  return parts.flatMap(({ verdicts, subject }) => {
    kept = subject.stage ?? (isKept && subject.kernel === "7.2" ? kept : undefined);
    return recordOf(question, verdicts, { ...subject, stage: kept }) ?? [];
  });
}

export interface LabelExecution extends Omit<Execution, "caller"> {
  readonly parts: readonly LabelPart[];
  /** The label under which the task could first gain no privileges any more; absent: it can. */
  readonly lockedLabel?: string | undefined;
}

/** Where a task gets to by exec. `secure`: the dynamic linker and others are told to distrust the environment. */
export type LabelDestination =
  | { readonly kind: "label"; readonly label: string; readonly secure: boolean }
  | { readonly kind: "refused"; readonly reason: Extract<Destination, { kind: "refused" }>["reason"] | "no-new-privs" };

/** Where a program runs that a task with this label starts, in enforce mode. */
export function labelExec(execution: LabelExecution): LabelDestination {
  const { parts, lockedLabel } = execution;
  const names: string[] = [];
  let secure = false;
  for (const part of parts) {
    const to = part === "unconfined" ? fromUnconfined(execution) : execDestination({ ...execution, caller: part });
    if (to.kind === "refused") return { kind: "refused", reason: to.reason };
    names.push(...namesOf(to, part === "unconfined" ? undefined : part.at(-1)));
    secure ||= to.kind !== "inherit" && to.secure;
  }
  const label = joinLabel(names);
  const isConfined = parts.some((part) => part !== "unconfined");
  if (lockedLabel !== undefined && isConfined && !keepsConfinement(label, lockedLabel))
    return { kind: "refused", reason: "no-new-privs" };
  return { kind: "label", label, secure };
}

function fromUnconfined({ world, path, attributes }: LabelExecution): Destination {
  const found = attach(
    world.filter(({ namespace }) => namespace === undefined),
    path,
    attributes,
  );
  if (found.kind === "found") return { kind: "profile", label: found.profile.name, secure: false };
  return { kind: "unconfined", fallback: false, secure: false };
}

function namesOf(to: Exclude<Destination, { kind: "refused" }>, own: Profile | undefined): readonly string[] {
  if (to.kind === "profile") return labelComponents(to.label);
  return [to.kind === "inherit" && own !== undefined ? own.name : "unconfined"];
}

/** With no_new_privs a label may grow, but every profile that was there when it was set must stay (kernel-abi 7.6). */
export function keepsConfinement(label: string, lockedLabel: string): boolean {
  const now = new Set(labelComponents(label));
  return labelComponents(lockedLabel).every((part) => part === "unconfined" || now.has(part));
}
