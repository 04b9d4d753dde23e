/** Diagnostics as lines of apparmor_parser. Clients search these lines for `parser error`, so a warning never contains that text. */
import type { Diagnostic } from "../../../foundation/diagnostics/index.ts";
import { type SourceFile, lineStarts, positionAt } from "../../../foundation/text/index.ts";
import type { CheckedSource } from "../../../app/index.ts";
import { displayText } from "../../../foundation/text/index.ts";
import type { CliIo } from "../../io.ts";
import { fixedLines, isParsed, parserText, warningText } from "./fixed-texts.ts";
import type { Settings } from "./settings.ts";

/** More than this many errors of one file help nobody. */
const MAX_ERRORS = 100;

/** What the lines say about where the text came from. */
interface MessageContext {
  /** The file or directory of the command line; `undefined` for standard input. */
  readonly operand: string | undefined;
  /** Why nothing in the cache could be used, where that was asked. */
  readonly whyMissed: string | undefined;
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
  return `AppArmor parser error${where} at line ${line}: ${parserText(diagnostic)}`;
}

function warningLine(diagnostic: Diagnostic, source: CheckedSource, context: MessageContext): string | undefined {
  const flag = source.warningClasses[diagnostic.code];
  const { warnings, errors } = context.settings;
  if (flag === undefined || !(warnings.has(flag) || isFatal(diagnostic, source, context.settings))) return undefined;
  const { path, line } = lineOf(diagnostic, source.texts);
  const opening = errors.has(flag) ? "Warning converted to Error" : "Warning";
  return `${opening} from ${context.operand ?? "stdin"} (${path} line ${line}): ${warningText(diagnostic, source.path)}`;
}

/** What is said once a text is read and no entry of the cache stands for it. */
function printMiss(source: CheckedSource, { operand, settings, whyMissed }: MessageContext, io: CliIo): void {
  if (!isParsed(source)) return;
  const path = displayText(source.path);
  if (whyMissed !== undefined && settings.warnings.has("debug-cache")) {
    io.err(`Warning from ${displayText(operand ?? path)} (${path} line 1): apparmor_parser: ${whyMissed}\n`);
  }
  if (settings.showCache) io.err(`Cache miss: ${path}\n`);
}

/** Whether a warning of this run counts as an error. ORACLE 5.0.2: one of the compiler also where it is not printed. */
function isFatal({ code }: Diagnostic, source: CheckedSource, settings: Settings): boolean {
  const flag = source.warningClasses[code];
  if (flag === undefined || !settings.errors.has(flag)) return false;
  return settings.warnings.has(flag) || code.startsWith("compile/");
}

function ofCompiler({ code }: Diagnostic): boolean {
  return code.startsWith("compile/");
}

/** Whether none of them counts as an error. */
function printWarnings(
  warnings: readonly Diagnostic[],
  { source, context, io }: { source: CheckedSource; context: MessageContext; io: CliIo },
): boolean {
  for (const warning of warnings) {
    const line = warningLine(warning, source, context);
    if (line !== undefined) io.err(`${displayText(line)}\n`);
    if (isFatal(warning, source, context.settings)) return false;
  }
  return true;
}

/** Prints what is to be said of a source; whether the run may go on with it. */
export function printDiagnostics(source: CheckedSource, context: MessageContext, io: CliIo): boolean {
  const errors = source.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const warnings = source.diagnostics.filter((diagnostic) => diagnostic.severity !== "error");
  const goOn = (list: readonly Diagnostic[]): boolean => printWarnings(list, { source, context, io });
  if (!goOn(warnings.filter((warning) => !ofCompiler(warning)))) return false;
  printMiss(source, context, io);
  if (!goOn(warnings.filter(ofCompiler))) return false;
  for (const line of fixedLines(source)) io.err(`${displayText(line)}\n`);
  const causes = errors.filter(({ follows }) => follows !== true).slice(0, MAX_ERRORS);
  for (const error of causes) io.err(`${displayText(errorLine(error, source, context))}\n`);
  const hidden = errors.length - causes.length;
  const more = hidden === 1 ? "1 more error is" : `${hidden} more errors are`;
  if (hidden > 0) io.err(`AppArmor parser error: ${more} not shown; \`armorer check --all\` shows all\n`);
  return source.ok;
}
