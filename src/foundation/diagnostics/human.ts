/** For a person at a terminal: a head line, the source lines with marks under them, and what to do. */
import {
  displayText,
  displayWidth,
  type Piece,
  renderStyled,
  type SourceFile,
  type Style,
  type StyledText,
} from "../text/index.ts";
import type { Diagnostic, Label, Severity } from "./diagnostic.ts";
import { type FileReport, findIn, type FindSource, Places, sortDiagnostics } from "./report.ts";

/** What is shown to a person. */
export interface FrameOptions {
  /** Columns a source line may take before it is cut around the mark. */
  readonly width?: number;
  /** Texts of files that spans point into and that have no report of their own. */
  readonly find?: FindSource;
}

/** How to render for a person. */
export interface HumanOptions extends FrameOptions {
  /** Colours by terminal escapes; for terminals only. */
  readonly colors?: boolean;
}

const TAB_WIDTH = 4;

/** A line in pieces. */
type Line = StyledText;

const paint = (style: Style, text: string): Piece => ({ style, text });

/**
 * Diagnostics with their source lines. Everything that came from a file is escaped for the terminal.
 *
 * Errors: none; a span of an unknown file is named without its text.
 * Cost: linear in what is printed and in the lines of the files concerned.
 *
 * @example
 * renderHuman([{ file: sourceFile("a", "x\n"), ok: true, diagnostics: [] }]); // ""
 */
export function renderHuman(reports: readonly FileReport[], options: HumanOptions = {}): string {
  return renderStyled(frameDiagnostics(reports, options), { colors: options.colors === true, escapes: true });
}

/** The same in pieces, for a printer that knows whether there is a terminal. */
export function frameDiagnostics(reports: readonly FileReport[], options: FrameOptions = {}): StyledText {
  const places = new Places(findIn(reports, options.find));
  const width = Math.max(20, options.width ?? 120);
  const all = sortDiagnostics(reports.flatMap((report) => report.diagnostics));
  return all.flatMap((item, index) => [
    ...(index === 0 ? [] : ["\n"]),
    ...renderOne(item, { places, width }).flatMap((line) => [...line, "\n"]),
  ]);
}

interface Context {
  readonly places: Places;
  readonly width: number;
}

function renderOne(item: Diagnostic, context: Context): readonly Line[] {
  const head = [
    paint(item.severity, `${item.severity}[${item.code}]`),
    paint("bold", `: ${displayText(item.message)}`),
  ];
  const gutter = gutterOf(item, context);
  const lines = [head, ...frame(item.at, { gutter, mark: "^", style: item.severity, arrow: "-->" }, context)];
  for (const label of item.also)
    lines.push(...frame(label, { gutter, mark: "-", style: "frame", arrow: ":::" }, context));
  const note = (word: string, text: string): void => {
    const start = [`${" ".repeat(gutter)} `, paint("frame", "="), " ", paint("bold", `${word}:`)];
    lines.push([...start, ` ${displayText(text)}`]);
  };
  if (item.help !== undefined) note("help", item.help);
  for (const fix of item.fixes) note("fix", fix.title);
  return lines;
}

/** The width of the widest line number. */
function gutterOf(item: Diagnostic, { places }: Context): number {
  return Math.max(...[item.at, ...item.also].map((label) => String(places.place(label.span).start.line).length));
}

interface FrameStyle {
  readonly gutter: number;
  readonly mark: string;
  readonly style: Severity | "frame";
  readonly arrow: string;
}

function frame(label: Label, look: FrameStyle, { places, width }: Context): Line[] {
  const place = places.place(label.span);
  const { start, end, source } = place;
  const pad = " ".repeat(look.gutter);
  const where = [pad, paint("frame", look.arrow), ` ${displayText(place.path)}:${start.line}:${start.column}`];
  if (source === undefined) {
    return label.message === "" ? [where] : [where, [`${pad} = ${displayText(label.message)}`]];
  }
  const bar = paint("frame", `${pad} |`);
  const line = lineAt(source, places.starts(source), start.line);
  const last = end.line > start.line ? line.length : Math.min(end.column - 1, line.length);
  const { text, before, marked } = cutLine(line, start.column - 1, last, width);
  const marks = look.mark.repeat(Math.max(1, marked));
  const more = end.line > start.line ? "…" : "";
  const message = label.message === "" ? "" : ` ${displayText(label.message)}`;
  const number = paint("frame", `${String(start.line).padStart(look.gutter)} |`);
  const shown = text.trimEnd();
  return [
    where,
    [bar],
    shown === "" ? [number] : [number, ` ${shown}`],
    [bar, ` ${" ".repeat(before)}`, paint(look.style, `${marks}${more}${message}`)],
  ];
}

function lineAt(source: SourceFile, starts: Uint32Array, line: number): string {
  const start = starts[line - 1] ?? source.text.length;
  const next = starts[line];
  const text = source.text.slice(start, next === undefined ? source.text.length : next - 1);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

interface CutLine {
  readonly text: string;
  /** Columns before the mark, and under it. */
  readonly before: number;
  readonly marked: number;
}

/** The part of a line around `[start, end)`, tabs and all, in at most `width` columns or so. */
function cutLine(line: string, start: number, end: number, width: number): CutLine {
  const from = Math.min(start, line.length);
  const half = Math.floor(width / 2);
  const isWide = displayWidth(expand(line.slice(0, from), 0)) > width - 20;
  // An escape is four columns.
  const left = from > width - 20 ? from - half : isWide ? Math.max(0, from - Math.floor(half / 4)) : 0;
  const right = Math.min(line.length, left + width);
  const head = left > 0 ? "…" : "";
  const before = head + expand(line.slice(left, from), head.length);
  // What is escaped is wider than it was.
  const room = Math.max(20, width - displayWidth(before));
  const whole = expand(line.slice(from, Math.min(Math.max(end, from), right)), displayWidth(before));
  const marked = clip(whole, room);
  const column = displayWidth(before) + displayWidth(marked);
  const rest = expand(line.slice(Math.min(Math.max(end, from), right), right), column);
  const behind = marked === whole ? clip(rest, room - displayWidth(marked)) : "";
  const tail = right < line.length || marked !== whole || behind !== rest ? "…" : "";
  return { text: before + marked + behind + tail, before: displayWidth(before), marked: displayWidth(marked) };
}

/** The beginning of a text that takes no more columns. */
function clip(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let clipped = "";
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns) break;
    clipped += character;
  }
  return clipped;
}

/** Tabs to blanks, everything unsafe escaped. */
function expand(text: string, column: number): string {
  const parts: string[] = [];
  let at = column;
  for (const [index, piece] of text.split("\t").entries()) {
    if (index > 0) {
      const blanks = TAB_WIDTH - (at % TAB_WIDTH);
      parts.push(" ".repeat(blanks));
      at += blanks;
    }
    const shown = displayText(piece);
    parts.push(shown);
    at += displayWidth(shown);
  }
  return parts.join("");
}
