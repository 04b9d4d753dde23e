/** From chosen candidates to changes of files, and to profiles that are new. */
import type { FileId, Span } from "../../foundation/text/index.ts";
import type { Change, FileDraft, IncludeDraft, ProfileDraft, RuleDraft } from "../../language/edit/index.ts";
import type { Profile } from "../../language/model/index.ts";
import { joinFiles } from "./merge.ts";
import { ProfileIndex, splitLabel } from "./profiles.ts";
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
  readonly rules: RuleDraft[];
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
  private readonly changes = new Map<string, { model: Profile; list: Change[] }>();
  private readonly growing = new Map<string, Growing>();
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
    const own = this.changes.get(label) ?? { model, list: [] };
    this.changes.set(label, own);
    const profile = model.origin.span;
    const change: Change = action.kind === "replace-rule" ? action : { ...action, profile };
    addChange(own.list, change);
  }

  private draft(label: string, action: Exclude<Action, { kind: "add-child" | "add-profile" }>): void {
    const own = this.growingFor(label);
    if (action.kind === "add-include") own.includes.set(action.include.path, action.include);
    else if (action.kind === "set-flag") own.flags.add(action.flag);
    else addRule(own.rules, action.rule);
  }

  private growingFor(label: string): Growing {
    const known = this.growing.get(label);
    if (known !== undefined) return known;
    const parent = this.parentOf(label);
    const name = parent === undefined ? label : (splitLabel(label)?.name ?? label);
    const fresh: Growing = {
      label,
      keyword: parent !== undefined && !name.startsWith("/") ? "hat" : "profile",
      name,
      attachment: undefined,
      flags: new Set(),
      includes: new Map(),
      rules: [],
    };
    this.growing.set(label, fresh);
    return fresh;
  }

  /** The profile a label's new text stands in; `undefined`: it stands by itself. */
  private parentOf(label: string): string | undefined {
    const parent = splitLabel(label)?.parent;
    const exists = parent !== undefined && (this.index.find(parent) !== undefined || this.growing.has(parent));
    return exists ? parent : undefined;
  }

  private grow(label: string, profile: ProfileDraft): void {
    if (this.index.find(label) !== undefined) return;
    const own = this.growingFor(label);
    own.keyword = profile.keyword;
    own.attachment ??= profile.attachment;
    for (const rule of profile.rules ?? []) addRule(own.rules, rule);
  }

  result(): SelectedChanges {
    const byFile = new Map<FileId, Change[]>();
    const put = (span: Span, change: Change): void => {
      byFile.set(span.file, [...(byFile.get(span.file) ?? []), change]);
    };
    for (const { model, list } of this.changes.values()) {
      for (const change of list) put(change.kind === "replace-rule" ? change.at : model.origin.span, change);
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

  /** New profiles that do not stand inside another new one. */
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
      rules: own.rules,
      children: children.map((child) => this.finished(child)),
    };
  }
}

/** Two answers for one path are one rule. */
function addRule(rules: RuleDraft[], rule: RuleDraft): void {
  const at = rules.findIndex((other) => isSamePath(other, rule));
  const other = rules[at];
  if (other?.kind === "file" && rule.kind === "file") rules[at] = joinFiles(other, rule);
  else if (!rules.some((known) => JSON.stringify(known) === JSON.stringify(rule))) rules.push(rule);
}

function isSamePath(a: RuleDraft, b: RuleDraft): boolean {
  return a.kind === "file" && b.kind === "file" && a.path === b.path && sameQualifiers(a, b) && !(a.exec && b.exec);
}

function sameQualifiers(a: FileDraft, b: FileDraft): boolean {
  return (a.owner ?? "any") === (b.owner ?? "any") && (a.mode ?? "implicit") === (b.mode ?? "implicit");
}

function addChange(list: Change[], change: Change): void {
  const at = list.findIndex((other) => canJoin(other, change));
  const other = list[at];
  if (
    other !== undefined &&
    "rule" in other &&
    "rule" in change &&
    other.rule.kind === "file" &&
    change.rule.kind === "file"
  ) {
    list[at] = { ...other, rule: joinFiles(other.rule, change.rule) };
  } else if (!list.some((known) => JSON.stringify(known) === JSON.stringify(change))) list.push(change);
}

function canJoin(a: Change, b: Change): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "replace-rule" && b.kind === "replace-rule")
    return a.at.start === b.at.start && a.at.file === b.at.file;
  return a.kind === "add-rule" && b.kind === "add-rule" && isSamePath(a.rule, b.rule);
}
