/** Where an exec leads (kernel-abi 7.6): the rule's mode, then the profile it asks for, then what it falls back on. */
import type { Profile } from "../../language/model/index.ts";
import { attach, type FileAttributes } from "./attach.ts";
import type { ProfilePath } from "./decide.ts";
import type { ExecOutcome } from "./decision.ts";
import { decideExec } from "./kinds/file.ts";
import { joinLabel, known, labelNames } from "./labels.ts";
import type { ExecChoice } from "./weigh.ts";

export type Destination =
  /** The caller's own profile; `fallback`: because the one asked for is missing. */
  | { readonly kind: "inherit"; readonly fallback: boolean }
  /** `secure`: the environment is scrubbed. A label with several components is a stack. */
  | { readonly kind: "profile"; readonly label: string; readonly secure: boolean }
  | { readonly kind: "unconfined"; readonly fallback: boolean; readonly secure: boolean }
  | {
      readonly kind: "refused";
      readonly reason: "no-rule" | "denied" | "prompt" | "no-profile" | "conflicting-rules";
      /** The name that was asked for, where a rule asks for one. */
      readonly wanted?: string | undefined;
    };

/** A program about to be started. */
export interface Execution {
  /** The caller's profile, with its parents. */
  readonly caller: ProfilePath;
  /** All profiles that are loaded, those loaded last first, children inside their parents. */
  readonly world: readonly Profile[];
  readonly path: string;
  readonly owner: boolean;
  /** The file's extended attributes; absent: it has none. */
  readonly attributes?: FileAttributes;
}

/**
 * Where a program runs that a confined one starts, in enforce mode; one profile of the caller's label, see `labelExec` for all of
 * them. Tracers are not looked at.
 *
 * @example
 * execDestination({ caller: [profile], world: policy.profiles, path: "/usr/bin/sh", owner: false }).kind;
 */
export function execDestination(execution: Execution): Destination {
  const own = execution.caller.at(-1);
  if (own === undefined) return { kind: "refused", reason: "no-rule" };
  const { path, owner } = execution;
  const decision = decideExec(own, { kind: "exec", path, owner });
  if (decision.denied.length > 0) return { kind: "refused", reason: "denied" };
  if (decision.prompted.length > 0) return { kind: "refused", reason: "prompt" };
  return decision.exec === undefined ? { kind: "refused", reason: "no-rule" } : follow(execution, own, decision.exec);
}

function follow(execution: Execution, own: Profile, { choice, conflict }: ExecOutcome): Destination {
  if (conflict !== undefined) return { kind: "refused", reason: "conflicting-rules" };
  const { mode } = choice;
  const secure = mode.safe && mode.transition !== "inherit";
  const label = choice.target === undefined ? searched(execution, own, choice) : named(execution, own, choice);
  if (label !== undefined) return { kind: "profile", label, secure };
  if (mode.transition === "inherit" || mode.fallback === "inherit") {
    return { kind: "inherit", fallback: mode.transition !== "inherit" || choice.target !== undefined };
  }
  const plain = mode.transition === "unconfined" && choice.target === undefined;
  if (plain || mode.fallback === "unconfined") return { kind: "unconfined", fallback: !plain, secure };
  return { kind: "refused", reason: "no-profile", wanted: targetName(own, choice) };
}

/** The compiler puts the profile's name before a child's, so that `cx -> &a//b` in `a` is the stack of `a` and `a//b`. */
function targetName(own: Profile, { mode, target }: ExecChoice): string | undefined {
  return target !== undefined && mode.transition === "child" ? `${own.name}//${target}` : target;
}

/** Without a name: by attachment, among the children for `c`. */
function searched({ world, path, attributes }: Execution, own: Profile, { mode }: ExecChoice): string | undefined {
  if (mode.transition !== "profile" && mode.transition !== "child") return undefined;
  const peers = world.filter(({ namespace }) => namespace === own.namespace);
  const found = attach(mode.transition === "child" ? own.children : peers, path, attributes);
  return found.kind === "found" ? found.profile.name : undefined;
}

/** With a name: `&name` stacks onto what attachment finds; a missing part makes the whole missing. */
function named(execution: Execution, own: Profile, choice: ExecChoice): string | undefined {
  const { world } = execution;
  const target = targetName(own, choice) ?? "";
  const names = labelNames((name, namespace) => known(world, name, namespace), target, own.namespace);
  if (names === undefined) return undefined;
  if (!target.startsWith("&")) return joinLabel(names);
  const base = searched(execution, own, { mode: { ...choice.mode, transition: "profile" }, target: undefined });
  const inherits = choice.mode.transition === "inherit" || choice.mode.fallback === "inherit";
  const bottom = base ?? (inherits ? own.name : undefined);
  return bottom === undefined ? undefined : joinLabel([bottom, ...names]);
}
