/**
 * Lines of apparmor_parser 5.0.2 that scripts look for (tools 3.8), beside our own, which have a place and say more. Upstream
 * works through a text in stages and stops at the first that fails; its lines are those of that stage alone.
 */
import type { CheckedSource, ProfileOutline } from "../../../app/index.ts";
import type { Diagnostic } from "../../../foundation/diagnostics/index.ts";
import { withChildren } from "../../../foundation/basics/index.ts";
import { compareBytes } from "../../../foundation/text/index.ts";

/** A fact of a diagnostic as text. */
function fact({ facts }: Diagnostic, name: string): string {
  return String(facts[name] ?? "");
}

/** What the message speaks of first: the variable, the path, the name. */
function firstFact({ facts }: Diagnostic): string {
  return String(Object.values(facts)[0] ?? "");
}

/** In place of our message, after `AppArmor parser error … at line N: `. */
const parserTexts: Readonly<Record<string, (diagnostic: Diagnostic) => string>> = {
  "resolve/include-not-found": (one) => `Could not open '${fact(one, "path")}'`,
  "resolve/abi-not-found": (one) => `Could not open '${fact(one, "path")}': No such file or directory`,
  "resolve/variable-redefined": (one) => `variable ${fact(one, "variable")} was previously declared`,
  "resolve/variable-append-undefined": (one) =>
    `variable ${fact(one, "variable")} was not previously declared, but is being assigned additional values`,
  "resolve/capability-unknown": (one) => `Invalid capability ${fact(one, "capability")}.`,
  "resolve/flag-unknown": (one) => `Invalid profile flag: ${fact(one, "flag")}.`,
  "resolve/name-start": (one) =>
    `Profile names must begin with a '/', namespace or keyword 'profile' or 'hat'. (${one.message})`,
};

/** What upstream's grammar refuses, and not its scanner. */
const GRAMMAR: ReadonlySet<string> = new Set([
  "syntax/unexpected",
  "syntax/missing-comma",
  "syntax/missing-comma-after-path",
  "syntax/unclosed-body",
  "syntax/stray-close",
  "syntax/unknown-rule",
  "syntax/misplaced",
  "syntax/prefix",
]);

/** The text of an error line. */
export function parserText(diagnostic: Diagnostic): string {
  const known = parserTexts[diagnostic.code]?.(diagnostic);
  return known ?? `${GRAMMAR.has(diagnostic.code) ? "syntax error, " : ""}${diagnostic.message}`;
}

/** The text of a warning; `path` is that of the source. */
export function warningText(diagnostic: Diagnostic, path: string): string {
  switch (diagnostic.code) {
    case "resolve/pound-include":
      return "deprecated use of '#include'";
    case "resolve/path-as-name":
      return "The use of file paths as profile names is deprecated. See man apparmor.d for more information";
    case "resolve/abi-missing":
      return `apparmor_parser: File '${path}' missing feature abi, falling back to default policy feature abi`;
    case "resolve/namespace-overridden":
      return `apparmor_parser: -n ${fact(diagnostic, "replacement")} overriding policy specified namespace :${fact(diagnostic, "namespace")}:`;
    default:
      return diagnostic.message;
  }
}

/** The stages behind the parser, in order, and what they say of a profile, by its last name. */
const stages: readonly Readonly<Record<string, (diagnostic: Diagnostic, profile: string) => readonly string[]>>[] = [
  {
    "resolve/duplicate-profile": (one) => [`Multiple definitions for profile ${fact(one, "name")} exist,bailing out.`],
    "resolve/duplicate-hat": (one) => [
      `Multiple definitions for hat ${fact(one, "name")} in profile (null) exist,bailing out.`,
    ],
  },
  {
    "resolve/variable-undefined": expansionLines,
    "resolve/variable-value-undefined": expansionLines,
    "resolve/variable-recursive": (one, profile) => [recursion(one), expansionFailed(profile)],
  },
  {
    "compile/exec-merge-conflict": (one, profile) => [
      `profile ${profile}: has merged rule ${fact(one, "path")} with conflicting x modifiers`,
      `ERROR merging rules for profile ${profile}, failed to load`,
    ],
  },
  {
    "compile/exec-conflict": (_, profile) => [
      "profile has merged rule with conflicting x modifiers",
      patternsFailed(profile),
    ],
    "compile/invalid-pattern": patternLines,
    "compile/unclosed-class": patternLines,
    "compile/unbalanced-braces": patternLines,
    "compile/deep-braces": patternLines,
    "compile/trailing-backslash": patternLines,
    "compile/invalid-name-pattern": patternLines,
  },
];

function expansionFailed(profile: string): string {
  return `ERROR expanding variables for profile ${profile}, failed to load`;
}

function patternsFailed(profile: string): string {
  return `ERROR processing regexs for profile ${profile}, failed to load`;
}

function undeclared(diagnostic: Diagnostic): string {
  return `Failed to find declaration for: ${fact(diagnostic, "variable")}`;
}

function recursion(diagnostic: Diagnostic): string {
  return `Variable ${fact(diagnostic, "variable")} is referenced recursively (by ${fact(diagnostic, "variable")})`;
}

function expansionLines(diagnostic: Diagnostic, profile: string): readonly string[] {
  return [undeclared(diagnostic), expansionFailed(profile)];
}

function patternLines(diagnostic: Diagnostic, profile: string): readonly string[] {
  return [
    `apparmor_parser: Regex grouping error: ${fact(diagnostic, "reason")}`,
    `apparmor_parser: Unable to parse input line '${fact(diagnostic, "pattern")}'`,
    patternsFailed(profile),
  ];
}

function isWithin(diagnostic: Diagnostic, { span }: ProfileOutline): boolean {
  return [diagnostic.at, ...diagnostic.also].some(
    (label) => label.span.file === span.file && span.start <= label.span.start && label.span.end <= span.end,
  );
}

/** The innermost profile around it. */
function ownerOf(diagnostic: Diagnostic, profiles: readonly ProfileOutline[]): ProfileOutline | undefined {
  return profiles.findLast((profile) => isWithin(diagnostic, profile));
}

/** What is said of values that are lost, and goes on. */
function lostValue(diagnostic: Diagnostic): readonly string[] {
  if (diagnostic.code !== "resolve/variable-value-lost") return [];
  return [fact(diagnostic, "reason") === "resolve/variable-recursive" ? recursion(diagnostic) : undeclared(diagnostic)];
}

/** Whether upstream gets as far as its cache: it reads a whole text first, and finds profiles that are defined twice. */
export function isParsed({ diagnostics }: CheckedSource): boolean {
  return diagnostics.every(({ code, severity }) => severity !== "error" || stages.findIndex((one) => code in one) > 0);
}

/** The lines for all that is said of a source. */
export function fixedLines(source: CheckedSource): readonly string[] {
  const { diagnostics } = source;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const stage = Math.min(...errors.map(({ code }) => stages.findIndex((one) => code in one)));
  const lost = stage < 0 ? [] : diagnostics.flatMap(lostValue);
  const failed = stages[stage];
  if (failed === undefined) return [...lost, ...errors.slice(0, 1).flatMap(parserLines)];
  // Upstream goes through them in this order.
  const profiles = withChildren(source.profiles);
  const [first] = errors
    .filter(({ code }) => code in failed)
    .map((diagnostic) => ({ diagnostic, owner: ownerOf(diagnostic, profiles) }))
    .toSorted(
      (a, b) =>
        profiles.findIndex((one) => one === a.owner) - profiles.findIndex((one) => one === b.owner) ||
        compareBytes(firstFact(a.diagnostic), firstFact(b.diagnostic)),
    );
  if (first?.owner === undefined) return lost;
  return [...lost, ...(failed[first.diagnostic.code]?.(first.diagnostic, first.owner.written) ?? [])];
}

/** What upstream says before the line with the place. */
function parserLines(diagnostic: Diagnostic): readonly string[] {
  switch (diagnostic.code) {
    case "resolve/variable-redefined":
      return [`'${fact(diagnostic, "variable")}' is already defined`];
    case "resolve/variable-append-undefined":
      return [`Failed to find declaration for: ${fact(diagnostic, "variable").replace(/^@\{(.*)\}$/, "$1")}`];
    default:
      return [];
  }
}
