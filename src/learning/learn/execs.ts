/** Exec questions: who may confine the program that is started (audit-events 8.2). */
import { decide } from "../../analysis/monitor/index.ts";
import {
  type FileDraft,
  type ProfileDraft,
  isPlainName,
  literalPattern,
  printRule,
} from "../../language/edit/index.ts";
import { type ExecMode, FilePermission, type Profile } from "../../language/model/index.ts";
import { candidate, fileAction } from "./files.ts";
import type { ExecNeed } from "./gather.ts";
import type { ProfileIndex } from "./profiles.ts";
import type { Action, Candidate, ExecDecision, LearnOptions } from "./types.ts";

const { x, r, m } = FilePermission;

function execDraft(path: string, permissions: number, exec: ExecMode, execTarget?: string): FileDraft {
  return { kind: "file", path: literalPattern(path), permissions: permissions | x, exec, execTarget };
}

/** A new profile may read and map its own program, or it could not even start. */
function ownProgram(path: string): FileDraft {
  return { kind: "file", path: literalPattern(path), permissions: r | m };
}

const INHERIT: ExecMode = { transition: "inherit", fallback: "none", safe: false };
const PROFILE: ExecMode = { transition: "profile", fallback: "none", safe: true };
const CHILD: ExecMode = { transition: "child", fallback: "none", safe: true };
const UNCONFINED: ExecMode = { transition: "unconfined", fallback: "none", safe: true };
const DENY: ExecMode = { transition: "deny", fallback: "none", safe: false };

/** What is asked about an exec: nothing is said yet about how the program starts. */
export function execSubject(path: string): string {
  return printRule(execDraft(path, 0, DENY));
}

type HatsOf = NonNullable<LearnOptions["requiredHatsOf"]>;

function noHats(): readonly string[] {
  return [];
}

/** The choices for one program, best first. `chosen`: the answer of this run, put in front. */
export function execCandidates(
  need: ExecNeed,
  index: ProfileIndex,
  { chosen, hatsOf = noHats }: { readonly chosen: ExecDecision | undefined; readonly hatsOf?: HatsOf | undefined },
): readonly Candidate[] {
  const own = index.find(need.profile)?.at(-1);
  const attached = index.attached(need.path);
  const all = (
    need.missingProfile
      ? [...createProfile(need, index, hatsOf), ...inheritInstead(need, own), deny(need, own)]
      : inOrder(attached !== undefined, choices(need, index, hatsOf))
  ).filter(isNamable);
  const first = chosen === undefined ? undefined : all.find((item) => item.exec?.kind === chosen.kind);
  return first === undefined ? all : [first, ...all.filter((item) => item !== first)];
}

/** A program whose name would be read as a pattern gets no profile that is called so. */
function isNamable({ actions }: Candidate): boolean {
  return actions.every((action) => {
    if (action.kind === "add-child") return isPlainName(action.child.name);
    return action.kind !== "add-profile" || isPlainName(action.profile.name);
  });
}

interface Choices {
  readonly inherit: Candidate;
  readonly profile: Candidate;
  readonly child: readonly Candidate[];
  readonly unconfined: Candidate;
  readonly deny: Candidate;
}

function inOrder(isAttached: boolean, all: Choices): readonly Candidate[] {
  const confined = isAttached ? [all.profile, all.inherit, ...all.child] : [all.inherit, ...all.child, all.profile];
  return [...confined, all.unconfined, all.deny];
}

function choices(need: ExecNeed, index: ProfileIndex, hatsOf: HatsOf): Choices {
  const { path } = need;
  const own = index.find(need.profile)?.at(-1);
  const attached = index.attached(path);
  const add = (draft: FileDraft): Action => fileAction(own, draft);
  const waiting = need.waiting > 0 ? `; ${need.waiting} of its events wait for the answer` : "";
  const childDraft: ProfileDraft = { keyword: "profile", name: path, rules: [ownProgram(path)] };
  const profile =
    attached === undefined
      ? [add(execDraft(path, 0, PROFILE)), newProfile(path, index, hatsOf(path))]
      : [add(execDraft(path, 0, PROFILE))];
  return {
    inherit: inherit(need, own),
    profile: candidate(
      "profile",
      profile,
      attached === undefined
        ? `it gets a new profile of its own${waiting}`
        : `the profile ${JSON.stringify(attached.name)} attaches to it`,
      { exec: { kind: "profile", target: undefined } },
    ),
    child:
      own?.hat === true
        ? []
        : [
            candidate(
              "child",
              [add(execDraft(path, 0, CHILD)), { kind: "add-child", child: childDraft }],
              `it gets its own rules, for this caller only${waiting}`,
              { exec: { kind: "child" } },
            ),
          ],
    unconfined: candidate(
      "unconfined",
      [add(execDraft(path, 0, UNCONFINED))],
      "it may do everything: the last resort",
      {
        exec: { kind: "unconfined" },
      },
    ),
    deny: deny(need, own),
  };
}

function inherit(need: ExecNeed, own: Profile | undefined): Candidate {
  const waiting = need.waiting > 0 ? `; ${need.waiting} of its events go to this profile` : "";
  const draft = execDraft(need.path, r | m, INHERIT);
  return candidate("inherit", [fileAction(own, draft)], `it runs under its caller's rules${waiting}`, {
    exec: { kind: "inherit" },
  });
}

function deny(need: ExecNeed, own: Profile | undefined): Candidate {
  const draft: FileDraft = { ...execDraft(need.path, 0, DENY), mode: "deny" };
  return candidate("deny", [fileAction(own, draft)], "it shall not be started, and the log keeps quiet about it", {
    exec: { kind: "deny" },
  });
}

function newProfile(path: string, index: ProfileIndex, hats: readonly string[]): Action {
  return {
    kind: "add-profile",
    profile: {
      keyword: "profile",
      name: index.newName(path),
      attachment: literalPattern(path),
      rules: [ownProgram(path)],
      // Nobody has seen yet what is done in them.
      ...(hats.length > 0 && {
        children: hats.map((name) => ({ keyword: "hat", name, flags: ["complain"], rules: [] })),
      }),
    },
  };
}

/** The rule is there and leads nowhere: what lacks is the profile or child that it names. */
function createProfile(need: ExecNeed, index: ProfileIndex, hatsOf: HatsOf): readonly Candidate[] {
  const caller = index.find(need.profile);
  const choice = caller && decide(caller, { kind: "exec", path: need.path, owner: false }).exec?.choice;
  const isChild = choice?.mode.transition === "child";
  const name = choice?.target;
  const reason = `a rule leads to a ${isChild ? "child" : "profile"} that does not exist; this creates it`;
  if (!isChild && name === undefined) {
    const made = newProfile(need.path, index, hatsOf(need.path));
    return [candidate("profile", [made], reason, { exec: { kind: "profile", target: undefined } })];
  }
  const parts = isChild ? [need.profile, name ?? need.path] : (name?.split("//") ?? []);
  const own = parts.at(-1) ?? "";
  // A label of several profiles, or one of another namespace, is not the name of a single profile that could be made here.
  if (own === "" || /[&:]/.test(name ?? "")) return [];
  const profile: ProfileDraft = { keyword: "profile", name: own, rules: [ownProgram(need.path)] };
  const target = parts.join("//");
  const exec: ExecDecision = name === undefined ? { kind: "child" } : { kind: "profile", target };
  const isNested = parts.length > 1;
  if (isNested && parts.slice(0, -1).join("//") !== need.profile) return [];
  const action: Action = isNested ? { kind: "add-child", child: profile } : { kind: "add-profile", profile };
  return [candidate(isNested ? "child" : "profile", [action], reason, { exec })];
}

/** Inheriting in place of the rule that leads nowhere; beside it there would be two modes for one program. */
function inheritInstead(need: ExecNeed, own: Profile | undefined): readonly Candidate[] {
  const draft = execDraft(need.path, r | m, INHERIT);
  const old = own?.rules.find(
    (rule) =>
      rule.kind === "file" &&
      rule.exec !== undefined &&
      rule.mode !== "deny" &&
      rule.origin.includes.length === 0 &&
      rule.path.written === draft.path,
  );
  if (old?.kind !== "file") return [];
  const rule: FileDraft = { ...draft, permissions: draft.permissions | old.permissions, owner: old.owner };
  const reason = "it runs under its caller's rules, in place of the rule that leads nowhere";
  return [
    candidate("inherit", [{ kind: "replace-rule", at: old.origin.span, rule }], reason, { exec: { kind: "inherit" } }),
  ];
}
