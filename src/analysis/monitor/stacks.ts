/**
 * A task may run under several profiles at once: each is asked, and what one refuses is refused (kernel-abi 7.6, 7.9). Where such a task gets to
 * by exec is the stack of where each of its profiles leads.
 */
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import type { Profile } from "../../language/model/index.ts";
import { decide, type ProfilePath } from "./decide.ts";
import type { Decision, PermissionVerdict } from "./decision.ts";
import { type Destination, execDestination, type Execution } from "./exec.ts";
import { attach } from "./attach.ts";
import { joinLabel, profileOf } from "./labels.ts";
import { labelComponents } from "../../language/tables/index.ts";
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
  /** Who traces the task: the profiles of its label; absent: nobody does. */
  readonly tracer?: readonly LabelPart[] | undefined;
  /** What is said about peers that are stacks depends on it. */
  readonly kernel?: KernelGeneration | undefined;
}

/** Where a task gets to by exec. `secure`: the dynamic linker and others are told to distrust the environment. */
export type LabelDestination =
  | { readonly kind: "label"; readonly label: string; readonly secure: boolean }
  | {
      readonly kind: "refused";
      readonly reason: Extract<Destination, { kind: "refused" }>["reason"] | "no-new-privs" | "traced";
    };

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
  const { tracer } = execution;
  if (tracer !== undefined && label !== nameOf(parts) && !mayTrace(tracer, label, execution))
    return { kind: "refused", reason: "traced" };
  return { kind: "label", label, secure };
}

function nameOf(parts: readonly LabelPart[]): string {
  return joinLabel(parts.map((part) => (part === "unconfined" ? part : (part.at(-1)?.name ?? ""))));
}

/**
 * Who traces a task must be allowed to trace what it becomes, by the rules of both (kernel-abi 7.6, 8.12). Profiles of namespaces below are not
 * asked about, and tracers are taken to be above them.
 */
function mayTrace(tracer: readonly LabelPart[], label: string, { world, kernel }: LabelExecution): boolean {
  const own = nameOf(tracer);
  const peer = joinLabel(labelComponents(label).filter((name) => !name.startsWith(":")));
  const confined = tracer.flatMap((part) => (part === "unconfined" ? [] : [part]));
  if (own === peer || peer === "" || confined.length === 0) return true;
  const traced = labelComponents(peer).flatMap((name) => profileOf(world, name) ?? []);
  return (
    confined.every((path) => decide(path, { kind: "ptrace", permission: "trace", peer }, kernel).allowed) &&
    traced.every((one) => decide(one, { kind: "ptrace", permission: "tracedby", peer: own }, kernel).allowed)
  );
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
