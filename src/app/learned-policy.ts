/**
 * What is about to be written, read again: the policy with the new texts must be the policy there was, and the rules that were meant in the
 * profiles that were meant; nothing else may be different, and it must compile. This is decided on the model, from the drafts, not from
 * the text that was printed for them.
 */
import type { FilesPort } from "../foundation/ports/index.ts";
import { ok, withChildren } from "../foundation/basics/index.ts";
import { encodeBytes, type Span, withoutTrailing } from "../foundation/text/index.ts";
import { type Change, type ProfileDraft, meaningOfDraft, meaningOfRule } from "../language/edit/index.ts";
import { type Profile, type Rule, emptyProfile, nowhere, profileKey } from "../language/model/index.ts";
import type { ResolvedPolicy, PolicyFile, PolicySet } from "../language/resolve/index.ts";
import type { Abstraction } from "../learning/learn/index.ts";
import { withFlagWord } from "./flag-words.ts";

/** A text that is to be written, and what it is to say. */
export interface PlannedFile {
  readonly path: string;
  /** The profiles in it that are different or new. */
  readonly profiles: readonly string[];
  /** `undefined`: there is no such file. */
  readonly before: string | undefined;
  readonly after: string;
  readonly intent:
    | { readonly kind: "changes"; readonly changes: readonly Change[] }
    | { readonly kind: "new-profile"; readonly profile: ProfileDraft };
}

export interface PolicyCheck {
  readonly before: PolicySet;
  readonly abstractions: () => readonly Abstraction[];
  /** The same policy over other files. */
  readonly resolveAgain: (files: FilesPort) => PolicySet;
  /** Why a file does not compile; `undefined`: it does. */
  readonly compile: (path: string, text: string, files: FilesPort) => string | undefined;
  readonly files: FilesPort;
}

/** The files that may not be written, each with the reason. The others may, together. */
export function refusedFiles(planned: readonly PlannedFile[], check: PolicyCheck): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  for (const { path } of planned) {
    const reason = errorOf(check.before.files.find((file) => file.path === path));
    if (reason !== undefined) refused.set(path, `the file already has an error: ${reason}`);
  }
  for (;;) {
    const wanted = planned.filter(({ path }) => !refused.has(path));
    const found = wanted.length === 0 ? [] : refusals(wanted, check);
    if (found.length === 0) return refused;
    for (const { path, reason } of found) refused.set(path, refused.get(path) ?? reason);
  }
}

interface Refusal {
  readonly path: string;
  readonly reason: string;
}

/** INVARIANT: every refusal names a planned file, so that each round has fewer of them. */
function refusals(planned: readonly PlannedFile[], check: PolicyCheck): readonly Refusal[] {
  const files = withTexts(check.files, planned);
  const after = check.resolveAgain(files);
  const names = new Set(planned.map(({ path }) => path));
  const blame = (policy: PolicyFile, reason: string): readonly Refusal[] => {
    const used = policy.policy.value.files.filter((path) => names.has(path));
    const guilty = names.has(policy.path) ? [policy.path] : used.length > 0 ? used : [...names];
    return guilty.map((path) => ({ path, reason }));
  };
  const expected = expectation(planned, check);
  const found: Refusal[] = [];
  for (const file of after.files) {
    const isTouched = names.has(file.path) || file.policy.value.files.some((path) => names.has(path));
    const reason = differenceOf(file, expected) ?? (isTouched ? errorOf(file) : undefined);
    if (reason !== undefined) found.push(...blame(file, reason));
    else if (isTouched) {
      const text = planned.find(({ path }) => path === file.path)?.after;
      const problem = text === undefined ? undefined : check.compile(file.path, text, files);
      if (problem !== undefined) found.push(...blame(file, problem));
    }
  }
  for (const path of lostFiles(expected, after))
    found.push({ path, reason: "the file would no longer be read as policy" });
  if (after.diagnostics.length > check.before.diagnostics.length) found.push(...newDuplicates(planned, check, after));
  return found;
}

function newDuplicates(planned: readonly PlannedFile[], check: PolicyCheck, after: PolicySet): readonly Refusal[] {
  const known = new Set(check.before.diagnostics.map(({ message }) => message));
  const fresh = after.diagnostics.find(({ message }) => !known.has(message))?.message ?? "a profile is defined twice";
  return planned.map(({ path }) => ({ path, reason: fresh }));
}

function errorOf(file: PolicyFile | undefined): string | undefined {
  return file?.policy.diagnostics.find(({ severity }) => severity === "error")?.message;
}

/** Files with some texts in place of what is on the disk. */
export function withTexts(
  files: FilesPort,
  texts: readonly { readonly path: string; readonly after: string }[],
): FilesPort {
  const bytes = new Map(texts.map(({ path, after }) => [path, encodeBytes(after)]));
  return {
    read: (path) => {
      const own = bytes.get(path);
      return own === undefined ? files.read(path) : ok(own);
    },
    kind: (path) => (bytes.has(path) ? "file" : files.kind(path)),
    list: (directory) => {
      const listing = files.list(directory);
      if (!listing.ok) return listing;
      const prefix = `${withoutTrailing(directory, "/")}/`;
      const here = [...bytes.keys()].filter((path) => path.startsWith(prefix) && !path.includes("/", prefix.length));
      const known = new Set(listing.value.map(({ name }) => name));
      const fresh = here.map((path) => path.slice(prefix.length)).filter((name) => !known.has(name));
      return ok([...listing.value, ...fresh.map((name) => ({ name, kind: "file" as const }))]);
    },
  };
}

/** What one profile says, its rules apart from what they stand for. */
interface ProfileMeaning {
  header: string;
  /** Rules that were there, by all they say; these must be there again, to the letter and expanded alike. */
  readonly kept: Set<string>;
  /** Rules that come, as written. */
  readonly added: Set<string>;
  /** Rules that may come by an include. */
  readonly included: Set<string>;
}

interface FileMeaning {
  readonly frame: string;
  readonly profiles: Map<string, ProfileMeaning>;
}

type Expectation = ReadonlyMap<string, FileMeaning>;

/** Variables that every profile has of its own, and new ones therefore bring. */
const OF_PROFILES: ReadonlySet<string> = new Set(["profile_name", "attach_path", "exec_path"]);

/** All of a file that is not a profile: aliases, the ABI, variables. */
function frameOf({ value, variables }: ResolvedPolicy): string {
  const list = variables();
  const names = new Set(list.definitions.map(({ name }) => name));
  return JSON.stringify([
    value.aliases.map(({ from, to }) => [from, to]),
    value.abi?.name,
    value.abi?.source,
    [...names]
      .filter((name) => !OF_PROFILES.has(name))
      .toSorted()
      .map((name) => list.get(name)),
  ]);
}

function headerOf(profile: Profile): string {
  const { name, written, namespace, attachment, attachmentWritten, hat, xattrs, identities, flags } = profile;
  const conditions = xattrs.map((one) => [one.name, one.value]);
  const attached = [attachment?.text, attachment?.written, attachmentWritten];
  return JSON.stringify([name, written, namespace, attached, hat, conditions, identities, flags]);
}

function withFlag(profile: Profile, flag: string): Profile {
  return { ...profile, flags: withFlagWord(profile.flags, flag) };
}

function isAt(place: Span | readonly string[], { file, start, end }: Span): boolean {
  return !Array.isArray(place) && "start" in place && place.file === file && place.start === start && place.end === end;
}

function expectation(planned: readonly PlannedFile[], { before, abstractions }: PolicyCheck): Expectation {
  const changes = planned.flatMap(({ intent }) => (intent.kind === "changes" ? intent.changes : []));
  const files = new Map<string, FileMeaning>();
  for (const { path, policy } of before.files) {
    const profiles = new Map<string, ProfileMeaning>();
    for (const profile of withChildren(policy.value.profiles)) {
      profiles.set(profileKey(profile), changed(profile, changes, abstractions));
      for (const change of changes) {
        if (change.kind !== "add-profile" || change.parent === undefined) continue;
        if (isAt(change.parent, profile.origin.span)) addDrafts(profiles, change.profile, profile, abstractions);
      }
    }
    files.set(path, { frame: frameOf(policy), profiles });
  }
  for (const { path, intent } of planned) {
    if (intent.kind !== "new-profile") continue;
    const profiles = new Map<string, ProfileMeaning>();
    addDrafts(profiles, intent.profile, undefined, abstractions);
    files.set(path, { frame: "", profiles });
  }
  return files;
}

/** A profile of the policy with the changes that concern it. */
function changed(
  profile: Profile,
  changes: readonly Change[],
  abstractions: PolicyCheck["abstractions"],
): ProfileMeaning {
  const replaced = new Set<Rule>();
  const added = new Set<string>();
  const included = new Set<string>();
  let header = profile;
  for (const change of changes) {
    if (change.kind === "remove-rule") {
      for (const old of profile.rules) if (isAt(change.at, old.origin.span)) replaced.add(old);
    } else if (change.kind === "replace-rule") {
      const old = profile.rules.find(({ origin }) => isAt(change.at, origin.span));
      if (old === undefined) continue;
      replaced.add(old);
      added.add(meaningOfDraft(change.rule));
    } else if ("profile" in change && change.profile !== undefined && change.kind !== "add-profile") {
      if (!isAt(change.profile, profile.origin.span)) continue;
      if (change.kind === "add-rule") added.add(meaningOfDraft(change.rule));
      else if (change.kind === "set-flag") header = withFlag(header, change.flag);
      else if (change.kind === "add-include") includeRules(included, change.include.path, abstractions);
    }
  }
  const kept = profile.rules.filter((rule) => !replaced.has(rule)).map((rule) => meaningOfRule(rule, "expanded"));
  return { header: headerOf(header), kept: new Set(kept), added, included };
}

function includeRules(included: Set<string>, path: string, abstractions: PolicyCheck["abstractions"]): void {
  const rules = abstractions().find((abstraction) => abstraction.path === path)?.rules ?? [];
  for (const rule of rules) included.add(meaningOfRule(rule, "written"));
}

/** A new profile with its children. */
function addDrafts(
  profiles: Map<string, ProfileMeaning>,
  draft: ProfileDraft,
  parent: Profile | undefined,
  abstractions: PolicyCheck["abstractions"],
): void {
  const profile = draftedProfile(draft, parent);
  const included = new Set<string>();
  for (const { path } of draft.includes ?? []) includeRules(included, path, abstractions);
  const added = new Set((draft.rules ?? []).map(meaningOfDraft));
  profiles.set(profileKey(profile), { header: headerOf(profile), kept: new Set(), added, included });
  for (const child of draft.children ?? []) addDrafts(profiles, child, profile, abstractions);
}

function draftedProfile(draft: ProfileDraft, parent: Profile | undefined): Profile {
  const path = draft.name.startsWith("/") ? draft.name : undefined;
  const attachment = draft.attachment ?? path;
  const written = draft.attachment ?? draft.name;
  const named: Profile = {
    ...emptyProfile(parent === undefined ? draft.name : `${parent.name}//${draft.name}`),
    written: draft.name,
    namespace: undefined,
    hat: draft.keyword === "hat",
    attachment: attachment === undefined ? undefined : { text: attachment, written, span: nowhere.span },
    attachmentWritten: draft.attachment !== undefined,
  };
  return (draft.flags ?? []).reduce(withFlag, named);
}

/** The first thing in which a file is not what it should be. */
function differenceOf({ path, policy }: PolicyFile, expected: Expectation): string | undefined {
  const wanted = expected.get(path);
  if (wanted === undefined) return "a policy file that nobody asked for would appear";
  if (wanted.frame !== "" && frameOf(policy) !== wanted.frame) return "variables, aliases or the abi would change";
  const found = withChildren(policy.value.profiles);
  const names = new Set(found.map(profileKey));
  for (const key of wanted.profiles.keys()) if (!names.has(key)) return `the profile ${nameIn(key)} would be lost`;
  for (const profile of found) {
    const meant = wanted.profiles.get(profileKey(profile));
    if (meant === undefined) return `the profile ${nameIn(profileKey(profile))}, which nobody asked for, would appear`;
    if (headerOf(profile) !== meant.header)
      return `the header of the profile ${nameIn(profileKey(profile))} would change`;
    const difference = ruleDifference(profile.rules, meant);
    if (difference !== undefined) return `the profile ${nameIn(profileKey(profile))} would ${difference}`;
  }
  return undefined;
}

function nameIn(key: string): string {
  const parts: unknown = JSON.parse(key);
  return `\`${Array.isArray(parts) ? String(parts[1]) : key}\``;
}

function ruleDifference(rules: readonly Rule[], { kept, added, included }: ProfileMeaning): string | undefined {
  const missing = { kept: new Set(kept), added: new Set(added), included: new Set(included) };
  for (const rule of rules) {
    const expanded = meaningOfRule(rule, "expanded");
    const written = meaningOfRule(rule, "written");
    const isOwn = rule.origin.includes.length === 0;
    const isKnown = kept.has(expanded) || (isOwn && added.has(written)) || (!isOwn && included.has(written));
    if (!isKnown) return "hold a rule that nobody asked for";
    missing.kept.delete(expanded);
    missing.added.delete(written);
    missing.included.delete(written);
  }
  if (missing.kept.size > 0) return "lose a rule";
  return missing.added.size + missing.included.size > 0 ? "lack a rule that was asked for" : undefined;
}

/** New files that the directory does not show as policy. */
function lostFiles(expected: Expectation, after: PolicySet): readonly string[] {
  const shown = new Set(after.files.map(({ path }) => path));
  return [...expected.keys()].filter((path) => !shown.has(path));
}
