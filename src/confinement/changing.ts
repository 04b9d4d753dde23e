/** Changing the label of this thread, now or at its next exec (confinement-api 4). Everything here is synchronous: the next call may run elsewhere. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { hasNoNewPrivileges, writeAttribute } from "../host/index.ts";
import { currentLabel, refusedAttribute } from "./labels.ts";
import type { ConfinementRefusal, ConfinementWorld } from "./refusals.ts";

/** What is wanted of the kernel, which decides what its errors mean. */
type Wanted =
  | { readonly kind: "label"; readonly label: string }
  | { readonly kind: "hats"; readonly hats: readonly string[] }
  | { readonly kind: "leave" };

/** EPERM has three causes, which the state of the thread tells apart. */
function notPermitted(wanted: Wanted, path: string, world: ConfinementWorld): ConfinementRefusal {
  const current = currentLabel(undefined, world);
  if (wanted.kind === "hats" && current.ok && current.value.label === "unconfined") return { kind: "not-confined" };
  if (hasNoNewPrivileges(world, world.system)) return { kind: "no-new-privileges" };
  return wanted.kind === "hats" ? { kind: "not-a-hat", hats: wanted.hats } : { kind: "denied", path };
}

/** What the errno of a write to an attribute says (confinement-api 1.3). */
function refusalOf(refusal: FileRefusal, wanted: Wanted, world: ConfinementWorld): ConfinementRefusal {
  const { errno, path } = refusal;
  if (errno === "ENOENT" && wanted.kind === "label") return { kind: "no-such-profile", label: wanted.label };
  if (errno === "ENOENT" && wanted.kind === "hats") return { kind: "no-such-hat", hats: wanted.hats };
  if (errno === "ECHILD") return { kind: "no-hats" };
  if (errno === "ENAMETOOLONG") return { kind: "too-long" };
  if (errno === "EPERM") return notPermitted(wanted, path, world);
  return refusedAttribute(refusal, world);
}

/** Writes a command to an attribute of this thread. */
export function carryOut(
  attribute: "current" | "exec",
  command: string | Uint8Array,
  wanted: Wanted,
  world: ConfinementWorld,
): Outcome<void, ConfinementRefusal> {
  const done = writeAttribute(attribute, command, world, world.system);
  return done.ok ? ok(undefined) : fail(refusalOf(done.error, wanted, world));
}

/**
 * Changes the profile of this thread, now and for good (`aa_change_profile`). Other threads keep theirs, those that do Node's asynchronous
 * work on files among them, unless they are yet to be made: a program that confines itself does so before anything else. In a hat, leave it
 * first, or the way back stays open (confinement-api 1.4).
 *
 * Errors: `no-such-profile`, `denied`, `no-new-privileges`, `too-long`, `no-apparmor`.
 *
 * @example
 * const done = changeProfile("worker");
 * if (!done.ok) throw new Error(confinementText(done.error));
 */
export function changeProfile(label: string, world: ConfinementWorld = {}): Outcome<void, ConfinementRefusal> {
  return carryOut("current", `changeprofile ${label}`, { kind: "label", label }, world);
}

/**
 * Whether this thread might change to a profile: it is loaded, and policy permits it. Nothing changes.
 *
 * Errors: as `changeProfile`.
 */
export function testProfile(label: string, world: ConfinementWorld = {}): Outcome<void, ConfinementRefusal> {
  return carryOut("current", `permprofile ${label}`, { kind: "label", label }, world);
}

/**
 * Adds a profile to the label of this thread, which then may do what both allow (`aa_stack_profile`).
 *
 * Errors: as `changeProfile`, but `no_new_privs` is no obstacle.
 */
export function stackProfile(label: string, world: ConfinementWorld = {}): Outcome<void, ConfinementRefusal> {
  return carryOut("current", `stack ${label}`, { kind: "label", label }, world);
}

/**
 * Sets the profile of the programs that this thread's children execute (`aa_change_onexec`). It stays set for all later children of this
 * thread, since the kernel has no command that clears it; `spawn` from a thread of its own (a worker), and end that.
 *
 * Errors: as `changeProfile`.
 *
 * @example
 * if (changeOnExec("demo").ok) spawnSync("/usr/bin/demo");
 */
export function changeOnExec(label: string, world: ConfinementWorld = {}): Outcome<void, ConfinementRefusal> {
  return carryOut("exec", `exec ${label}`, { kind: "label", label }, world);
}

/**
 * The same, where the profile is added to what the program would run under otherwise (`aa_stack_onexec`).
 *
 * Errors: as `changeProfile`.
 */
export function stackOnExec(label: string, world: ConfinementWorld = {}): Outcome<void, ConfinementRefusal> {
  return carryOut("exec", `stack ${label}`, { kind: "label", label }, world);
}
