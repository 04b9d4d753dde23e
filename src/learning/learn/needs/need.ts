/** What an access needs of its profile: a rule, a decision about an exec, or a hat; or why no rule can be written for it (audit-events 8). */
import type { Question } from "../../../analysis/monitor/index.ts";
import type { RuleDraft } from "../../../language/edit/index.ts";

export type NeededRule = {
  readonly kind: "rule";
  readonly draft: RuleDraft;
  /** What the rule must allow. */
  readonly questions: readonly Question[];
};

/** A file rule; accesses of one path become one, so its parts are still apart. */
export interface NeededFile {
  readonly kind: "file";
  /** The plain text of the name. */
  readonly path: string;
  readonly permissions: number;
  readonly owner: boolean;
  /** Who ran is nobody special, so that `owner` says little: root outside of a home. */
  readonly plainRoot: boolean;
  readonly questions: readonly Question[];
}

export type AccessNeed =
  | NeededRule
  | NeededFile
  | { readonly kind: "exec"; readonly path: string; readonly missingProfile: boolean }
  | { readonly kind: "hat"; readonly hat: string }
  | { readonly kind: "skip"; readonly reason: "unnamable"; readonly detail?: undefined };

export function rule(draft: RuleDraft, ...questions: readonly Question[]): NeededRule {
  return { kind: "rule", draft, questions };
}
