/** Drawings of steps: for Graphviz, and as an SVG of columns, the start on the left. Every text is escaped: names are anybody's. */
import { compareText } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Step, transitions } from "./step.ts";
import { POLICY, UNCONFINED } from "./world.ts";

export interface DrawnStep extends Step {
  /** What is written at the arrow, for example `usr.bin.foo:12`. */
  readonly place: string;
}

/** A directed graph for Graphviz. */
export function drawDot(from: string, steps: readonly DrawnStep[]): string {
  const names = [...new Set([from, ...steps.flatMap((step) => [step.from, step.to])])];
  const nodes = names.map((name) => `  ${dotText(name)}${name === from ? " [style=bold]" : ""};\n`);
  const edges = steps.map((step) => {
    const style = transitions.has(step.kind) ? "" : ", style=dashed";
    return `  ${dotText(step.from)} -> ${dotText(step.to)} [label=${dotText(`${step.kind} ${step.place}`.trim())}${style}];\n`;
  });
  return `digraph reach {\n  rankdir=LR;\n  node [shape=box];\n${nodes.join("")}${edges.join("")}}\n`;
}

function dotText(text: string): string {
  return `"${displayText(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

const COLUMN = 300;
const ROW = 44;
const BOX = { width: 220, height: 28 };
const MARGIN = 20;
const MOST_SHOWN = 30;

interface Placed {
  readonly x: number;
  readonly y: number;
}

/** More ends of one rule than this are drawn as one. */
const MOST_ENDS = 6;

/** What one rule leads to, and nothing from there: a picture of a hundred boxes shows nothing. */
function collapsed(steps: readonly DrawnStep[]): readonly DrawnStep[] {
  const sources = new Set(steps.map((step) => step.from));
  const groups = new Map<string, DrawnStep[]>();
  for (const step of steps) {
    const isEnd = !sources.has(step.to) && !ENDS.has(step.to);
    const key = JSON.stringify(isEnd ? [step.from, step.kind, step.place] : [step.from, step.kind, step.to]);
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  return [...groups.values()].flatMap((group): readonly DrawnStep[] => {
    const [first] = group;
    const names = new Set(group.map(({ to }) => to));
    if (first === undefined || names.size <= MOST_ENDS) return group;
    return [{ ...first, to: `${first.to} and ${names.size - 1} more` }];
  });
}

/** Ends that are always drawn. */
const ENDS: ReadonlySet<string> = new Set([UNCONFINED, POLICY]);

/** A picture of the steps; columns are distances from the start. */
export function drawSvg(from: string, all: readonly DrawnStep[]): string {
  const steps = collapsed(all);
  const columns = columnsOf(from, steps);
  const places = new Map<string, Placed>();
  for (const [column, names] of columns.entries()) {
    for (const [row, name] of names.entries()) {
      places.set(name, { x: MARGIN + column * COLUMN, y: MARGIN + row * ROW });
    }
  }
  const width = 2 * MARGIN + (columns.length - 1) * COLUMN + BOX.width;
  const height = 2 * MARGIN + Math.max(...columns.map((names) => names.length)) * ROW;
  const arrows = steps.map((step) => arrow(step, places)).join("");
  const boxes = [...places].map(([name, place]) => box(name, place, name === from)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>${xmlText(`what ${from} reaches`)}</title>
<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${arrows}${boxes}</svg>
`;
}

/** Names by their distance from the start; within a column by name. */
function columnsOf(from: string, steps: readonly Step[]): readonly (readonly string[])[] {
  const columns: string[][] = [[from]];
  const seen = new Set([from]);
  for (let last = columns[0] ?? []; last.length > 0;) {
    const next = new Set(steps.filter((step) => last.includes(step.from) && !seen.has(step.to)).map(({ to }) => to));
    for (const name of next) seen.add(name);
    last = [...next].toSorted(compareText);
    if (last.length > 0) columns.push(last);
  }
  return columns;
}

function arrow(step: DrawnStep, places: ReadonlyMap<string, Placed>): string {
  const start = places.get(step.from);
  const end = places.get(step.to);
  if (start === undefined || end === undefined) return "";
  const forward = end.x > start.x;
  const x1 = start.x + (forward ? BOX.width : BOX.width / 2);
  const y1 = start.y + (forward ? BOX.height / 2 : BOX.height);
  const x2 = end.x + (forward ? 0 : BOX.width / 2);
  const y2 = end.y + (forward ? BOX.height / 2 : BOX.height);
  const bend = forward ? (x1 + x2) / 2 : Math.max(x1, x2) + 40;
  const dash = transitions.has(step.kind) ? "" : ' stroke-dasharray="4 3"';
  const title = `${step.from} ${step.how}: ${step.to} (${step.kind} ${step.place})`;
  return `<g><title>${xmlText(title)}</title><path d="M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}" fill="none" stroke="#777"${dash} marker-end="url(#end)"/></g>
`;
}

function box(name: string, { x, y }: Placed, isStart: boolean): string {
  const shown = displayText(name);
  const short = shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN - 1)}…` : shown;
  const fill = isStart ? "#dce9f7" : ENDS.has(name) ? "#f7dcdc" : "#f4f4f4";
  return `<g><title>${xmlText(name)}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="${fill}" stroke="#555"/><text x="${x + 10}" y="${y + 18}">${xmlText(short)}</text></g>
`;
}

const XML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Control characters are shown, not written: XML has none. */
function xmlText(text: string): string {
  return displayText(text).replaceAll(/[&<>"']/g, (character) => XML[character] ?? "");
}
