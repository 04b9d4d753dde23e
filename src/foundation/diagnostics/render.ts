/** Diagnostics for people: a frame around the place in the text, and one-line forms that editors and compilers' users know. */
import type { Span } from "../text/index.ts";
import type { Diagnostic, Label, Severity } from "./diagnostic.ts";
import type { SourceMap } from "./sources.ts";

/** What a piece of a rendering is; the face decides what it looks like. */
export type Tone = Severity | "emphasis" | "faint" | "also";

export interface RenderOptions {
  /** Paints a piece of text; by default nothing is painted. */
  readonly paint?: (tone: Tone, text: string) => string;
  /** Makes text from outside safe to show; by default it stays as it is. */
  readonly safe?: (text: string) => string;
}

const MAX_COLUMNS = 160;
const TAB = "    ";

interface Pen {
  readonly paint: (tone: Tone, text: string) => string;
  readonly safe: (text: string) => string;
}

function pen(options: RenderOptions): Pen {
  return { paint: options.paint ?? ((_, text) => text), safe: options.safe ?? ((text) => text) };
}

/** `error[code]: message`, the lines it is about with what to look at underlined, then help. */
export function renderFrame(diagnostic: Diagnostic, sources: SourceMap, options: RenderOptions = {}): string {
  const { paint, safe } = pen(options);
  const head = `${paint(diagnostic.severity, `${diagnostic.severity}[${diagnostic.code}]`)}: `;
  const lines = [head + paint("emphasis", safe(diagnostic.message))];
  lines.push(...frameOf(diagnostic.at, diagnostic.severity, sources, { paint, safe }));
  for (const label of diagnostic.also) lines.push(...frameOf(label, "also", sources, { paint, safe }));
  if (diagnostic.help !== undefined) lines.push(`  ${paint("faint", "help:")} ${safe(diagnostic.help)}`);
  for (const fix of diagnostic.fixes) lines.push(`  ${paint("faint", "fix:")} ${safe(fix.title)}`);
  return `${lines.join("\n")}\n`;
}

function frameOf(label: Label, tone: Tone, sources: SourceMap, { paint, safe }: Pen): string[] {
  const start = sources.start(label.span);
  const where = `  ${paint("faint", "-->")} ${safe(sources.path(label.span))}:${start.line}:${start.column}`;
  if (sources.file(label.span) === undefined) return [where];
  const { text, from, to } = cutLine(label.span, sources, safe);
  const number = String(start.line);
  const margin = " ".repeat(number.length);
  const mark = (tone === "also" ? "-" : "^").repeat(Math.max(1, to - from));
  const note = label.message === "" ? "" : ` ${safe(label.message)}`;
  return [
    where,
    `${margin} ${paint("faint", "|")}`,
    `${number} ${paint("faint", "|")} ${text}`,
    `${margin} ${paint("faint", "|")} ${" ".repeat(from)}${paint(tone, mark + note)}`,
  ];
}

/** The line of a span, made safe, tabs widened, cut to what fits; with the columns of the span in it. */
function cutLine(
  span: Span,
  sources: SourceMap,
  safe: (text: string) => string,
): { text: string; from: number; to: number } {
  const start = sources.start(span);
  const end = sources.end(span);
  const line = sources.line(span, start.line);
  const stop = end.line === start.line ? end.column - 1 : line.length;
  const show = (part: string): string => safe(part).replaceAll("\t", TAB);
  const before = show(line.slice(0, start.column - 1));
  const inside = show(line.slice(start.column - 1, Math.max(stop, start.column - 1)));
  const after = show(line.slice(Math.max(stop, start.column - 1)));
  // A long line is shown around the place: what stands before it is cut at the left.
  const skip = Math.max(0, before.length + Math.min(inside.length, 40) - MAX_COLUMNS);
  const lead = skip === 0 ? before : `…${before.slice(skip + 1)}`;
  const kept = inside.slice(0, MAX_COLUMNS);
  const text = `${lead}${kept}${after}`.slice(0, MAX_COLUMNS + 40);
  return { text, from: lead.length, to: lead.length + kept.length };
}

/** `file:line:column: error: message [code]`, and a `note` for each further place. */
export function renderGcc(diagnostic: Diagnostic, sources: SourceMap, options: RenderOptions = {}): string {
  const { safe } = pen(options);
  const at = (span: Span): string => {
    const { line, column } = sources.start(span);
    return `${safe(sources.path(span))}:${line}:${column}`;
  };
  const kind = diagnostic.severity === "error" || diagnostic.severity === "warning" ? diagnostic.severity : "note";
  const notes = diagnostic.also.map((label) => `${at(label.span)}: note: ${safe(label.message)}\n`);
  return `${at(diagnostic.at.span)}: ${kind}: ${safe(diagnostic.message)} [${diagnostic.code}]\n${notes.join("")}`;
}
