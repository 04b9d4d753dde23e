/** Tried before shown: what is to be written is parsed, and is what was meant, or it is not written. */
import { sourceFile } from "../../foundation/text/index.ts";
import { type BodyItemNode, type ItemNode, parse } from "../syntax/index.ts";
import type { IncludeDraft, ProfileDraft, RuleDraft } from "./draft.ts";
import { isRule, itemEnd, itemStart } from "./find.ts";
import { type Layout, printInclude, printProfile, printRule } from "./print.ts";

/** A rule as text, and what it is kept beside. */
interface WrittenRule {
  readonly kind: RuleDraft["kind"];
  /** What sorted neighbours are sorted by. */
  readonly key: string;
  readonly text: string;
}

const BEFORE = "profile trial {\n";

/** The items of a text without errors; none where there are some. */
function itemsOf(text: string): readonly ItemNode[] {
  const { diagnostics, items } = parse(sourceFile("trial", text));
  return diagnostics.some(({ severity }) => severity === "error") ? [] : items;
}

/** The one item that a text is in a body, from its first character to its last. */
function soleItem(text: string): BodyItemNode | undefined {
  const whole = `${BEFORE}${text}\n}\n`;
  const [profile, ...others] = itemsOf(whole);
  if (profile?.kind !== "profile" || others.length > 0) return undefined;
  const [item, ...more] = profile.items;
  if (item === undefined || more.length > 0) return undefined;
  const isAll = itemStart(item) === BEFORE.length && itemEnd(whole, item) === BEFORE.length + text.length;
  return isAll ? item : undefined;
}

/** A rule, drafted or as somebody wrote it, with or without its comma; `undefined`: it is no rule. */
export function writtenRule(rule: RuleDraft | string): WrittenRule | undefined {
  const text = typeof rule === "string" ? rule.trim().replace(/,?$/, ",") : printRule(rule);
  const item = soleItem(text);
  if (item === undefined || !isRule(item) || !isOf(item.kind, rule)) return undefined;
  const path = item.kind === "file" || item.kind === "link" ? item.path?.value : undefined;
  return { kind: item.kind, key: path ?? text, text };
}

/** What keeps the text of a rule from being written. */
export function whyNotWritten(rule: string): string {
  if (/^[\s,]*$/.test(rule)) return "it is empty";
  const text = rule.trim().replace(/,?$/, ",");
  const { diagnostics } = parse(sourceFile("trial", `${BEFORE}${text}\n}\n`));
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong === undefined) return "it is not one rule and nothing else";
  // The comma at its end need not have been written.
  const isAtEnd = wrong.at.span.start === BEFORE.length + text.length - 1;
  return isAtEnd ? wrong.message.replace(/found `,`$/, "found the end of the rule") : wrong.message;
}

function isOf(kind: RuleDraft["kind"], rule: RuleDraft | string): boolean {
  return typeof rule === "string" || rule.kind === kind;
}

/** An include as text; `undefined`: its path cannot be written. */
export function writtenInclude(include: IncludeDraft): string | undefined {
  const text = printInclude(include);
  const item = soleItem(text);
  return item?.kind === "include" && item.path.value === include.path ? text : undefined;
}

/** A profile as text; `undefined`: something in it cannot be written. */
export function writtenProfile(profile: ProfileDraft, layout: Layout): string | undefined {
  const text = printProfile(profile, layout);
  const [outer, ...others] = itemsOf(`${BEFORE}${text}\n}\n`);
  const [item, ...more] = outer?.kind === "profile" ? outer.items : [];
  const isSole = item?.kind === "profile" && others.length === 0 && more.length === 0;
  const { includes = [], rules = [], children = [] } = profile;
  const isWritable =
    isSole &&
    item.name.value === profile.name &&
    rules.every((rule) => writtenRule(rule) !== undefined) &&
    includes.every((include) => writtenInclude(include) !== undefined) &&
    children.every((child) => writtenProfile(child, layout) !== undefined);
  return isWritable ? text : undefined;
}

/** Whether a flag can stand in a profile's list of flags, and is one flag. */
export function isWritableFlag(flag: string): boolean {
  const [profile, ...others] = itemsOf(`profile trial flags=(${flag}) {\n}\n`);
  return profile?.kind === "profile" && others.length === 0 && profile.flags?.values.length === 1;
}
