/** What an event asks of a profile is a rule, a decision about an exec, a flag, advice, or nothing, with the reason (audit-events 8). */
import type { RuleDraft } from "../../language/edit/index.ts";
import type { Question } from "../../analysis/monitor/index.ts";

/** Why an event gives no access that a rule could grant. */
export type NoAccess =
  | "not-a-refusal"
  | "unconfined"
  | "incomplete"
  /** A field holds a word that no table has, or a name that is none. */
  | "unknown-value"
  /** No profile can be called so: the name would be read as a pattern, or as something else. */
  | "unnamable"
  | "no-rule-helps";

/** What one event asks of the profile it belongs to. */
export type Reading =
  | { readonly kind: "rule"; readonly draft: RuleDraft; readonly questions: readonly Question[] }
  /** A file rule; the draft's path is still the plain text of the name. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly permissions: number;
      readonly owner: boolean;
      /** Who ran is nobody special, so that `owner` says little: root outside of a home. */
      readonly plainRoot: boolean;
      readonly questions: readonly Question[];
    }
  | { readonly kind: "exec"; readonly path: string; readonly missingProfile: boolean }
  | { readonly kind: "hat"; readonly hat: string }
  | { readonly kind: "flag"; readonly flag: string; readonly reason: string }
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

export function rule(draft: RuleDraft, ...questions: readonly Question[]): Reading {
  return { kind: "rule", draft, questions };
}
