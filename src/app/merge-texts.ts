/** What of a profile only its text says: its includes, its header; and whole profiles as drafts. */
import { compareText } from "../foundation/basics/index.ts";
import { sourceFile } from "../foundation/text/index.ts";
import type { IncludeDraft, ProfileDraft, RuleDraft } from "../language/edit/index.ts";
import { type Profile, type ProfileFlags, emptyProfile } from "../language/model/index.ts";
import { type ProfileNode, parse } from "../language/syntax/index.ts";
import { flagWords, withFlagWord } from "./flag-words.ts";
import { type MergeSide, isOwn, ruleText, wholeDraft } from "./merge-verdict.ts";

/** The node of a profile; `undefined`: it is not in this text. */
function nodeOf(side: MergeSide, profile: Profile): ProfileNode | undefined {
  const { span } = profile.origin;
  const source = side.file.resolved.sources.get(span.file);
  if (source === undefined) return undefined;
  const find = (items: readonly { readonly kind: string }[]): ProfileNode | undefined => {
    for (const item of items) {
      if (!isProfile(item)) continue;
      if (item.span.start === span.start && item.span.end === span.end) return item;
      const inside = find(item.items);
      if (inside !== undefined) return inside;
    }
    return undefined;
  };
  return find(parse(sourceFile(source.path, source.text)).items);
}

function isProfile(item: { readonly kind: string }): item is ProfileNode {
  return item.kind === "profile";
}

/** The includes that are written in a profile itself, in order. */
export function includesOf(side: MergeSide, profile = side.subject.profile): readonly IncludeDraft[] {
  return (nodeOf(side, profile)?.items ?? []).flatMap((item) =>
    item.kind === "include" ? [{ path: item.path.value, searched: item.searched, ifExists: item.ifExists }] : [],
  );
}

/** A profile with all that is written in it; or why a draft cannot say that. Its includes are added to the set. */
export function draftOfProfile(profile: Profile, side: MergeSide, includes: Set<string>): ProfileDraft | string {
  const flags = flagWords(profile.flags);
  const said = flags.reduce(withFlagWord, emptyProfile("").flags);
  if (!isSame(said, profile.flags)) return "its flags have values; copy the file";
  if (profile.xattrs.length > 0 || profile.identities.length > 0)
    return "its header has conditions beside the path; copy the file";
  const rules: RuleDraft[] = [];
  for (const rule of profile.rules) {
    if (!isOwn(rule, profile)) continue;
    const draft = wholeDraft(rule);
    if (draft === undefined) return `\`${ruleText(rule)}\` cannot be written as it is meant; copy the file`;
    rules.push(draft);
  }
  const children: ProfileDraft[] = [];
  for (const child of profile.children) {
    const draft = draftOfProfile(child, side, includes);
    if (typeof draft === "string") return draft;
    children.push(draft);
  }
  const own = includesOf(side, profile);
  for (const { path } of own) includes.add(path);
  return {
    keyword: profile.hat ? "hat" : "profile",
    name: profile.written,
    attachment: profile.attachmentWritten ? profile.attachment?.written : undefined,
    flags,
    includes: own,
    rules,
    children,
  };
}

function sortedFlags(flags: ProfileFlags): readonly (readonly [string, unknown])[] {
  return Object.entries(flags).toSorted(([a], [b]) => compareText(a, b));
}

function isSame(one: ProfileFlags, other: ProfileFlags): boolean {
  return JSON.stringify(sortedFlags(one)) === JSON.stringify(sortedFlags(other));
}

/** What the other file says before its profiles and this one does not: sentences. It is nobody's to merge, for other profiles share it. */
export function preambleLack(theirs: MergeSide, ours: MergeSide): readonly string[] {
  const [mine, other] = [ours, theirs].map(({ file }) => file.resolved.value);
  const lack: string[] = [];
  if (mine === undefined || other === undefined) return lack;
  if (mine.abi?.name !== other.abi?.name) {
    const [from, to] = [other.abi?.name ?? "no ABI", mine.abi?.name ?? "none"];
    lack.push(`the other file is written for ${from}, and the profile stays with ${to}.`);
  }
  const known = new Set(preambleIncludes(ours));
  for (const path of preambleIncludes(theirs)) {
    if (!known.has(path)) lack.push(`the other file includes <${path}> before its profiles, which is not merged.`);
  }
  const [own, wanted] = [ours, theirs].map(variablesOf);
  for (const name of wanted ?? []) {
    if (own?.has(name) !== true) lack.push(`the other file sets @{${name}}, which is not merged.`);
  }
  return lack;
}

function preambleOf({ file: { source } }: MergeSide): ReturnType<typeof parse>["items"] {
  return parse(sourceFile(source.path, source.text)).items;
}

function preambleIncludes(side: MergeSide): readonly string[] {
  return preambleOf(side).flatMap((item) => (item.kind === "include" ? [item.path.value] : []));
}

function variablesOf(side: MergeSide): ReadonlySet<string> {
  return new Set(preambleOf(side).flatMap((item) => (item.kind === "variable" ? [item.name] : [])));
}
