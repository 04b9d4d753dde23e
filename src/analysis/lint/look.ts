/** Puts profiles of a file to checks: what is found in them, as diagnostics with fixes that were tried. */
import { createReporter, type Diagnostic, type Fix } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { plan } from "../../language/edit/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { parse } from "../../language/syntax/index.ts";
import { lintCodes } from "./codes.ts";
import { misspeltIncludes } from "./comments.ts";
import { silence } from "./silence.ts";
import { type LintProfile, type LintSubject, createSubject } from "./subject.ts";
import type { LintReport } from "./types.ts";

/** Something that was found, and in which profile; comments of a file belong to none. */
export interface Finding {
  readonly diagnostic: Diagnostic;
  readonly profile: string | undefined;
}

/** What is left after the file's own comments have silenced what they name, and how much they did. */
export interface Found {
  readonly findings: readonly Finding[];
  readonly silenced: number;
}

/** A check that knows of the policy what it needs. */
type ReadyCheck = (subject: LintSubject, report: LintReport) => ReadonlySet<Rule>;

export function look(file: SourceFile, profiles: readonly LintProfile[], checks: readonly ReadyCheck[]): Found {
  const found = profiles.flatMap((subject) =>
    lookAtOne(file, subject, checks).map((diagnostic): Finding => ({ diagnostic, profile: subject.profile.name })),
  );
  const comments = misspeltIncludes(file).map((diagnostic): Finding => ({ diagnostic, profile: undefined }));
  return silence(file, [...found, ...comments]);
}

function lookAtOne(file: SourceFile, own: LintProfile, checks: readonly ReadyCheck[]): readonly Diagnostic[] {
  const subject = createSubject(own);
  const reporter = createReporter(lintCodes);
  const done = new Set<Rule["origin"]>();
  const report: LintReport = (code, { origin }, message, { also = [], help, label = "this one", remove }) => {
    if (code.startsWith("lint/letter-") && done.has(origin)) return;
    const labels = also.map((one) => ({ span: one.origin.span, message: label }));
    const fixes = remove === undefined ? [] : removal(file, remove);
    reporter.report(code, origin, message, { also: labels, help, fixes });
  };
  for (const check of checks) for (const rule of check(subject, report)) done.add(rule.origin);
  return reporter.list;
}

/** The edit that takes the rule's text away. */
function removal(file: SourceFile, rule: Rule): readonly Fix[] {
  const { edits, problems } = plan(parse(file), [{ kind: "remove-rule", at: rule.origin.span }]);
  if (problems.length > 0) return [];
  return [{ title: "remove the rule", edits: edits.map((edit) => ({ file: file.id, edit })) }];
}
