/** From chosen candidates to changes of files, and to profiles that are new. */
import type { FileId, Span } from "../../foundation/text/index.ts";
import type { Change, IncludeDraft, ProfileDraft, RuleDraft } from "../../language/edit/index.ts";
import { type Profile, splitFullName } from "../../language/model/index.ts";
import { joinFiles } from "./merge.ts";
import { ProfileIndex } from "./profiles.ts";
import type { Action, Candidate, Proposal } from "./types.ts";

/** An answer to a proposal. */
export interface Selection {
  readonly proposal: Proposal;
  readonly candidate: Candidate;
}

/** What a selection comes to. */
export interface SelectedChanges {
  /** For `edit.plan`, file by file, in order of the profiles' files. */
  readonly files: readonly { readonly file: FileId; readonly changes: readonly Change[] }[];
  /** Profiles the policy does not have, with all their rules: for new files. */
  readonly profiles: readonly ProfileDraft[];
}

/** Grows while actions are taken. */
interface Growing {
  readonly label: string;
  keyword: ProfileDraft["keyword"];
  readonly name: string;
  attachment: string | undefined;
  readonly flags: Set<string>;
  readonly includes: Map<string, IncludeDraft>;
  readonly rules: Map<string, RuleDraft>;
}

/** Gathers what is chosen: rules on one path become one rule, rules of new profiles go into their drafts. */
export function selectedChanges(selections: readonly Selection[], profiles: readonly Profile[]): SelectedChanges {
  const work = new Selecting(new ProfileIndex(profiles));
  for (const { proposal, candidate } of selections) {
    for (const action of candidate.actions) work.take(proposal.profile, action);
  }
  return work.result();
}

class Selecting {
  private readonly changes = new Map<string, { model: Profile; changes: Map<string, Change> }>();
  private readonly growing = new Map<string, Growing>();
  /** Those that an answer asked for by name: the first one says what they are, a hat allows more than a child. */
  private readonly asked = new Set<string>();
  private readonly index: ProfileIndex;

  constructor(index: ProfileIndex) {
    this.index = index;
  }

  take(label: string, action: Action): void {
    if (action.kind === "add-child") {
      if (this.index.find(label) === undefined) this.growingFor(label);
      return this.grow(`${label}//${action.child.name}`, action.child);
    }
    if (action.kind === "add-profile") return this.grow(action.profile.name, action.profile);
    const model = this.index.find(label)?.at(-1);
    if (model === undefined) this.draft(label, action);
    else this.change(label, model, action);
  }

  private change(label: string, model: Profile, action: Exclude<Action, { kind: "add-child" | "add-profile" }>): void {
    const own = this.changes.get(label) ?? { model, changes: new Map<string, Change>() };
    this.changes.set(label, own);
    const profile = model.origin.span;
    addChange(own.changes, isInPlace(action) ? action : { ...action, profile });
  }

  private draft(label: string, action: Exclude<Action, { kind: "add-child" | "add-profile" }>): void {
    const own = this.growingFor(label);
    if (action.kind === "add-include") own.includes.set(action.include.path, action.include);
    else if (action.kind === "set-flag") own.flags.add(action.flag);
    else if (action.kind !== "remove-rule") addRule(own.rules, action.rule);
  }

  private growingFor(label: string): Growing {
    const known = this.growing.get(label);
    if (known !== undefined) return known;
    const above = splitFullName(label)?.parent;
    // A child of a profile that nobody has is not one by itself: its name would be another's.
    if (above !== undefined && this.index.find(above) === undefined) this.growingFor(above);
    const parent = this.parentOf(label);
    const name = parent === undefined ? label : (splitFullName(label)?.name ?? label);
    const fresh: Growing = {
      label,
      keyword: parent !== undefined && !name.startsWith("/") ? "hat" : "profile",
      name,
      attachment: undefined,
      flags: new Set(),
      includes: new Map(),
      rules: new Map(),
    };
    this.growing.set(label, fresh);
    return fresh;
  }

  /** The profile that a label's new text is in; `undefined`: none. */
  private parentOf(label: string): string | undefined {
    const parent = splitFullName(label)?.parent;
    const exists = parent !== undefined && (this.index.find(parent) !== undefined || this.growing.has(parent));
    return exists ? parent : undefined;
  }

  private grow(label: string, profile: ProfileDraft): void {
    if (this.index.find(label) !== undefined) return;
    const own = this.growingFor(label);
    if (!this.asked.has(label)) own.keyword = profile.keyword;
    this.asked.add(label);
    own.attachment ??= profile.attachment;
    for (const flag of profile.flags ?? []) own.flags.add(flag);
    for (const include of profile.includes ?? []) own.includes.set(include.path, include);
    for (const rule of profile.rules ?? []) addRule(own.rules, rule);
    for (const child of profile.children ?? []) this.grow(`${label}//${child.name}`, child);
  }

  result(): SelectedChanges {
    const byFile = new Map<FileId, Change[]>();
    const put = (span: Span, change: Change): void => {
      const list = byFile.get(span.file);
      if (list === undefined) byFile.set(span.file, [change]);
      else list.push(change);
    };
    for (const { model, changes } of this.changes.values()) {
      for (const change of changes.values()) put(isInPlace(change) ? change.at : model.origin.span, change);
    }
    const profiles: ProfileDraft[] = [];
    for (const own of this.roots()) {
      const parent = this.index.find(this.parentOf(own.label) ?? "")?.at(-1)?.origin.span;
      if (parent === undefined) profiles.push(this.finished(own));
      else put(parent, { kind: "add-profile", parent, profile: this.finished(own) });
    }
    return {
      files: [...byFile].map(([file, changes]) => ({ file, changes })),
      profiles,
    };
  }

  /** New profiles that are not inside another new one. */
  private roots(): readonly Growing[] {
    return [...this.growing.values()].filter((own) => !this.growing.has(this.parentOf(own.label) ?? ""));
  }

  private finished(own: Growing): ProfileDraft {
    const children = [...this.growing.values()].filter((other) => this.parentOf(other.label) === own.label);
    return {
      keyword: own.keyword,
      name: own.name,
      attachment: own.attachment,
      flags: [...own.flags],
      includes: [...own.includes.values()],
      rules: [...own.rules.values()],
      children: children.map((child) => this.finished(child)),
    };
  }
}

/** What is done to a rule that is there. */
function isInPlace<T extends { readonly kind: string }>(one: T): one is Extract<T, { readonly at: Span }> {
  return one.kind === "replace-rule" || one.kind === "remove-rule";
}

/** What rules and changes of one place share, so that they become one; others equal only themselves. */
function placeOf(rule: RuleDraft): string {
  if (rule.kind !== "file") return JSON.stringify(rule);
  return JSON.stringify([rule.path, rule.owner ?? "any", rule.mode ?? "implicit"]);
}

/** Two answers for one path are one rule, unless both say how to execute it. */
function addRule(rules: Map<string, RuleDraft>, rule: RuleDraft): void {
  const place = placeOf(rule);
  const other = rules.get(place);
  if (other === undefined) rules.set(place, rule);
  else if (other.kind === "file" && rule.kind === "file" && !(other.exec && rule.exec)) {
    rules.set(place, joinFiles(other, rule));
  }
}

function addChange(changes: Map<string, Change>, change: Change): void {
  const key = changeKey(change);
  const other = changes.get(key);
  if (other === undefined) changes.set(key, change);
  else if (other.kind === "remove-rule") changes.set(key, change);
  else if ("rule" in other && "rule" in change && other.rule.kind === "file" && change.rule.kind === "file") {
    changes.set(key, { ...other, rule: joinFiles(other.rule, change.rule) });
  }
}

function changeKey(change: Change): string {
  if (isInPlace(change)) return `replace ${change.at.file} ${change.at.start}`;
  return change.kind === "add-rule" ? `add ${placeOf(change.rule)}` : JSON.stringify(change);
}
