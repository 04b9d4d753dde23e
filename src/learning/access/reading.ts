/** What an event says is an access that was wanted, a flag or advice where no access is the answer, or nothing, with the reason (audit-events 8). */
import type { Access } from "./access.ts";

/** Why an event gives no access that a rule could grant. */
export type NoAccess =
  | "not-a-refusal"
  | "unconfined"
  | "incomplete"
  /** A field holds a word that no table has, or a name that is none. */
  | "unknown-value"
  | "no-rule-helps";

/** What one event says of the profile it belongs to. */
export type Reading =
  | Access
  /** The kernel found no name to ask a rule about; the profile's flag gives it one. */
  | { readonly kind: "flag"; readonly flag: string; readonly reason: string }
  /** What no profile mends. */
  | { readonly kind: "advice"; readonly text: string }
  | {
      readonly kind: "skip";
      readonly reason: NoAccess;
      /** Which field holds what, when it is the value of a field that nobody knows. */
      readonly detail?: string;
    };

export function skip(reason: NoAccess): Reading {
  return { kind: "skip", reason };
}

export function advice(text: string): Reading {
  return { kind: "advice", text };
}
