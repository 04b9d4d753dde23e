/**
 * Where a new line goes in a body: beside its kin; without kin, after what usually comes before it; always before the
 * `include if exists <local/…>` that ends many profiles, because there people look for it and packages append it.
 */
import { compareBytes } from "../../foundation/text/index.ts";
import type { BodyItemNode, ProfileNode } from "../syntax/index.ts";
import type { RuleDraft } from "./draft.ts";
import { itemEnd, itemStart } from "./find.ts";
import { indentAt, restOfLine, withCommentsAbove } from "./lines.ts";

/** A line to be put into a body. */
export interface NewLine {
  readonly section: Section;
  /** What sorted neighbours are sorted by. */
  readonly key: string;
  readonly lines: readonly string[];
}

type Section = RuleDraft["kind"] | "include" | "local" | "profile" | "other";

/** The order of sections where a profile does not show one of its own. */
const ORDER: readonly Section[] = [
  "include",
  "rlimit",
  "all",
  "capability",
  "network",
  "unix",
  "mount",
  "signal",
  "ptrace",
  "dbus",
  "mqueue",
  "io_uring",
  "userns",
  "change_profile",
  "file",
  "link",
  "other",
  "local",
  "profile",
];

/** A place for new lines: in front of which offset, and what must surround them. */
export interface Place {
  readonly offset: number;
  /** `line`: lines of their own, behind the line end they follow; `above`: lines before a line; `inline`: on the same line. */
  readonly shape: "line" | "above" | "inline";
  readonly separated: boolean;
  readonly sorted: boolean;
}

function sectionOf(item: BodyItemNode): Section {
  if (item.kind === "include") return item.ifExists && item.path.value.startsWith("local/") ? "local" : "include";
  if (item.kind === "abi") return "include";
  // people write both in one list, by path
  if (item.kind === "link") return "file";
  return item.kind === "conditional" || item.kind === "block" || item.kind === "broken" ? "other" : item.kind;
}

function keyOf(item: BodyItemNode, text: string): string {
  if (item.kind === "file" || item.kind === "link") return item.path?.value ?? "";
  if (item.kind === "include") return item.path.value;
  return text.slice(itemStart(item), item.span.end);
}

/** Finds the place of a new line. `gone`: items that the same plan takes away. */
export function findPlace(text: string, profile: ProfileNode, line: NewLine, gone: ReadonlySet<BodyItemNode>): Place {
  const all = profile.items.filter((item) => !gone.has(item));
  const local = all.findIndex((item) => sectionOf(item) === "local");
  const items = local < 0 || line.section === "profile" || line.section === "local" ? all : all.slice(0, local);
  const section = line.section === "link" ? "file" : line.section;
  const kin = items.filter((item) => sectionOf(item) === section);
  if (kin.length > 0) return besideKin(text, kin, line);
  const before = items.findLast((item) => ORDER.indexOf(sectionOf(item)) <= ORDER.indexOf(section));
  if (before !== undefined) {
    const next = all[all.indexOf(before) + 1];
    const apart = next === undefined ? usesBlankLines(text, profile) : isApart(text, before, next);
    const separated = apart || section === "profile";
    return { ...behind(text, itemEnd(text, before)), separated, sorted: false };
  }
  return { ...behind(text, profile.open.end), separated: false, sorted: false };
}

function besideKin(text: string, kin: readonly BodyItemNode[], line: NewLine): Place {
  const keys = kin.map((item) => keyOf(item, text));
  // two lines in order say nothing about their author's habit, three do
  const sorted =
    kin.length > 2 && keys.every((key, index) => index === 0 || compareBytes(keys[index - 1] ?? "", key) <= 0);
  const separated = line.section === "profile";
  const fits = sorted ? kin.filter((item) => compareBytes(keyOf(item, text), line.key) <= 0) : kin;
  const [first] = kin;
  const neighbour = fits.at(-1) ?? (first !== undefined && startsLine(text, first) ? undefined : kin.at(-1));
  if (neighbour !== undefined) return { ...behind(text, itemEnd(text, neighbour)), separated, sorted };
  const start = first === undefined ? 0 : itemStart(first);
  return { offset: withCommentsAbove(text, start), shape: "above", separated: false, sorted };
}

function startsLine(text: string, item: BodyItemNode): boolean {
  return indentAt(text, itemStart(item)) !== undefined;
}

function behind(text: string, offset: number): Pick<Place, "offset" | "shape"> {
  const end = restOfLine(text, offset);
  return end === undefined ? { offset, shape: "inline" } : { offset: end, shape: "line" };
}

/** Whether sections of a profile are set apart with empty lines. */
function usesBlankLines(text: string, profile: ProfileNode): boolean {
  return profile.items.some((item, index) => {
    const previous = profile.items[index - 1];
    if (previous === undefined || sectionOf(previous) === sectionOf(item)) return false;
    return isApart(text, previous, item);
  });
}

/** Whether an empty line is between two items. */
function isApart(text: string, first: BodyItemNode, second: BodyItemNode): boolean {
  return /\n[ \t\r]*\n/.test(text.slice(itemEnd(text, first), itemStart(second)));
}
