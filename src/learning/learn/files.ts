/** File needs to proposals: patterns, owner, neighbours in a directory, rules that are there already. */
import type { FileDraft } from "../../language/edit/index.ts";
import { type FileRule, FilePermission, type Profile } from "../../language/model/index.ts";
import { joinFiles } from "./merge.ts";
import { sumEvidence } from "./evidence.ts";
import { type PathPattern, choosePatterns, directoryOf, isCrowded } from "./paths.ts";
import type { Action, Candidate, CandidateKind, Evidence, FileNeed, Need } from "./types.ts";

/** Needs that one pattern meets. */
export interface FileGroup {
  readonly profile: string;
  readonly needs: readonly FileNeed[];
  readonly best: PathPattern;
  readonly others: readonly PathPattern[];
  /** The best pattern's rule. */
  readonly draft: FileDraft;
  readonly questions: Need["questions"];
  readonly evidence: Evidence;
}

/** Groups needs by the pattern to propose; then neighbours of a directory, when there are enough of them. */
export function groupFiles(
  needs: readonly FileNeed[],
  variables: ReadonlySet<string>,
  globFrom: number,
): readonly FileGroup[] {
  const groups = new Map<string, FileNeed[]>();
  const choices = new Map<string, ReturnType<typeof choosePatterns>>();
  for (const need of needs) {
    const choice = choosePatterns(need.path, variables, need);
    const key = `${need.profile}\0${choice.recommended.pattern}`;
    choices.set(key, choices.get(key) ?? choice);
    push(groups, key, need);
  }
  const single = [...groups].map(([key, list]) => groupOf(list, choices.get(key)));
  return joinNeighbours(single, globFrom);
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function groupOf(needs: readonly FileNeed[], choice: ReturnType<typeof choosePatterns> | undefined): FileGroup {
  const best = choice?.recommended ?? { pattern: "", kind: "exact", reason: "" };
  return withBest(needs, best, choice?.others ?? []);
}

function withBest(needs: readonly FileNeed[], best: PathPattern, others: readonly PathPattern[]): FileGroup {
  const draft = needs.map((need) => need.draft).reduce(joinFiles);
  return {
    profile: needs[0]?.profile ?? "",
    needs,
    best,
    others,
    draft: { ...draft, path: best.pattern },
    questions: needs.flatMap((need) => need.questions),
    evidence: sumEvidence(needs.map((need) => need.evidence)),
  };
}

/** Files of one directory that need the same, from a number on, are one proposal with a glob. */
function joinNeighbours(groups: readonly FileGroup[], globFrom: number): readonly FileGroup[] {
  const families = new Map<string, FileGroup[]>();
  for (const group of groups) {
    const key = familyOf(group);
    if (key !== undefined) push(families, key, group);
  }
  const joined = new Map<FileGroup, FileGroup>();
  for (const [key, family] of families) {
    if (family.length < globFrom) continue;
    const pattern = key.slice(key.lastIndexOf("\0") + 1);
    const reason = `${family.length} files in the directory need the same`;
    const whole = withBest(
      family.flatMap((group) => group.needs),
      { pattern, kind: "glob", reason },
      [],
    );
    for (const group of family) joined.set(group, whole);
  }
  return [...new Set(groups.map((group) => joined.get(group) ?? group))];
}

/** The glob a file would share with its neighbours; `undefined`: it stands for itself. */
function familyOf(group: FileGroup): string | undefined {
  const { pattern } = group.best;
  const directory = directoryOf(pattern);
  const name = pattern.slice(directory.length + (directory === "/" ? 0 : 1));
  if (name === "" || group.draft.exec !== undefined) return undefined;
  const glob = familyGlob(directory, name);
  if (glob === undefined) return undefined;
  return [group.profile, group.draft.permissions, group.draft.owner, glob].join("\0");
}

function familyGlob(directory: string, name: string): string | undefined {
  if (/^lib.*\.so(?:\b|\*)/.test(name)) return `${directory}/lib*.so*`;
  const extension = /\.[A-Za-z]\w{0,7}$/.exec(name)?.[0];
  if (extension !== undefined && directory !== "/etc" && directory !== "/") return `${directory}/*${extension}`;
  return isCrowded(directory) ? undefined : `${directory}/*`;
}

const ownRules = new WeakMap<Profile, ReadonlyMap<string, readonly FileRule[]>>();

/** The plain allow rules in the profile itself, by the path as written. */
function ownRulesOf(profile: Profile): ReadonlyMap<string, readonly FileRule[]> {
  const known = ownRules.get(profile);
  if (known !== undefined) return known;
  const made = new Map<string, FileRule[]>();
  for (const rule of profile.rules) {
    if (rule.kind !== "file" || rule.origin.includes.length > 0 || rule.linkTarget !== undefined) continue;
    if ((rule.mode === "implicit" || rule.mode === "allow") && rule.priority === 0) push(made, rule.path.written, rule);
  }
  ownRules.set(profile, made);
  return made;
}

/** A rule of the profile itself that a draft can be added to: same path, owner and mode. */
function existingRule(profile: Profile | undefined, draft: FileDraft): FileRule | undefined {
  if (profile === undefined || (draft.mode ?? "implicit") === "deny") return undefined;
  const rules = ownRulesOf(profile).get(draft.path) ?? [];
  return rules.find(
    (rule) => rule.owner === (draft.owner ?? "any") && (rule.exec === undefined || draft.exec === undefined),
  );
}

/** Adds a file rule, or its permissions to the rule that is there. */
export function fileAction(profile: Profile | undefined, draft: FileDraft): Action {
  const old = existingRule(profile, draft);
  if (old === undefined) return { kind: "add-rule", rule: draft };
  const both = old.permissions | draft.permissions;
  const rule: FileDraft = {
    ...draft,
    permissions: both & FilePermission.w ? both & ~FilePermission.a : both,
    mode: old.mode,
    audit: old.audit,
    exec: old.exec ?? draft.exec,
    execSafety: old.execSafety,
    execTarget: old.execTarget?.written ?? draft.execTarget,
  };
  return { kind: "replace-rule", at: old.origin.span, rule };
}

/** The ways to allow a group of files, best first. */
export function fileCandidates(group: FileGroup, profile: Profile | undefined): readonly Candidate[] {
  const owner = group.draft.owner === "owner";
  const first = candidate(group.best.kind, [fileAction(profile, group.draft)], reasonOf(group.best.reason, owner));
  const several = group.needs.length > 1 || group.best.kind !== "exact";
  const exact = group.needs.map((need) => fileAction(profile, { ...need.draft, owner: group.draft.owner }));
  const literal = several ? [candidate("exact", exact, "exactly the files the log shows")] : [];
  const wider = group.others
    .filter((other) => other.kind !== "exact")
    .map((other) =>
      candidate(
        other.kind,
        [fileAction(profile, { ...group.draft, path: other.pattern })],
        reasonOf(other.reason, owner),
      ),
    );
  const anybody: readonly Candidate[] = owner
    ? [
        candidate(
          "exact",
          [fileAction(profile, { ...group.draft, owner: "any" })],
          "files of every user, not only the program's own",
        ),
      ]
    : [];
  return [first, ...literal, ...anybody, ...wider];
}

function reasonOf(reason: string, owner: boolean): string {
  return owner ? `${reason}; always the program's own files` : reason;
}

export function candidate(
  kind: CandidateKind,
  actions: readonly Action[],
  reason: string,
  more: Partial<Candidate> = {},
): Candidate {
  return { kind, actions, reason, alsoAnswers: [], excess: 0, exec: undefined, ...more };
}
