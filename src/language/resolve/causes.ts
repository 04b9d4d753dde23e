/**
 * One cause, one message: what follows from something else that is wrong is marked, so that a face may keep it back. A file that is not there,
 * or a line that cannot be read, may have defined every variable that is missing; a variable that is missing is so wherever it is used.
 */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { FileId, SourceFile } from "../../foundation/text/index.ts";

/** What is said of variables that are not there. */
const MISSING: ReadonlySet<string> = new Set([
  "resolve/variable-undefined",
  "resolve/variable-value-undefined",
  "resolve/variable-append-undefined",
  "resolve/variable-value-lost",
  "resolve/boolean-unset",
  "resolve/condition-variable",
]);

const LOST_FILES: ReadonlySet<string> = new Set([
  "resolve/include-not-found",
  "resolve/include-refused",
  "resolve/include-directory",
]);

/** The text is misread: what is made of it means nothing. */
const MISREAD: ReadonlySet<string> = new Set(["syntax/not-policy", "syntax/carriage-return", "syntax/byte-order-mark"]);
const MISREAD_LINE: ReadonlySet<string> = new Set([
  "syntax/look-alike",
  "syntax/unquoted-blank",
  "syntax/unclosed-name",
  "syntax/relative-path",
]);

type Test = (diagnostic: Diagnostic) => boolean;

export function isMissingVariable({ code }: Diagnostic): boolean {
  return MISSING.has(code);
}

/** The list with `follows` where it belongs; the first of several that say the same of one name stays. */
export function markConsequences(
  list: readonly Diagnostic[],
  sources: ReadonlyMap<FileId, SourceFile>,
): readonly Diagnostic[] {
  const errors = list.filter(({ severity }) => severity === "error");
  if (errors.length === 0 || list.length < 2) return list;
  const tests = [
    misread(errors, sources),
    lostFile(errors),
    brokenDefinition(errors, sources),
    lostAbi(errors, sources),
    outsideOfProfiles(),
    includedElsewhere(),
    saidBefore(),
  ];
  return list.map((one) => (tests.some((test) => test(one)) ? { ...one, follows: true } : one));
}

function misread(errors: readonly Diagnostic[], sources: ReadonlyMap<FileId, SourceFile>): Test {
  const files = new Set(errors.flatMap(({ code, at }) => (MISREAD.has(code) ? [at.span.file] : [])));
  const lines = new Set(errors.flatMap((one) => (MISREAD_LINE.has(one.code) ? [lineKey(one, sources)] : [])));
  return (one) => {
    const isReading = one.code.startsWith("syntax/") && one.code !== "syntax/misplaced";
    return !isReading && (files.has(one.at.span.file) || (lines.size > 0 && lines.has(lineKey(one, sources))));
  };
}

function lineKey({ at }: Diagnostic, sources: ReadonlyMap<FileId, SourceFile>): string {
  return `${at.span.file} ${sources.get(at.span.file)?.text.lastIndexOf("\n", at.span.start - 1)}`;
}

/** A file that is missing may have defined everything. */
function lostFile(errors: readonly Diagnostic[]): Test {
  const isLost = errors.some(({ code }) => LOST_FILES.has(code));
  return (one) => isLost && isMissingVariable(one);
}

/** An abi that cannot be read is there, all the same; so is a line that was to name one. */
function lostAbi(errors: readonly Diagnostic[], sources: ReadonlyMap<FileId, SourceFile>): Test {
  const isLost = errors.some(
    ({ at, code }) =>
      code.startsWith("resolve/abi-") || (code.startsWith("syntax/") && /^\s*abi\b/.test(lineTo(at, sources))),
  );
  return ({ code }) => isLost && code === "resolve/abi-missing";
}

/** The line of a problem, up to its end. */
function lineTo({ span: { end, file, start } }: Diagnostic["at"], sources: ReadonlyMap<FileId, SourceFile>): string {
  const text = sources.get(file)?.text ?? "";
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, end + 1);
}

/** `@{NAME}` at the start of a line that cannot be read. */
function brokenDefinition(errors: readonly Diagnostic[], sources: ReadonlyMap<FileId, SourceFile>): Test {
  const names = new Set(
    errors.flatMap(({ code, at }) => {
      if (!code.startsWith("syntax/")) return [];
      return /^\s*([@$]\{?\w+\}?)\s*[+:?]?=/.exec(lineTo(at, sources))?.[1] ?? [];
    }),
  );
  return (one) => names.size > 0 && isMissingVariable(one) && names.has(variableOf(one));
}

function variableOf({ facts }: Diagnostic): string {
  return String(facts["variable"] ?? "");
}

/** One profile that is missing, or ends too early, is why all its rules are outside. */
function outsideOfProfiles(): Test {
  let isSaid = false;
  return ({ code, facts }) => {
    if (code !== "syntax/misplaced" || facts["found"] === undefined) return false;
    const isAgain = isSaid;
    isSaid = true;
    return isAgain;
  };
}

/** A file that is included where none of it may be: one line is why all of it is misplaced. */
function includedElsewhere(): Test {
  const said = new Set<string>();
  return ({ also, code }) => {
    const include = also.at(-1)?.span;
    if (code !== "syntax/misplaced" || include === undefined) return false;
    const key = `${include.file} ${include.start}`;
    const isAgain = said.has(key);
    said.add(key);
    return isAgain;
  };
}

/** The same name again. */
function saidBefore(): Test {
  const said = new Set<string>();
  return (one) => {
    const name = isMissingVariable(one) ? variableOf(one) : LOST_FILES.has(one.code) ? String(one.facts["path"]) : "";
    if (name === "") return false;
    const isAgain = said.has(name);
    said.add(name);
    return isAgain;
  };
}
