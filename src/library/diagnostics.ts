/** What is wrong with a text, and how it is shown: for people, as lines, as JSON, as SARIF. */
import {
  type FindSource,
  type HumanOptions,
  type JsonRange,
  jsonReport as jsonOf,
  type JsonReport,
  renderHuman as humanOf,
  renderLines as linesOf,
  sarifLog as sarifOf,
  type SarifTool,
  type Severity,
} from "../foundation/diagnostics/index.ts";
import { type Reported, reportsOf } from "./reported.ts";

export type { Checks, Reported } from "./reported.ts";
export {
  type Checked,
  type CodeInfo,
  type Diagnostic,
  type Facts,
  type FileReport,
  type FindSource,
  type Fix,
  type FrameOptions,
  type HumanOptions,
  type JsonDiagnostic,
  type JsonPosition,
  type JsonRange,
  type JsonReport,
  type Label,
  type SarifTool,
  type Severity,
  jsonVersion,
  sortDiagnostics,
} from "../foundation/diagnostics/index.ts";

/**
 * What was found as plain data for `JSON.stringify`: of what `check` gives, or of reports. The files keep their order; their diagnostics are
 * sorted.
 *
 * Errors: none; a span of an unknown file has line and column 1.
 *
 * @example
 * jsonReport(await check("profile demo { }")).files[0].file; // "profile"
 */
export function jsonReport(reported: Reported | readonly Reported[], find?: FindSource): JsonReport {
  const given = reportsOf(reported, find);
  return jsonOf(given.reports, given.find);
}

/**
 * One line for each diagnostic and each place that goes with it, as compilers print them and editors read them:
 * `path:line:column: severity: message [code]`.
 *
 * Units: lines and columns from 1, columns in UTF-16 units.
 *
 * @example
 * renderLines(await check("}")); // "profile:1:1: error: this `}` closes nothing [syntax/stray-close]\n"
 */
export function renderLines(reported: Reported | readonly Reported[], find?: FindSource): string {
  const given = reportsOf(reported, find);
  return linesOf(given.reports, given.find);
}

/** A place in a text, for an editor. Units: lines and columns from 1; columns count UTF-16 units, as editors do; the end is the first place behind. */
export interface MarkedRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** What an editor shows beside a line. */
export interface Marker extends MarkedRange {
  readonly severity: Severity;
  readonly code: string;
  /** With what to do about it. */
  readonly message: string;
  /** Where the place is in a file that is included: the line of the checked file that includes it, as far as that is known. */
  readonly includedAt: MarkedRange | undefined;
}

function markedRange({ file, start, end }: JsonRange): MarkedRange {
  return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}

/**
 * What was found as markers for an editor. A place may be in another file than the one that was checked (`file`); `includedAt` is then where
 * the checked one has it from.
 *
 * @example
 * editorMarkers(await check("profile a { capability sys_admn, }")).map(({ line, column }) => [line, column]); // [[1, 9], [1, 24]]
 */
export function editorMarkers(reported: Reported | readonly Reported[], find?: FindSource): readonly Marker[] {
  return jsonReport(reported, find).files.flatMap(({ file, diagnostics }) =>
    diagnostics.map(({ code, help, message, range, related, severity }) => {
      const including = range.file === file ? undefined : related.find((one) => one.range.file === file);
      return {
        ...markedRange(range),
        severity,
        code,
        message: help === null ? message : `${message}: ${help}`,
        includedAt: including && markedRange(including.range),
      };
    }),
  );
}

/**
 * For people: the message, the line with the place marked, what to do, and a last line that counts. `renderDiagnostics` of `armorer` is the
 * same without what follows from something else.
 *
 * @example
 * renderHuman(await check("}"), { colors: true });
 */
export function renderHuman(reported: Reported | readonly Reported[], options: HumanOptions = {}): string {
  const given = reportsOf(reported, options.find);
  return humanOf(given.reports, { ...options, find: given.find });
}

/**
 * What was found as a SARIF 2.1.0 log of one run, plain data for `JSON.stringify`.
 *
 * Units: columns count UTF-16 units, as the log says.
 * Source: OASIS SARIF 2.1.0.
 *
 * @example
 * sarifLog(await check("}"), { name: "my-tool", version: "1", codes: syntaxCodes });
 */
export function sarifLog(reported: Reported | readonly Reported[], tool: SarifTool, find?: FindSource): object {
  const given = reportsOf(reported, find);
  return sarifOf(given.reports, tool, given.find);
}
