/** Diagnostics as lines of apparmor_parser. Clients search these lines for `parser error`, so a warning never holds the words. */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import { type SourceFile, lineStarts, positionAt } from "../../foundation/text/index.ts";
import type { CheckedSource } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import type { Settings } from "./settings.ts";

/** More than this many errors of one file help nobody. */
const MAX_ERRORS = 100;

/** What the lines say about where the text came from. */
export interface MessageContext {
  /** The file or directory of the command line; `undefined` for standard input. */
  readonly operand: string | undefined;
  readonly settings: Settings;
}

function lineOf(diagnostic: Diagnostic, texts: readonly SourceFile[]): { path: string; line: number } {
  const file = texts.find((text) => text.id === diagnostic.at.span.file);
  if (file === undefined) return { path: diagnostic.at.span.file, line: 1 };
  return { path: file.path, line: positionAt(lineStarts(file.text), diagnostic.at.span.start).line };
}

function errorLine(diagnostic: Diagnostic, source: CheckedSource, context: MessageContext): string {
  const { path, line } = lineOf(diagnostic, source.texts);
  const own = context.operand === undefined && path === source.path;
  const where = (context.operand === undefined ? "" : ` for ${context.operand}`) + (own ? "" : ` in profile ${path}`);
  return `AppArmor parser error${where} at line ${line}: ${diagnostic.message}`;
}

function warningLine(diagnostic: Diagnostic, source: CheckedSource, context: MessageContext): string | undefined {
  const flag = source.warningClasses[diagnostic.code];
  const { warnings, errors } = context.settings;
  if (flag === undefined || !warnings.has(flag)) return undefined;
  const { path, line } = lineOf(diagnostic, source.texts);
  const opening = errors.has(flag) ? "Warning converted to Error" : "Warning";
  const where = context.operand === undefined ? `stdin (line ${line})` : `${context.operand} (${path} line ${line})`;
  return `${opening} from ${where}: ${diagnostic.message}`;
}

/** Whether a warning of this run counts as an error. */
function isFatal(diagnostic: Diagnostic, source: CheckedSource, settings: Settings): boolean {
  const flag = source.warningClasses[diagnostic.code];
  return flag !== undefined && settings.warnings.has(flag) && settings.errors.has(flag);
}

/** Prints what is to be said of a source; whether the run may go on with it. */
export function printDiagnostics(source: CheckedSource, context: MessageContext, io: CliIo): boolean {
  const silent = context.settings.action === "names" || context.settings.action === "remove";
  const errors = source.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const warnings = silent ? [] : source.diagnostics.filter((diagnostic) => diagnostic.severity !== "error");
  for (const warning of warnings) {
    const line = warningLine(warning, source, context);
    if (line !== undefined) io.err(`${displayText(line)}\n`);
    if (isFatal(warning, source, context.settings)) return false;
  }
  for (const error of errors.slice(0, MAX_ERRORS)) io.err(`${displayText(errorLine(error, source, context))}\n`);
  return source.ok;
}
