import { type Errno, type KernelRefusal, refusalText } from "../foundation/ports/index.ts";
import { displayText } from "../foundation/text/index.ts";
import type { KernelPlace, System, Unavailable } from "../host/index.ts";

/** The system that is asked; all of it may be left out. */
export interface ConfinementWorld extends KernelPlace {
  /** Default: the machine's own calls. */
  readonly system?: System;
  /** The kernel's release; default: the running one's. */
  readonly release?: string;
}

/** Why the kernel, or we ourselves, would not do it (confinement-api 1.3). */
export type ConfinementRefusal =
  | { readonly kind: "no-apparmor"; readonly reason: Unavailable }
  | { readonly kind: "no-such-profile"; readonly label: string }
  /** The profile has hats, but none of these. */
  | { readonly kind: "no-such-hat"; readonly hats: readonly string[] }
  /** The profile has no hats at all. */
  | { readonly kind: "no-hats" }
  /** A child profile of that name is there, and is no hat. */
  | { readonly kind: "not-a-hat"; readonly hats: readonly string[] }
  /** Policy has no rule for it, or hides the file that it goes through. */
  | { readonly kind: "denied"; readonly path: string }
  /** Unconfined tasks have no hats. */
  | { readonly kind: "not-confined" }
  | { readonly kind: "no-new-privileges" }
  /** The thread is in a hat already, which a thread that it makes could not leave either. */
  | { readonly kind: "in-a-hat"; readonly label: string }
  /** This kernel would hang for ever. */
  | { readonly kind: "would-hang"; readonly release: string; readonly hat: string }
  /** The command would be cut short by the kernel. */
  | { readonly kind: "too-long" }
  | { readonly kind: "not-left"; readonly label: string; readonly errno: Errno | undefined }
  | { readonly kind: "io"; readonly path: string; readonly errno: Errno };

/** Why there is no result. */
export type HatRefusal =
  | ConfinementRefusal
  /** The module cannot be loaded. */
  | { readonly kind: "not-loaded"; readonly reason: string }
  /** The function threw this, or what it gave cannot be copied. */
  | { readonly kind: "work-failed"; readonly error: unknown }
  /** The worker ended meanwhile: it ran out of memory, or the work ended it. */
  | { readonly kind: "worker-ended"; readonly reason: string }
  /** By the signal, or because the pool was closed. */
  | { readonly kind: "given-up" };

/** Why it cannot be said who is at the other end. */
export type PeerRefusal =
  /** `/proc` does not say which unix sockets belong together; only `getsockopt(SO_PEERSEC)` does, which takes native code. */
  | { readonly kind: "not-told"; readonly family: "unix" }
  | { readonly kind: "not-connected" }
  /** The other end is on another machine or in another network namespace, or has been closed. */
  | { readonly kind: "elsewhere" }
  /** It is on this machine, and of so many processes it cannot be seen what they hold. */
  | { readonly kind: "hidden"; readonly processes: number }
  | { readonly kind: "io"; readonly path: string; readonly errno: string };

const unavailable: Readonly<Record<Unavailable, string>> = {
  absent: "this kernel has no AppArmor",
  disabled: "AppArmor was switched off when this kernel started",
  "not-mounted": "AppArmor's directory in securityfs is not there",
  "not-permitted": "whether there is AppArmor cannot be looked at from here",
  private: "AppArmor is open to other namespaces only",
};

/** A list of names as a person reads it. */
function named(names: readonly string[]): string {
  return names.map((name) => `\`${displayText(name)}\``).join(", ");
}

/** All that calls of this module refuse with. */
export type AnyRefusal = ConfinementRefusal | HatRefusal | PeerRefusal | KernelRefusal;

/**
 * A refusal in a sentence: by a call of this module, a pool, or the kernel that loads policy. What a piece of work threw is told with its stack.
 *
 * Errors: none.
 *
 * @example
 * const done = changeProfile("worker");
 * const why = done.ok ? undefined : confinementText(done.error);
 */
export function confinementText(refusal: AnyRefusal): string {
  switch (refusal.kind) {
    case "no-apparmor":
      return "reason" in refusal ? unavailable[refusal.reason] : refusalText(refusal);
    case "not-permitted":
    case "policy-rejected":
    case "cut-short":
      return refusalText(refusal);
    case "not-loaded":
      return `the module cannot be loaded: ${refusal.reason}`;
    case "work-failed":
      return refusal.error instanceof Error ? (refusal.error.stack ?? refusal.error.message) : String(refusal.error);
    case "worker-ended":
      return `the worker ended: ${refusal.reason}`;
    case "given-up":
      return "it was given up, or the pool was closed";
    case "not-told":
      return "only the kernel knows the other end of a unix socket, and /proc does not say it";
    case "not-connected":
      return "the socket is not connected";
    case "elsewhere":
      return "the other end is on another machine or in another network namespace, or has been closed";
    case "hidden":
      return `the other end is on this machine, and of ${refusal.processes} processes it cannot be seen what they hold`;
    case "no-such-profile":
      return `${named([refusal.label])} is not loaded`;
    case "no-such-hat":
      return `the profile has no hat ${named(refusal.hats)}`;
    case "no-hats":
      return "the profile has no hats";
    case "not-a-hat":
      return `${named(refusal.hats)} is a child of the profile, but no hat`;
    case "denied":
      return `policy does not permit it (${displayText(refusal.path)})`;
    case "not-confined":
      return "this thread is not confined, and has no hats";
    case "no-new-privileges":
      return "no_new_privs is set, and the change would give more than there is";
    case "in-a-hat":
      return `this thread is in a hat already, ${named([refusal.label])}`;
    case "would-hang":
      return `Linux ${displayText(refusal.release)} hangs where a profile in complain mode has no hat ${named([refusal.hat])}`;
    case "too-long":
      return "the names are longer than the kernel takes in one command";
    case "not-left":
      return `the hat could not be left${refusal.errno === undefined ? "" : ` (${refusal.errno})`}; this thread runs under ${named([refusal.label])}`;
    case "io":
      return `${displayText(refusal.path)}: ${refusal.errno}`;
  }
}
