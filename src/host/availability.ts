/** Whether AppArmor can be spoken to at all (confinement-api 2). */
import type { FileRefusal } from "../foundation/ports/index.ts";
import type { Outcome } from "../foundation/basics/index.ts";
import { attempt } from "./errno.ts";
import { type KernelPlace, findDirectory, readSmall, under } from "./securityfs.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** Why there is none: not in the kernel, switched off at boot, no securityfs, hidden from this task, or open to other namespaces only. */
export type Unavailable = "absent" | "disabled" | "not-mounted" | "not-permitted" | "private";

export type Availability =
  | { readonly enabled: true; readonly directory: string }
  | { readonly enabled: false; readonly reason: Unavailable };

/**
 * Whether there is an AppArmor to speak to, and why not.
 *
 * Errors: none; what cannot be looked at is the reason `not-permitted`. A profile may hide all of this from a task that it confines.
 *
 * @example
 * const there = availability();
 * const why = there.enabled ? undefined : there.reason;
 */
export function availability(place: KernelPlace = {}, given: System = nodeSystem): Availability {
  const system = retrying(given);
  const parameters = under(place, "/sys/module/apparmor/parameters");
  const parameter = (name: string): string | undefined => readSmall(system, `${parameters}/${name}`)?.trimEnd();
  const enabled = parameter("enabled");
  const isPrivate = enabled !== "Y" && parameter("available") === "Y";
  if (enabled !== "Y" && !isPrivate) {
    return { enabled: false, reason: enabled === undefined ? withoutParameter(system, parameters) : "disabled" };
  }
  const directory = findDirectory(system, place);
  if (!directory.ok) return { enabled: false, reason: "not-permitted" };
  if (directory.value === undefined) return { enabled: false, reason: "not-mounted" };
  return isPrivate ? { enabled: false, reason: "private" } : { enabled: true, directory: directory.value };
}

/** What is there and cannot be read is not absent. */
function withoutParameter(system: System, parameters: string): Unavailable {
  const path = `${parameters}/enabled`;
  const there: Outcome<boolean, FileRefusal> = attempt(path, () => system.stat(path) !== undefined);
  return there.ok && !there.value ? "absent" : "not-permitted";
}
