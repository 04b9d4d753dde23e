import type { FileId, Span, TextEdit } from "../text/index.ts";
import type { Facts } from "./message.ts";

export type Severity = "error" | "warning" | "info" | "hint";

/** A place and what to say there. */
export interface Label {
  readonly span: Span;
  readonly message: string;
}

/** Edits that may be accepted as they are. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly file: FileId; readonly edit: TextEdit }[];
}

/** One thing to say about the user's text. */
export interface Diagnostic {
  /** `module/kebab-name`, for example `resolve/include-not-found`; all are listed in `docs/codes.md`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What the message names, by the keys that `docs/codes.md` lists: whole, not as it is shown. */
  readonly facts: Facts;
  /** Look here first. */
  readonly at: Label;
  readonly also: readonly Label[];
  readonly help: string | undefined;
  readonly fixes: readonly Fix[];
  /** It follows from another one that is listed, and goes away with it: shown on request. */
  readonly follows?: true;
}

/** What a pass gives: a value, present even when there are errors, and what it has to say. */
export interface Checked<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** An entry of a module's `codes.ts`; the manual's page of codes is made from it. */
export interface CodeInfo {
  readonly severity: Severity;
  /** What is wrong, in general; one sentence. */
  readonly title: string;
  /** What to do; one or two sentences. */
  readonly help: string;
  /** The name of the same thing in the specification's catalogue of rejections, where it has one. */
  readonly spec?: string;
}
