/** What resolving says, and the fixes that it offers often. */
import type { Fix, Report as ReportOf } from "../../foundation/diagnostics/index.ts";
import type { Span } from "../../foundation/text/index.ts";
import type { ResolveCode } from "./codes.ts";

export type Report = ReportOf<ResolveCode>;

/** "did you mean" as a help text; `undefined` without a near word, so that the code's own help stands. */
export function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

/** A fix that replaces `span`. */
export function replaceFix(span: Span, newText: string): Fix {
  const title = newText === "" ? "remove it" : `replace it by \`${newText}\``;
  return { title, edits: [{ file: span.file, edit: { start: span.start, end: span.end, newText } }] };
}
