/** Sorting rules that are together. Their order means nothing to the language; their comments go with them. */
import { compareBytes } from "../../../foundation/text/index.ts";
import type { ItemNode } from "../tree.ts";
import type { Line } from "./lines.ts";

const order: readonly ItemNode["kind"][] = [
  "capability",
  "network",
  "unix",
  "dbus",
  "signal",
  "ptrace",
  "mqueue",
  "io_uring",
  "userns",
  "all",
  "mount",
  "change_profile",
  "file",
  "link",
];

/** By what an item is sorted; `undefined` for what keeps its place: all but rules. */
export function sortKeyOf(item: ItemNode, text: string): string | undefined {
  const rank = order.indexOf(item.kind);
  if (rank < 0) return undefined;
  const path = item.kind === "file" || item.kind === "link" ? (item.path?.value ?? "") : "";
  return `${String(rank).padStart(2, "0")} ${path}\n${text}`;
}

interface Unit {
  readonly lines: readonly Line[];
  readonly key: string | undefined;
}

/** Sorts every run of rules without a blank line or another item in it. */
export function sortRuns(lines: readonly Line[]): readonly Line[] {
  const result: Line[] = [];
  let run: Unit[] = [];
  const flush = (): void => {
    const isApart = run[0]?.lines[0]?.isApart ?? false;
    const sorted = run.toSorted((a, b) => compareBytes(a.key ?? "", b.key ?? "")).flatMap((unit) => unit.lines);
    for (const [index, line] of sorted.entries()) result.push({ ...line, isApart: index === 0 ? isApart : false });
    run = [];
  };
  for (const unit of unitsOf(lines)) {
    if (unit.key === undefined || unit.lines[0]?.isApart === true) flush();
    if (unit.key === undefined) result.push(...unit.lines);
    else run.push(unit);
  }
  flush();
  return result;
}

/** Items with the comments before and after them. A block of comments that a blank line follows is alone. */
function unitsOf(lines: readonly Line[]): readonly Unit[] {
  const units: Unit[] = [];
  let open: Line[] = [];
  let key: string | undefined;
  let hasItem = false;
  const close = (): void => {
    if (open.length > 0) units.push({ lines: open, key });
    open = [];
    key = undefined;
    hasItem = false;
  };
  for (const line of lines) {
    const isNew = !line.isTrailing && (hasItem || (open.length > 0 && line.isApart));
    if (isNew) close();
    open.push(line);
    if (line.isComment || line.isTrailing) continue;
    hasItem = true;
    key = line.sortKey;
  }
  close();
  return units;
}
