/**
 * From a log to changed policy: which rules would have granted what was refused, and the texts with these rules in them.
 * Nothing is written here.
 */
import { applyEdits, displayText, type SourceFile, sourceFile } from "../foundation/text/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { compareText, unreachable } from "../foundation/basics/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import { type Change, type ProfileDraft, plan, printInclude, printProfile, printRule } from "../language/edit/index.ts";
import type { Profile } from "../language/model/index.ts";
import {
  createResolveSession,
  type LoadedPolicy,
  loadPolicy,
  loadPolicySet,
  type PolicyFile,
  type ResolveSession,
} from "../language/resolve/index.ts";
import { parse } from "../language/syntax/index.ts";
import { isIgnoredFileName } from "../language/tables/index.ts";
import type { AuditEvent } from "../learning/audit/index.ts";
import {
  type Abstraction,
  type Action,
  type Candidate,
  type Learning,
  type Proposal,
  type Selection,
  learnAll,
  selectedChanges,
} from "../learning/learn/index.ts";
import type { LearnRequest, LearnResult, LearnedFile, LearnedProposal, PolicySettings } from "./engine.ts";

/** The policy of a directory, as far as it can be read. */
interface World {
  readonly files: readonly PolicyFile[];
  readonly sources: ReadonlyMap<string, SourceFile>;
  readonly abstractions: readonly Abstraction[];
  readonly variables: ReadonlySet<string>;
  readonly unreadable: readonly string[];
}

const join = (directory: string, name: string): string => `${directory.replace(/\/+$/, "")}/${name}`;

/** Names of plain files of a directory that count as policy. */
function policyFiles(files: FilesPort, directory: string): readonly string[] {
  const listing = files.list(directory);
  if (!listing.ok) return [];
  return listing.value
    .filter(({ name, kind }) => kind === "file" && !isIgnoredFileName(name))
    .map(({ name }) => name)
    .toSorted(compareText);
}

function loadWorld(settings: PolicySettings, files: FilesPort): World {
  const session = createResolveSession(files);
  const options = {
    files,
    session,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    kernelFeatures: parseFeatures(settings.kernelFeatures).tree,
  };
  const set = loadPolicySet(settings.base, options);
  const broken = set.files.filter(({ policy }) => policy.diagnostics.some(({ severity }) => severity === "error"));
  return {
    files: set.files,
    sources: set.sources,
    abstractions: loadAbstractions(settings, files, (source) => loadPolicy({ source }, options)),
    variables: variablesOf(set.sources, settings, session),
    unreadable: broken.map(({ path }) => path),
  };
}

/** What each abstraction gives, told by a profile that holds nothing else. */
function loadAbstractions(
  settings: PolicySettings,
  files: FilesPort,
  load: (source: SourceFile) => LoadedPolicy,
): Abstraction[] {
  const tunables = files.kind(join(settings.base, "tunables/global")) === "file" ? "include <tunables/global>\n" : "";
  return policyFiles(files, join(settings.base, "abstractions")).flatMap((name) => {
    const path = `abstractions/${name}`;
    const text = `${tunables}profile abstraction {\n  include <${path}>\n}\n`;
    const { value, diagnostics } = load(sourceFile("abstraction", text));
    const rules = value.profiles[0]?.rules ?? [];
    const broken = diagnostics.some(({ severity }) => severity === "error");
    return broken || rules.length === 0 ? [] : [{ path, rules }];
  });
}

/** Variables that the files of the policy define; a new profile sees those of the global tunables. */
function variablesOf(
  sources: ReadonlyMap<string, SourceFile>,
  settings: PolicySettings,
  session: ResolveSession,
): ReadonlySet<string> {
  const global = session.source(join(settings.base, "tunables/global"));
  const all = global.ok ? [...sources.values(), global.value] : [...sources.values()];
  const names = all.flatMap((source) =>
    session.tree(source).items.flatMap((item) => (item.kind === "variable" ? [item.name] : [])),
  );
  return new Set(names);
}

/** `/usr/bin/notes` is kept in `usr.bin.notes` (tools 2.5). */
function fileNameOf(profile: string): string {
  const name = profile.replace(/^\//, "").replaceAll("/", ".");
  return displayText(name).replaceAll("\\", "_") || "profile";
}

/** The text of a new file. */
function newFile(draft: ProfileDraft, settings: PolicySettings, files: FilesPort): LearnedFile {
  const path = join(settings.base, fileNameOf(draft.name));
  const abi = ["5.0", "4.0", "3.0"].find((name) => files.kind(join(settings.base, `abi/${name}`)) === "file");
  const head = abi === undefined ? "" : `abi <abi/${abi}>,\n\n`;
  const tunables = files.kind(join(settings.base, "tunables/global")) === "file" ? "include <tunables/global>\n\n" : "";
  return {
    path,
    before: undefined,
    after: `${head}${tunables}${printProfile(draft)}\n`.replace(/\n+$/, "\n"),
    problems: [],
  };
}

function changedFile(source: SourceFile, changes: readonly Change[]): LearnedFile {
  const { edits, problems } = plan(parse(source), changes);
  return {
    path: source.path,
    before: source.text,
    after: applyEdits(source.text, edits),
    problems: problems.map(({ reason }) => reason),
  };
}

/** Profiles of the log that the policy does not have; they are learned as new ones when that is wanted. */
function newNames(events: readonly AuditEvent[], profiles: readonly Profile[]): readonly string[] {
  const known = new Set(profiles.map((profile) => profile.name));
  const names = new Set<string>();
  for (const { profile } of events) {
    const own = profile?.split("//")[0];
    if (own !== undefined && own !== "unconfined" && !known.has(own)) names.add(own);
  }
  return [...names].toSorted(compareText);
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "add-rule":
    case "replace-rule":
      return printRule(action.rule);
    case "add-include":
      return printInclude(action.include);
    case "set-flag":
      return `flags=(${action.flag})`;
    case "add-child":
      return printProfile(action.child);
    case "add-profile":
      return printProfile(action.profile);
    default:
      return unreachable(action);
  }
}

function shownProposal(proposal: Proposal, taken: Candidate | undefined): LearnedProposal {
  const { id, profile, kind, subject, status, candidates, evidence } = proposal;
  return {
    id,
    profile,
    kind,
    subject,
    status,
    count: evidence.count,
    comms: evidence.comms,
    candidates: candidates.map(({ kind: how, reason, excess, actions }) => ({
      kind: how,
      reason,
      excess,
      rules: actions.map(actionText),
    })),
    taken: taken === undefined ? undefined : candidates.indexOf(taken),
  };
}

function select(learning: Learning, selections: readonly Selection[], choose: LearnRequest["choose"]): Selection[] {
  if (choose === undefined) return [...selections];
  const first = new Map(selections.map(({ proposal, candidate }) => [proposal.id, candidate]));
  return learning.proposals.flatMap((proposal) => {
    const taken = first.get(proposal.id);
    const index = choose(shownProposal(proposal, taken));
    const candidate = index === undefined ? undefined : proposal.candidates[index];
    return candidate === undefined ? [] : [{ proposal, candidate }];
  });
}

/**
 * What a log asks of the policy, and the policy changed so.
 *
 * Errors: files that cannot be read, or changes that cannot be made in a text, are named in the result.
 */
export function learn(request: LearnRequest, settings: PolicySettings, files: FilesPort): LearnResult {
  const world = loadWorld(settings, files);
  const profiles = world.files.flatMap(({ policy }) => policy.value.profiles);
  const wanted = request.profile;
  const events = wanted === undefined ? request.events : request.events.filter((event) => concerns(event, wanted));
  const learned = learnAll(events, {
    profiles,
    abstractions: world.abstractions,
    variables: world.variables,
    newProfiles: request.createProfiles ? newNames(events, profiles) : [],
  });
  const selections = select(learned.learning, learned.selections, request.choose);
  const changes = request.choose === undefined ? learned : selectedChanges(selections, profiles);
  const taken = new Map(selections.map(({ proposal, candidate }) => [proposal.id, candidate]));
  const changed = changes.files.flatMap(({ file, changes: list }) => {
    const source = world.sources.get(file);
    return source === undefined ? [] : [changedFile(source, list)];
  });
  return {
    proposals: learned.learning.proposals.map((proposal) => shownProposal(proposal, taken.get(proposal.id))),
    skipped: learned.learning.skipped.map(({ reason, count, event }) => ({
      reason,
      count,
      profile: event.profile ?? "",
    })),
    files: [...changed, ...changes.profiles.map((draft) => newFile(draft, settings, files))],
    unreadable: world.unreadable,
  };
}

function concerns(event: AuditEvent, profile: string): boolean {
  const own = event.profile ?? event.label ?? "";
  return own === profile || own.startsWith(`${profile}//`);
}
