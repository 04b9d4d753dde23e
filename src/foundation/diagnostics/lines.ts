import { displayText } from "../text/index.ts";
import { type FileReport, findIn, type FindSource, Places, sortDiagnostics } from "./report.ts";

/**
 * One line for each diagnostic and each place that goes with it, as compilers print them and editors read them:
 * `path:line:column: severity: message [code]`.
 *
 * Units: lines and columns from 1, columns in UTF-16 units.
 *
 * @example
 * renderLines([{ file: sourceFile("a", "}"), ok: false, diagnostics: parse(sourceFile("a", "}")).diagnostics }]); // "a:1:1: error: this `}` closes nothing [syntax/stray-close]\n"
 */
export function renderLines(reports: readonly FileReport[], find?: FindSource): string {
  const places = new Places(findIn(reports, find));
  const lines: string[] = [];
  for (const item of sortDiagnostics(reports.flatMap((report) => report.diagnostics))) {
    const severity = item.severity === "error" || item.severity === "warning" ? item.severity : "note";
    const { path, start } = places.place(item.at.span);
    const where = `${displayText(path)}:${start.line}:${start.column}`;
    lines.push(`${where}: ${severity}: ${displayText(item.message)} [${item.code}]\n`);
    for (const label of item.also) {
      const other = places.place(label.span);
      const also = `${displayText(other.path)}:${other.start.line}:${other.start.column}`;
      lines.push(`${also}: note: ${displayText(label.message === "" ? "see here" : label.message)}\n`);
    }
  }
  return lines.join("");
}
