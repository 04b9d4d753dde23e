/**
 * The reference monitor: what a profile says to an access, computed on the rules themselves, with patterns matched one by
 * one. No automaton takes part, so that it can be held against the compiled tables and against kernels.
 */
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import { isFreeOf, type Profile } from "../../language/model/index.ts";
import { unreachable } from "../../foundation/basics/index.ts";
import { type Decision, plainDecision } from "./decision.ts";
import { decideChangeHat, decideChangeProfile } from "./kinds/change.ts";
import { decideExec, decideFile, decideLink } from "./kinds/file.ts";
import { decideDbus, decideMqueue } from "./kinds/messages.ts";
import { decideMount, decidePivotRoot, decideUmount } from "./kinds/mount.ts";
import { decideNetwork, decideUnix } from "./kinds/sockets.ts";
import {
  decideCapability,
  decideIoUring,
  decidePtrace,
  decideRlimit,
  decideSignal,
  decideUserns,
} from "./kinds/tasks.ts";
import type { Question } from "./question.ts";

/** The way to a profile: its parents from the outside in, itself last. */
export type ProfilePath = readonly Profile[];

/**
 * Answers a question from the rules of a profile. The profile's mode plays no part: see `effectOf`.
 *
 * Shape: `profile` alone, or with its parents (hats of a hat are its siblings).
 * `kernel`: only what is said about peers that are stacks depends on it.
 * Errors: none; a rule whose pattern is broken matches nothing.
 * Cost: rules of the profile × length of the names.
 * Source: compile-semantics 3, 4; kernel-abi 7, 8.
 *
 * @example
 * decide(profile, { kind: "file", path: "/etc/passwd", letters: ["r"], owner: false }).allowed;
 */
export function decide(profile: Profile | ProfilePath, question: Question, kernel: KernelGeneration = "7.2"): Decision {
  const path: ProfilePath = "rules" in profile ? [profile] : profile;
  const own = path.at(-1);
  if (own === undefined) return plainDecision(question.kind, false);
  return decideFor(own, path.at(-2), { question, kernel });
}

function decideFor(
  own: Profile,
  parent: Profile | undefined,
  { question, kernel }: { readonly question: Question; readonly kernel: KernelGeneration },
): Decision {
  switch (question.kind) {
    case "file":
      return decideFile(own, question);
    case "exec":
      return decideExec(own, question);
    case "link":
      return decideLink(own, question);
    case "capability":
      return decideCapability(own, question);
    case "network":
      return decideNetwork(own, question);
    case "unix":
      return decideUnix(own, question);
    case "signal":
      return decideSignal(own, question, kernel);
    case "ptrace":
      return decidePtrace(own, question, kernel);
    case "change_profile":
      return decideChangeProfile(own, question);
    case "change_hat":
      return decideChangeHat(own, parent, question);
    case "mount":
      return decideMount(own, question);
    case "umount":
      return decideUmount(own, question);
    case "pivot_root":
      return decidePivotRoot(own, question);
    case "dbus":
      return decideDbus(own, question);
    case "mqueue":
      return decideMqueue(own, question);
    case "io_uring":
      return decideIoUring(own, question);
    case "userns":
      return decideUserns(own, question);
    case "rlimit":
      return decideRlimit(own, question);
    default:
      return unreachable(question);
  }
}

/** What a kernel does with the answer, given the profile's mode and its audit flag. */
export interface Effect {
  readonly access: "permitted" | "refused" | "killed" | "asked";
  readonly logged: "no" | "AUDIT" | "ALLOWED" | "DENIED" | "KILLED";
}

/**
 * What becomes of a decision under the profile's mode: complain mode lets through what no rule allows, but a quiet deny rule
 * refuses in complain mode, too (kernel-abi 7.9), but for programs that are executed (7.6).
 */
export function effectOf(profile: Profile, decision: Decision, kind?: Question["kind"]): Effect {
  const { mode, audit } = profile.flags;
  if (isFreeOf(profile, kind === "io_uring" ? kind : undefined)) return { access: "permitted", logged: "no" };
  if (decision.allowed) return { access: "permitted", logged: audit || decision.audited ? "AUDIT" : "no" };
  if (decision.quiet && !audit && mode === "complain" && kind === "exec") return { access: "permitted", logged: "no" };
  if (decision.quiet && !audit)
    return { access: mode === "kill" ? "killed" : "refused", logged: mode === "kill" ? "KILLED" : "no" };
  if (mode === "complain") return { access: "permitted", logged: "ALLOWED" };
  if (mode === "kill") return { access: "killed", logged: "KILLED" };
  const asked =
    mode === "prompt" || (decision.prompted.length > 0 && decision.prompted.length === decision.missing.length);
  return asked ? { access: "asked", logged: "no" } : { access: "refused", logged: "DENIED" };
}
