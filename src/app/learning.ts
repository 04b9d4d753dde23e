/**
 * From a log to changed policy: which rules would have granted what was refused, and the texts with these rules in them.
 * Nothing is written here.
 */
import { applyEdits, encodeBytes, type SourceFile, sourceFile } from "../foundation/text/index.ts";
import type { FileRefusal, FilesPort, FileStorePort } from "../foundation/ports/index.ts";
import { Refused, compareText, ok } from "../foundation/basics/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import {
  type ProfileDraft,
  type RuleDraft,
  isPlainName,
  meaningOfDraft,
  meaningOfRule,
  plan,
  printProfile,
  printRule,
} from "../language/edit/index.ts";
import type { Profile } from "../language/model/index.ts";
import {
  createResolveSession,
  type ResolveOptions,
  type ResolvedPolicy,
  resolvePolicy,
  resolvePolicySet,
  type PolicySet,
  type ResolveSession,
} from "../language/resolve/index.ts";
import { parse } from "../language/syntax/index.ts";
import { ignoredFileName } from "../language/tables/index.ts";
import { type EventGroup, bytesText } from "../learning/audit/index.ts";
import { needKey } from "../learning/access/index.ts";
import {
  type Abstraction,
  type Candidate,
  type Learning,
  type Proposal,
  type Question,
  type SelectedChanges,
  type Session,
  actionText,
  answer,
  answerRest,
  answersOf,
  changesOf,
  choiceOf,
  openSession,
  question,
  selectionsOf,
} from "../learning/learn/index.ts";
import type {
  LearnQuestion,
  LearnRequest,
  LearnResult,
  LearnSession,
  LearnedFile,
  LearnedProposal,
  PolicyEngine,
  PolicySettings,
  SkippedEvents,
} from "./engine.ts";
import { concerns } from "./audit.ts";
import { bugText } from "./bug.ts";
import { type PlannedFile, type PolicyCheck, refusedFiles } from "./learned-policy.ts";
import { newFileNames } from "./new-file-names.ts";

export { needKey };

/** The policy of a directory, as far as it can be read. */
interface World {
  readonly set: PolicySet;
  readonly resolveAgain: (files: FilesPort) => PolicySet;
  readonly isWritable: (rule: RuleDraft) => boolean;
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
    .filter(({ name, kind }) => kind === "file" && ignoredFileName(name) === undefined)
    .map(({ name }) => name)
    .toSorted(compareText);
}

function loadWorld(settings: PolicySettings, files: FilesPort, compiles: (text: string) => boolean): World {
  const session = createResolveSession(files);
  const options = {
    files,
    session,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    kernelFeatures: parseFeatures(settings.kernelFeatures).tree,
  };
  const resolveSet = (using: ResolveOptions): PolicySet => {
    const set = resolvePolicySet(settings.base, using);
    const { unlisted } = set;
    // A directory that cannot be listed, or is not there, would be taken for an empty one.
    if (unlisted !== undefined) throw new Refused("read", settings.base, unlisted.errno);
    return set;
  };
  const set = resolveSet(options);
  const broken = set.files.filter(({ policy }) => policy.diagnostics.some(({ severity }) => severity === "error"));
  return {
    set,
    resolveAgain: (changed) => resolveSet({ ...options, files: changed, session: session.renew(changed) }),
    isWritable: writableRules((source) => resolvePolicy({ source }, options), compiles),
    abstractions: readAbstractions(settings, files, (source) => resolvePolicy({ source }, options)),
    variables: variablesOf(set.sources, settings, session),
    unreadable: broken.map(({ path }) => path),
  };
}

/** Whether a file is there, also one that cannot be looked at: whoever reads it gets the reason why it cannot be read. */
function isThere(files: FilesPort, path: string): boolean {
  const kind = files.kind(path);
  return kind === "file" || kind === "other";
}

/** What each abstraction gives, read from a profile that holds nothing else. */
function readAbstractions(
  settings: PolicySettings,
  files: FilesPort,
  resolve: (source: SourceFile) => ResolvedPolicy,
): Abstraction[] {
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n" : "";
  return policyFiles(files, join(settings.base, "abstractions")).flatMap((name) => {
    const path = `abstractions/${name}`;
    const text = `${tunables}profile abstraction {\n  include <${path}>\n}\n`;
    const { value, diagnostics } = resolve(sourceFile("abstraction", text));
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

/** Rules that are right by themselves when each of their words is; of the others the compiler knows which combinations make no sense. */
const SIMPLE: ReadonlySet<RuleDraft["kind"]> = new Set(["file", "link", "capability", "rlimit", "userns", "all"]);

/**
 * Whether the text of a rule is read as the rule that was meant, and compiles: tried on a profile that holds nothing else. Variables, which
 * only paths have, are what the rule's own file makes of them.
 */
function writableRules(
  resolve: (source: SourceFile) => ResolvedPolicy,
  compiles: (text: string) => boolean,
): (rule: RuleDraft) => boolean {
  const known = new Map<string, boolean>();
  return (rule) => {
    const text = printRule(rule);
    const before = known.get(text);
    if (before !== undefined) return before;
    const tried = `profile rule {\n  ${text}\n}\n`;
    const { value, diagnostics } = resolve(sourceFile("rule", tried));
    const [profile, ...others] = value.profiles;
    const meant = meaningOfDraft(rule);
    const isSame =
      others.length === 0 &&
      profile?.rules.length === 1 &&
      profile.children.length === 0 &&
      profile.rules.every((one) => meaningOfRule(one, "written") === meant) &&
      diagnostics.every(({ severity, code }) => severity !== "error" || code.startsWith("resolve/variable-"));
    const isFine = isSame && (SIMPLE.has(rule.kind) || compiles(tried));
    known.set(text, isFine);
    return isFine;
  };
}

/** The text of a new file. */
function newFile(draft: ProfileDraft, path: string, settings: PolicySettings, files: FilesPort): PlannedFile {
  const abi = ["5.0", "4.0", "3.0"].find((name) => isThere(files, join(settings.base, `abi/${name}`)));
  const head = abi === undefined ? "" : `abi <abi/${abi}>,\n\n`;
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n\n" : "";
  return {
    path,
    before: undefined,
    after: `${head}${tunables}${printProfile(draft)}\n`.replace(/\n+$/, "\n"),
    intent: { kind: "new-profile", profile: draft },
  };
}

const PROBLEMS = {
  "profile-not-found": "the profile is not in this text",
  "profile-unclosed": "the profile's closing brace is missing",
  "rule-not-found": "the rule is not in this text",
  "include-not-found": "the include is not in this text",
  "profile-exists": "the profile already exists",
} as const;

interface Planned {
  readonly files: readonly PlannedFile[];
  readonly refused: readonly LearnedFile[];
}

function refusedFile({ path, before }: Pick<PlannedFile, "path" | "before">, reasons: readonly string[]): LearnedFile {
  return { path, before, after: undefined, problems: [...new Set(reasons)] };
}

/** All texts that are to be written; what cannot be planned is not written at all. */
function planFiles(changes: SelectedChanges, world: World, settings: PolicySettings, files: FilesPort): Planned {
  const planned: PlannedFile[] = [];
  const refused: LearnedFile[] = [];
  for (const { file, changes: list } of changes.files) {
    const source = world.set.sources.get(file);
    if (source === undefined) continue;
    const { path, text: before } = source;
    const { edits, problems } = plan(parse(source), list);
    const reasons = problems.map(({ reason }) => PROBLEMS[reason]);
    if (reasons.length > 0) refused.push(refusedFile({ path, before }, reasons));
    else planned.push({ path, before, after: applyEdits(before, edits), intent: { kind: "changes", changes: list } });
  }
  const names = newFileNames(settings.base, files);
  for (const draft of changes.profiles) {
    const name = names.nameFor(draft.name);
    if (name !== undefined) planned.push(newFile(draft, join(settings.base, name), settings, files));
    else {
      const at = { path: settings.base, before: undefined };
      const why =
        names.unlisted === undefined ? "" : `: ${names.unlisted.path} cannot be listed (${names.unlisted.errno})`;
      refused.push(refusedFile(at, [`no file name can be made for the profile \`${draft.name}\`${why}`]));
    }
  }
  return { files: planned, refused };
}

/** The planned files as they may be written: read again, compared with what was meant, compiled. */
function checkedFiles(planned: readonly PlannedFile[], check: PolicyCheck): readonly LearnedFile[] {
  const refused = refusedFiles(planned, check);
  return planned.map((file) => {
    const reason = refused.get(file.path);
    if (reason !== undefined) return refusedFile(file, [reason]);
    return { path: file.path, before: file.before, after: file.after, problems: [] };
  });
}

/** Profiles of the log that the policy does not have; they are learned as new ones when that is wanted. */
function newNames(groups: readonly EventGroup[], profiles: readonly Profile[]): readonly string[] {
  const known = new Set(profiles.map((profile) => profile.name));
  const names = new Set<string>();
  for (const { event } of groups) {
    const own = bytesText(event, "profile")?.split("//")[0];
    if (own !== undefined && own !== "unconfined" && !known.has(own) && isPlainName(own)) names.add(own);
  }
  return [...names].toSorted(compareText);
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

/** The parts of a dialogue that do not change. */
interface Setting {
  readonly world: World;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
  readonly check: PolicyCheck;
}

/**
 * Opens the dialogue about what a log asks of the policy.
 *
 * Errors: files that cannot be read, or that we fail on, are named in the result; a file whose changes cannot be made, or whose new text is
 * not exactly what was meant, has no new text but the reason.
 */
export function openLearning(
  request: LearnRequest,
  settings: PolicySettings,
  files: FilesPort,
  engine: PolicyEngine,
): LearnSession {
  try {
    return openFrom(request, settings, files, engine);
  } catch (thrown) {
    const failing = failingFiles(settings, files);
    if (failing.length === 0) throw thrown;
    const paths = new Set(failing.map(({ path }) => path));
    const list: FilesPort["list"] = (directory) => {
      const listing = files.list(directory);
      return listing.ok
        ? { ok: true, value: listing.value.filter(({ name }) => !paths.has(join(directory, name))) }
        : listing;
    };
    return withFailing(openFrom(request, settings, { ...files, list }, engine), failing);
  }
}

/** The session, with the files that we fail on among its results. */
function withFailing(session: LearnSession, failing: readonly LearnedFile[]): LearnSession {
  return {
    ...session,
    answer: (given) => {
      const next = session.answer(given);
      return next.ok ? ok(withFailing(next.value, failing)) : next;
    },
    answerRest: () => withFailing(session.answerRest(), failing),
    result: () => {
      const result = session.result();
      return { ...result, files: [...result.files, ...failing] };
    },
  };
}

/** The files of the policy that we fail on, each tried by itself. */
function failingFiles(given: PolicySettings, files: FilesPort): readonly LearnedFile[] {
  const settings = { ...given, base: absoluteBase(given) };
  const options = {
    files,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    kernelFeatures: parseFeatures(settings.kernelFeatures).tree,
  };
  return [settings.base, join(settings.base, "abstractions")].flatMap((directory) =>
    policyFiles(files, directory).flatMap((name) => {
      const path = join(directory, name);
      try {
        resolvePolicy({ path }, options);
        return [];
      } catch (thrown) {
        return [refusedFile({ path, before: undefined }, [bugText(thrown)])];
      }
    }),
  );
}

function openFrom(request: LearnRequest, given: PolicySettings, files: FilesPort, engine: PolicyEngine): LearnSession {
  const settings = { ...given, base: absoluteBase(given) };
  const compile: PolicyCheck["compile"] = (path, text, changed) => {
    const { ok: isFine, diagnostics } = engine.compile({ path, bytes: encodeBytes(text) }, settings, changed);
    return isFine
      ? undefined
      : (diagnostics.find(({ severity }) => severity === "error")?.message ?? "it does not compile");
  };
  const world = loadWorld(settings, files, (text) => compile("rule", text, files) === undefined);
  const profiles = world.set.files.flatMap(({ policy }) => policy.value.profiles);
  const wanted = request.profile;
  const groups = wanted === undefined ? request.groups : request.groups.filter(({ event }) => concerns(event, wanted));
  const session = openSession(groups, {
    profiles,
    abstractions: world.abstractions,
    variables: world.variables,
    isWritable: world.isWritable,
    newProfiles: request.createProfiles ? newNames(groups, profiles) : [],
  });
  const check: PolicyCheck = {
    before: world.set,
    abstractions: world.abstractions,
    resolveAgain: world.resolveAgain,
    files,
    compile: (path, text, changed) => {
      engine.forgetFiles();
      return compile(path, text, changed);
    },
  };
  return shownSession(session, { world, settings, files, check });
}

/** The dialogue as a value, for whoever asks. */
function shownSession(session: Session, setting: Setting): LearnSession {
  return {
    question: () => shownQuestion(question(session)),
    answer: (choice) => {
      const next = answer(session, choice);
      return next.ok ? ok(shownSession(next.value, setting)) : next;
    },
    answerRest: () => shownSession(answerRest(session), setting),
    answers: () => answersOf(session),
    result: () => resultOf(session, setting),
  };
}

function shownQuestion(asked: Question | undefined): LearnQuestion | undefined {
  return (
    asked && {
      proposal: shownProposal(asked.proposal, asked.suggested),
      choices: asked.proposal.candidates.map(choiceOf),
    }
  );
}

/** The texts that the answers come to, tried. */
function resultOf(session: Session, { world, settings, files, check }: Setting): LearnResult {
  const { proposals, skipped } = session.learning;
  const taken = new Map(selectionsOf(session).map(({ proposal, candidate }) => [proposal.id, candidate]));
  const planned = planFiles(changesOf(session), world, settings, files);
  return {
    proposals: proposals.map((proposal) => shownProposal(proposal, taken.get(proposal.id))),
    skipped: skipped.map(shownSkip),
    files: [...checkedFiles(planned.files, check), ...planned.refused],
    unreadable: world.unreadable,
  };
}

/** Every file goes by one name, that under which the resolver opens it. */
function absoluteBase({ base, workingDirectory }: PolicySettings): string {
  const path = base.startsWith("/") ? base : `${workingDirectory.replace(/\/+$/, "")}/${base}`;
  return path.replace(/\/+$/, "");
}

function shownSkip({ reason, count, detail, event }: Learning["skipped"][number]): SkippedEvents {
  return { reason, count, profile: event.profile ?? event.label ?? "", detail };
}

/** Writes what may be written, where a file still holds what was read, or is still not there. */
export function writeLearned(files: readonly LearnedFile[], store: FileStorePort): readonly FileRefusal[] {
  return files.flatMap(({ path, before, after }) => {
    if (after === undefined || before === after) return [];
    const written = store.write(path, encodeBytes(after), {
      mode: 0o644,
      expected: before === undefined ? "absent" : encodeBytes(before),
      // Nobody should have to answer the same questions again.
      keepBeside: true,
    });
    return written.ok ? [] : [written.error];
  });
}
