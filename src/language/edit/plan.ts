/** Changes to text edits. Every edit touches what it must and nothing else: comments, blanks and order stay. */
import { type TextEdit, compareBytes } from "../../foundation/text/index.ts";
import type { BodyItemNode, IncludeNode, ProfileNode, SyntaxTree } from "../syntax/index.ts";
import type { Change, ChangeProblem, EditPlan, ProfileRef, TextChange } from "./change.ts";
import { findInclude, findProfile, findRule, itemEnd, itemStart } from "./find.ts";
import { type FlagStep, addFlag, dropFlag, flagsEdit, setMode } from "./flags.ts";
import { endable, indentAt, newlineOf, removal, restOfLine, tidyEdits } from "./lines.ts";
import { type NewLine, type Place, findPlace } from "./place.ts";
import { isLocal } from "./print.ts";
import type { IncludeDraft, RuleDraft } from "./draft.ts";
import { isWritableFlag, whyNotWritten, writtenInclude, writtenProfile, writtenRule } from "./written.ts";

/** What a plan collects before it becomes edits. */
class Plan {
  readonly edits: TextEdit[] = [];
  readonly problems: ChangeProblem[] = [];
  readonly gone = new Set<BodyItemNode>();
  readonly flags = new Map<ProfileNode, FlagStep[]>();
  readonly lines = new Map<ProfileNode, NewLine[]>();
  readonly preamble: string[] = [];
  readonly appended: string[] = [];
  readonly tree: SyntaxTree;
  readonly text: string;
  readonly newline: string;
  readonly unit: string;

  constructor(tree: SyntaxTree) {
    this.tree = tree;
    this.text = tree.source.text;
    this.newline = newlineOf(this.text);
    this.unit = /^\t/m.test(this.text) ? "\t" : "  ";
  }

  fail(change: number, reason: ChangeProblem["reason"], rule?: RuleDraft | string): void {
    this.problems.push({ change, reason, ...(typeof rule === "string" && { detail: whyNotWritten(rule) }) });
  }

  profile(change: number, ref: ProfileRef): ProfileNode | undefined {
    const profile = findProfile(this.tree, ref);
    if (profile === undefined) this.fail(change, "profile-not-found");
    return profile;
  }

  put(change: number, ref: ProfileRef, line: NewLine): void {
    const profile = this.profile(change, ref);
    if (profile === undefined) return;
    if (profile.close === undefined) return this.fail(change, "profile-unclosed");
    grow(this.lines, profile, line);
  }

  rule(change: number, ref: ProfileRef, rule: Parameters<typeof writtenRule>[0]): void {
    const written = writtenRule(rule);
    if (written === undefined) return this.fail(change, "not-writable", rule);
    this.put(change, ref, { section: written.kind, key: written.key, lines: [written.text] });
  }

  flag(change: number, ref: ProfileRef, step: FlagStep): void {
    const profile = this.profile(change, ref);
    if (profile !== undefined) grow(this.flags, profile, step);
  }
}

function grow<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * Plans the edits that carry out changes in one file.
 *
 * Shape: edits in offsets of `tree.source.text`, in order, not overlapping; `applyEdits` carries them out.
 * Errors: changes that cannot be made are problems; the others are planned nevertheless. What is to be written is parsed first.
 * An include or profile that is there already is not added again; a flag that is set already changes nothing.
 *
 * @example
 * plan(tree, [{ kind: "add-rule", profile: ["php-fpm", "^web"], rule: "capability kill" }]);
 */
export function plan(tree: SyntaxTree, changes: readonly (Change | TextChange)[]): EditPlan {
  const work = new Plan(tree);
  for (const [index, change] of changes.entries()) takeAway(work, change, index);
  for (const [index, change] of changes.entries()) take(work, change, index);
  for (const [profile, steps] of work.flags) {
    const edit = flagsEdit(work.text, profile, steps);
    if (edit !== undefined) work.edits.push(edit);
  }
  for (const [profile, lines] of work.lines) work.edits.push(...placeLines(work, profile, lines));
  work.edits.push(...preambleEdits(work), ...appendEdits(work));
  return { edits: tidyEdits(work.edits), problems: work.problems };
}

/** Removals first: new lines must not lean on what goes. */
function takeAway(work: Plan, change: Change | TextChange, index: number): void {
  if (change.kind === "remove-rule") {
    const rule = findRule(work.tree, change.at);
    if (rule === undefined) return work.fail(index, "rule-not-found");
    remove(work, rule);
  } else if (change.kind === "remove-include") {
    const include = includeOf(work, change.profile, change.path);
    if (include === undefined) return work.fail(index, "include-not-found");
    remove(work, include);
  }
}

function remove(work: Plan, item: BodyItemNode): void {
  if (work.gone.has(item)) return;
  work.gone.add(item);
  work.edits.push(removal(work.text, itemStart(item), itemEnd(work.text, item)));
}

function includeOf(work: Plan, ref: ProfileRef | undefined, path: string): IncludeNode | undefined {
  if (ref === undefined) return findInclude(work.tree.items, path);
  return findInclude(findProfile(work.tree, ref)?.items ?? [], path);
}

function take(work: Plan, change: Change | TextChange, index: number): void {
  switch (change.kind) {
    case "remove-rule":
    case "remove-include":
      return;
    case "add-rule":
      return work.rule(index, change.profile, change.rule);
    case "replace-rule":
      return replaceRule(work, change, index);
    case "add-include":
      return addInclude(work, change.profile, change.include, index);
    case "set-mode":
      return work.flag(index, change.profile, setMode(change.mode));
    case "set-flag":
      if (!isWritableFlag(change.flag)) return work.fail(index, "not-writable");
      return work.flag(index, change.profile, addFlag(change.flag));
    case "clear-flag":
      return work.flag(index, change.profile, dropFlag(change.flag));
    case "add-profile":
      return addProfile(work, change, index);
  }
}

function replaceRule(work: Plan, change: Extract<Change | TextChange, { kind: "replace-rule" }>, index: number): void {
  const rule = findRule(work.tree, change.at);
  if (rule === undefined) return work.fail(index, "rule-not-found");
  const written = writtenRule(change.rule);
  if (written === undefined) return work.fail(index, "not-writable", change.rule);
  const [start, end] = [itemStart(rule), itemEnd(work.text, rule)];
  const newText = endable(written.text, work.text.slice(end, end + 2));
  if (work.text.slice(start, end) !== newText) work.edits.push({ start, end, newText });
}

function addInclude(work: Plan, ref: ProfileRef | undefined, include: IncludeDraft, index: number): void {
  const line = writtenInclude(include);
  if (line === undefined) return work.fail(index, "not-writable");
  if (includeOf(work, ref, include.path) !== undefined) return;
  if (ref === undefined) {
    if (!work.preamble.includes(line)) work.preamble.push(line);
    return;
  }
  work.put(index, ref, { section: isLocal(include) ? "local" : "include", key: include.path, lines: [line] });
}

function addProfile(work: Plan, change: Extract<Change, { kind: "add-profile" }>, index: number): void {
  const { parent, profile } = change;
  const layout = { indent: work.unit };
  const items = parent === undefined ? work.tree.items : (findProfile(work.tree, parent)?.items ?? []);
  if (items.some((item) => item.kind === "profile" && item.name.value === profile.name)) {
    return work.fail(index, "profile-exists");
  }
  const text = writtenProfile(profile, { ...layout, newline: "\n" });
  if (text === undefined) return work.fail(index, "not-writable");
  const lines = text.split("\n");
  if (parent === undefined) work.appended.push(lines.map((line) => endable(line, work.newline)).join(work.newline));
  else {
    work.put(index, parent, { section: "profile", key: profile.name, lines });
  }
}

/** Lines for one body: those of one place are one edit, each section in its order. */
function placeLines(work: Plan, profile: ProfileNode, lines: readonly NewLine[]): readonly TextEdit[] {
  if (isBare(work, profile)) return [fillBody(work, profile, lines)];
  const places = new Map<string, { place: Place; lines: NewLine[] }>();
  for (const line of lines) {
    const place = findPlace(work.text, profile, line, work.gone);
    const key = `${place.offset} ${place.shape}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, { place, lines: [line] });
    else known.lines.push(line);
  }
  return [...places.values()].map(({ place, lines: own }) => placeEdit(work, profile, place, own));
}

/** Nothing but blanks between the braces. */
function isBare(work: Plan, profile: ProfileNode): boolean {
  return profile.close !== undefined && /^\s*$/.test(work.text.slice(profile.open.end, profile.close.start));
}

function fillBody(work: Plan, profile: ProfileNode, lines: readonly NewLine[]): TextEdit {
  const base = baseIndent(work, profile);
  const body = set(lines, true).map((line) => (line === "" ? "" : endable(base + work.unit + line, work.newline)));
  const newText = work.newline + [...body, base].join(work.newline);
  return { start: profile.open.end, end: profile.close?.start ?? profile.open.end, newText };
}

function placeEdit(work: Plan, profile: ProfileNode, place: Place, lines: readonly NewLine[]): TextEdit {
  const { offset, shape } = place;
  if (shape === "inline") {
    return {
      start: offset,
      end: offset,
      newText: set(lines, false)
        .map((line) => ` ${line}`)
        .join(""),
    };
  }
  const indent = bodyIndent(work, profile);
  const texts = set(place.sorted ? lines.toSorted(byKey) : lines, place.separated);
  const body = (place.separated ? ["", ...texts] : texts).map((line) =>
    line === "" ? "" : endable(indent + line, work.newline),
  );
  const newText =
    shape === "above"
      ? body.map((line) => line + work.newline).join("")
      : body.map((line) => work.newline + line).join("");
  return { start: offset, end: offset, newText };
}

function byKey(a: NewLine, b: NewLine): number {
  return compareBytes(a.key, b.key);
}

/** The lines in order; `separated`: an empty line where the section changes. */
function set(lines: readonly NewLine[], separated: boolean): readonly string[] {
  return lines.flatMap((line, index) => {
    const previous = lines[index - 1];
    const apart =
      separated && previous !== undefined && (previous.section !== line.section || line.section === "profile");
    return apart ? ["", ...line.lines] : line.lines;
  });
}

function baseIndent(work: Plan, profile: ProfileNode): string {
  const lineText = work.text.slice(work.text.lastIndexOf("\n", profile.span.start - 1) + 1, profile.span.start);
  return /^[ \t]*/.exec(lineText)?.[0] ?? "";
}

function bodyIndent(work: Plan, profile: ProfileNode): string {
  for (const item of profile.items) {
    const indent = indentAt(work.text, itemStart(item));
    if (indent !== undefined) return indent;
  }
  return baseIndent(work, profile) + work.unit;
}

function preambleEdits(work: Plan): readonly TextEdit[] {
  if (work.preamble.length === 0) return [];
  const before = work.tree.items.slice(0, firstProfile(work));
  const last = before.findLast((item) => item.kind === "include" || item.kind === "abi");
  const end = last === undefined ? undefined : restOfLine(work.text, itemEnd(work.text, last));
  if (end === undefined) {
    const newText = work.preamble.map((line) => line + work.newline).join("");
    return [{ start: 0, end: 0, newText }];
  }
  return [{ start: end, end, newText: work.preamble.map((line) => work.newline + line).join("") }];
}

function firstProfile(work: Plan): number {
  const index = work.tree.items.findIndex((item) => item.kind === "profile");
  return index < 0 ? work.tree.items.length : index;
}

function appendEdits(work: Plan): readonly TextEdit[] {
  if (work.appended.length === 0) return [];
  const { text, newline } = work;
  const end = text.length;
  const lead = text === "" ? "" : text.endsWith("\n") ? newline : newline + newline;
  const body = work.appended.join(newline + newline);
  const newText = text === "" || text.endsWith("\n") ? lead + body + newline : lead + body;
  return [{ start: end, end, newText }];
}
