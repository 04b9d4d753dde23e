/** Puts the checks together: what is found in the profiles of a file, as diagnostics with fixes that were tried. */
import { createReporter, type Diagnostic, type Fix } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { plan } from "../../language/edit/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { parse } from "../../language/syntax/index.ts";
import { checkCapabilities } from "./checks/capabilities.ts";
import { checkEscapes } from "./checks/escapes.ts";
import { checkExecTargets } from "./checks/exec-targets.ts";
import { checkImpossiblePaths } from "./checks/impossible-paths.ts";
import { checkLetters } from "./checks/letters.ts";
import { checkNoNewPrivileges } from "./checks/no-new-privs.ts";
import { checkPeers } from "./checks/peers.ts";
import { checkRemovable } from "./checks/removable.ts";
import { checkUnasked } from "./checks/unasked.ts";
import { checkWriteExecute } from "./checks/write-execute.ts";
import { lintCodes } from "./codes.ts";
import { silence } from "./silence.ts";
import { type LintProfile, createSubject } from "./subject.ts";
import type { Check, LintReport, LintWorld } from "./types.ts";

/** The first says which rules are not worth a word more about their letters. */
const checks: readonly Check[] = [
  checkUnasked,
  checkRemovable,
  checkImpossiblePaths,
  checkLetters,
  checkWriteExecute,
  checkEscapes,
  checkExecTargets,
  checkNoNewPrivileges,
  checkPeers,
  checkCapabilities,
];

/** Something that was found, and in which profile; comments of a file belong to none. */
export interface Finding {
  readonly diagnostic: Diagnostic;
  readonly profile: string | undefined;
}

/** What is left after the file's own comments have silenced what they name, and how much they did. */
interface Found {
  readonly findings: readonly Finding[];
  readonly silenced: number;
}

/**
 * Looks at the profiles of one file, which can be compiled.
 *
 * Errors: none; what could not be looked at is said to `gap`.
 */
export function lintFile(file: SourceFile, profiles: readonly LintProfile[], world: LintWorld): Found {
  return look(file, profiles, { world, checks });
}

/** The same, for whoever wants to know of rules that can go alone. COST: it is a third of the whole. */
export function findRemovable(file: SourceFile, profiles: readonly LintProfile[], world: LintWorld): Found {
  return look(file, profiles, { world, checks: [checkRemovable] });
}

interface Looking {
  readonly world: LintWorld;
  readonly checks: readonly Check[];
}

function look(file: SourceFile, profiles: readonly LintProfile[], looking: Looking): Found {
  const found = profiles.flatMap((subject) =>
    lintProfile(file, subject, looking).map((diagnostic): Finding => ({ diagnostic, profile: subject.profile.name })),
  );
  return silence(file, found);
}

function lintProfile(file: SourceFile, own: LintProfile, { checks: wanted, world }: Looking): readonly Diagnostic[] {
  const subject = createSubject(own);
  const reporter = createReporter(lintCodes);
  const done = new Set<Rule["origin"]>();
  const report: LintReport = (code, { origin }, message, { also = [], help, label = "this one", remove }) => {
    if (code.startsWith("lint/letter-") && done.has(origin)) return;
    const labels = also.map((one) => ({ span: one.origin.span, message: label }));
    const fixes = remove === undefined ? [] : removal(file, remove);
    reporter.report(code, origin, message, { also: labels, help, fixes });
  };
  for (const check of wanted) for (const rule of check(subject, world, report)) done.add(rule.origin);
  return reporter.list;
}

/** The edit that takes the rule's text away. */
function removal(file: SourceFile, rule: Rule): readonly Fix[] {
  const { edits, problems } = plan(parse(file), [{ kind: "remove-rule", at: rule.origin.span }]);
  if (problems.length > 0) return [];
  return [{ title: "remove the rule", edits: edits.map((edit) => ({ file: file.id, edit })) }];
}
