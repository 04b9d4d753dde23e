import { encodeBytes, type Span } from "../text/index.ts";
import type { CodeInfo, Diagnostic, Fix, Label, Severity } from "./diagnostic.ts";
import { type FileReport, findIn, type FindSource, Places, sortDiagnostics } from "./report.ts";

/** Who speaks, and which codes it may use. */
export interface SarifTool {
  readonly name: string;
  readonly version: string;
  readonly codes: Readonly<Record<string, CodeInfo>>;
}

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note", hint: "note" };

/** The member of a SARIF run that says why not all was looked at, a sentence each; nothing where all was. */
export function sarifProblems(problems: readonly string[]): object {
  if (problems.length === 0) return {};
  const toolExecutionNotifications = problems.map((text) => ({ level: "error", message: { text } }));
  return { invocations: [{ executionSuccessful: false, toolExecutionNotifications }] };
}

/**
 * The reports as a SARIF 2.1.0 log of one run, plain data for `JSON.stringify`; `problems` say why not all was looked at.
 *
 * Units: columns count UTF-16 units, as the log says.
 * Source: OASIS SARIF 2.1.0.
 */
export function sarifLog(
  reports: readonly FileReport[],
  tool: SarifTool,
  find?: FindSource,
  problems: readonly string[] = [],
): object {
  const places = new Places(findIn(reports, find));
  const results = sortDiagnostics(reports.flatMap((report) => report.diagnostics));
  const used = [...new Set(results.map((item) => item.code))].toSorted();
  const rules = used.map((id) => ruleOf(id, tool.codes[id]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: tool.name, version: tool.version, rules } },
        columnKind: "utf16CodeUnits",
        ...sarifProblems(problems),
        results: results.map((item) => ({ ...resultOf(item, places), ruleIndex: used.indexOf(item.code) })),
      },
    ],
  };
}

function ruleOf(id: string, info: CodeInfo | undefined): object {
  if (info === undefined) return { id };
  return {
    id,
    shortDescription: { text: info.title },
    help: { text: info.help },
    defaultConfiguration: { level: levels[info.severity] },
  };
}

function resultOf(item: Diagnostic, places: Places): object {
  const text = item.help === undefined ? item.message : `${item.message}: ${item.help}`;
  return {
    ruleId: item.code,
    level: levels[item.severity],
    message: { text },
    locations: [locationOf(item.at, places)],
    ...(item.also.length === 0 ? {} : { relatedLocations: item.also.map((label) => locationOf(label, places)) }),
    ...(item.fixes.length === 0 ? {} : { fixes: item.fixes.map((fix) => fixOf(fix, places)) }),
  };
}

function locationOf({ span, message }: Label, places: Places): object {
  const { path } = places.place(span);
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(path) }, region: regionOf(span, places) },
    ...(message === "" ? {} : { message: { text: message } }),
  };
}

function regionOf(span: Span, places: Places): object {
  const { start, end } = places.place(span);
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function fixOf(fix: Fix, places: Places): object {
  const files = [...new Set(fix.edits.map((edit) => edit.file))];
  return {
    description: { text: fix.title },
    artifactChanges: files.map((file) => ({
      artifactLocation: { uri: uriOf(places.place({ file, start: 0, end: 0 }).path) },
      replacements: fix.edits
        .filter((item) => item.file === file)
        .map(({ edit }) => ({
          deletedRegion: regionOf({ file, start: edit.start, end: edit.end }, places),
          ...(edit.newText === "" ? {} : { insertedContent: { text: edit.newText } }),
        })),
    })),
  };
}

/** A path as a URI: absolute ones as `file:`, relative ones as they are, every byte outside RFC 3986's plain set escaped. */
function uriOf(path: string): string {
  const plain = /[A-Za-z0-9\-._~/]/;
  const escaped = Array.from(encodeBytes(path), (byte) => {
    const character = String.fromCharCode(byte);
    return plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
  return path.startsWith("/") ? `file://${escaped}` : escaped;
}
