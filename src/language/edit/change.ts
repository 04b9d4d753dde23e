import type { Span, TextEdit } from "../../foundation/text/index.ts";
import type { IncludeDraft, ProfileDraft, RuleDraft } from "./draft.ts";

/**
 * Which profile of a file: the written names from the outside in (`["parent", "child"]`), or a place inside the profile's text,
 * such as the origin of the model's profile.
 */
export type ProfileRef = readonly string[] | Span;

/** Modes as flags; `enforce` is the absence of all others. */
export type ModeFlag = "enforce" | "complain" | "kill" | "unconfined" | "prompt" | "default_allow";

/** One thing that shall be different in a file. */
export type Change =
  | { readonly kind: "add-rule"; readonly profile: ProfileRef; readonly rule: RuleDraft }
  | { readonly kind: "remove-rule"; readonly at: Span }
  | { readonly kind: "replace-rule"; readonly at: Span; readonly rule: RuleDraft }
  /** Without a profile: in the preamble of the file. */
  | { readonly kind: "add-include"; readonly profile: ProfileRef | undefined; readonly include: IncludeDraft }
  | { readonly kind: "remove-include"; readonly profile: ProfileRef | undefined; readonly path: string }
  | { readonly kind: "set-mode"; readonly profile: ProfileRef; readonly mode: ModeFlag }
  | { readonly kind: "set-flag" | "clear-flag"; readonly profile: ProfileRef; readonly flag: string }
  /** Without a parent: at the end of the file. */
  | { readonly kind: "add-profile"; readonly parent: ProfileRef | undefined; readonly profile: ProfileDraft };

/** The same of a rule that is given as its text: `"/etc/hosts r"`. */
export type TextChange =
  | { readonly kind: "add-rule"; readonly profile: ProfileRef; readonly rule: string }
  | { readonly kind: "replace-rule"; readonly at: Span; readonly rule: string };

/** Why a change cannot be made in this text. `change` counts from 0. */
export interface ChangeProblem {
  readonly change: number;
  readonly reason:
    | "profile-not-found"
    | "profile-unclosed"
    | "rule-not-found"
    | "include-not-found"
    | "profile-exists"
    /** What would be written is not read again as what was asked for. */
    | "not-writable";
  /** What is wrong with the text of a rule that is not writable. */
  readonly detail?: string;
}

const REASONS: Readonly<Record<ChangeProblem["reason"], string>> = {
  "profile-not-found": "the profile is not in this text",
  "profile-unclosed": "the profile's closing brace is missing",
  "rule-not-found": "the rule is not in this text",
  "include-not-found": "the include is not in this text",
  "profile-exists": "the profile already exists",
  "not-writable": "what was to be written would not be read again",
};

/**
 * A problem in words.
 *
 * @example
 * plan(parse(sourceFile("x", "profile a { }")), [{ kind: "add-rule", profile: ["b"], rule: "/x r" }]).problems.map(problemText); // ["the profile is not in this text"]
 */
export function problemText({ reason, detail }: ChangeProblem): string {
  return detail === undefined ? REASONS[reason] : `${REASONS[reason]}: ${detail}`;
}

/** Edits that do not overlap, in the order of the text, and what could not be planned. */
export interface EditPlan {
  readonly edits: readonly TextEdit[];
  readonly problems: readonly ChangeProblem[];
}
