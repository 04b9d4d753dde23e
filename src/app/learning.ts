/**
 * From a log to changed policy: which rules would have granted what was refused, and the texts with these rules in them.
 * Nothing is written here.
 */
import { type FileId, applyEdits, encodeBytes, withoutTrailing } from "../foundation/text/index.ts";
import type { FileRefusal, FilesPort, FileStorePort } from "../foundation/ports/index.ts";
import { compareText, ok } from "../foundation/basics/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import { type Change, type ProfileDraft, isPlainName, plan, printProfile } from "../language/edit/index.ts";
import type { Profile } from "../language/model/index.ts";
import { resolvePolicy } from "../language/resolve/index.ts";
import { parse } from "../language/syntax/index.ts";
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
  candidateFor,
  changesOf,
  choiceOf,
  fits,
  openSession,
  question,
  questions,
  ruleOfEvent,
  secondLook,
  selectionsOf,
} from "../learning/learn/index.ts";
import type {
  LearnQuestion,
  LearnRequest,
  LearnResult,
  LearnSession,
  LearnedCandidate,
  LearnedFile,
  LearnedProposal,
  PolicyEngine,
  PolicySettings,
  SkippedEvents,
} from "./engine.ts";
import { concerns } from "./audit.ts";
import { bugText } from "./bug.ts";
import { grantedMode } from "./granted-mode.ts";
import { type PlannedFile, type PolicyCheck, refusedFiles } from "./learned-policy.ts";
import { isThere } from "./is-there.ts";
import { type World, join, loadWorld, policyFiles } from "./learning-world.ts";
import { newFileNames } from "./new-file-names.ts";
import { keepWriting } from "./undo.ts";

export { needKey, ruleOfEvent };

/** The text of a new file. */
function newFile(draft: ProfileDraft, path: string, settings: PolicySettings, files: FilesPort): PlannedFile {
  const abi = ["5.0", "4.0", "3.0"].find((name) => isThere(files, join(settings.base, `abi/${name}`)));
  const head = abi === undefined ? "" : `abi <abi/${abi}>,\n\n`;
  const tunables = isThere(files, join(settings.base, "tunables/global")) ? "include <tunables/global>\n\n" : "";
  return {
    path,
    profiles: [draft.name],
    before: undefined,
    after: `${withoutTrailing(`${head}${tunables}${printProfile(draft)}`, "\n")}\n`,
    intent: { kind: "new-profile", profile: draft },
  };
}

const PROBLEMS = {
  "profile-not-found": "the profile is not in this text",
  "profile-unclosed": "the profile's closing brace is missing",
  "rule-not-found": "the rule is not in this text",
  "include-not-found": "the include is not in this text",
  "profile-exists": "the profile already exists",
  "not-writable": "what was to be written would not be read again",
} as const;

interface Planned {
  readonly files: readonly PlannedFile[];
  readonly refused: readonly LearnedFile[];
}

function refusedFile(
  { path, before, profiles }: Pick<PlannedFile, "path" | "before" | "profiles">,
  reasons: readonly string[],
): LearnedFile {
  return { path, profiles, before, after: undefined, problems: [...new Set(reasons)] };
}

/** The top-level profiles of a file that changes are about. */
function namesIn(file: FileId, changes: readonly Change[], { set }: World): readonly string[] {
  const places = changes.flatMap((change) => {
    if (change.kind === "replace-rule" || change.kind === "remove-rule") return [change.at];
    const place = change.kind === "add-profile" ? change.parent : "profile" in change ? change.profile : undefined;
    return place !== undefined && "start" in place ? [place] : [];
  });
  const profiles = set.files.flatMap(({ policy }) => policy.value.profiles);
  const own = profiles.filter(({ origin: { span } }) =>
    places.some(
      (place) => span.file === file && place.file === file && span.start <= place.start && place.end <= span.end,
    ),
  );
  return own.map(({ name }) => name);
}

/** All texts that are to be written; what cannot be planned is not written at all. */
function planFiles(changes: SelectedChanges, world: World, settings: PolicySettings, files: FilesPort): Planned {
  const planned: PlannedFile[] = [];
  const refused: LearnedFile[] = [];
  for (const { file, changes: list } of changes.files) {
    const source = world.set.sources.get(file);
    if (source === undefined) continue;
    const { path, text: before } = source;
    const profiles = namesIn(file, list, world);
    const { edits, problems } = plan(parse(source), list);
    const reasons = problems.map(({ reason }) => PROBLEMS[reason]);
    if (reasons.length > 0) refused.push(refusedFile({ path, before, profiles }, reasons));
    else
      planned.push({
        path,
        profiles,
        before,
        after: applyEdits(before, edits),
        intent: { kind: "changes", changes: list },
      });
  }
  const names = newFileNames(settings.base, files);
  for (const draft of changes.profiles) {
    const name = names.nameFor(draft.name);
    if (name !== undefined) planned.push(newFile(draft, join(settings.base, name), settings, files));
    else {
      const at = { path: settings.base, profiles: [draft.name], before: undefined };
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
    const { path, profiles, before, after } = file;
    return { path, profiles, before, after, problems: [] };
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

function pathOf({ actions }: Candidate): string | undefined {
  const [action, ...others] = actions;
  const rule = action !== undefined && "rule" in action && others.length === 0 ? action.rule : undefined;
  return rule?.kind === "file" && rule.exec === undefined ? rule.path : undefined;
}

function shownCandidate(candidate: Candidate): LearnedCandidate {
  const { kind, reason, excess, actions } = candidate;
  return {
    kind,
    reason,
    excess,
    rules: actions.map(actionText),
    cautions: secondLook(candidate),
    path: pathOf(candidate),
  };
}

function shownProposal(proposal: Proposal, taken: Candidate | undefined): LearnedProposal {
  const { id, profile, kind, subject, status, candidates, evidence, wanted, note } = proposal;
  return {
    id,
    profile,
    kind,
    subject,
    status,
    count: evidence.count,
    comms: evidence.comms,
    mode: evidence.events.some(({ type }) => type === "DENIED" || type === "KILLED") ? "enforce" : "complain",
    wanted,
    candidates: candidates.map(shownCandidate),
    taken: taken === undefined ? undefined : candidates.indexOf(taken),
    note,
  };
}

/** The parts of a dialogue that do not change. */
export interface Setting {
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
        return [refusedFile({ path, profiles: [], before: undefined }, [bugText(thrown)])];
      }
    }),
  );
}

/** The policy of a directory, and how texts for it are tried. */
export function openSetting(given: PolicySettings, files: FilesPort, engine: PolicyEngine): Setting {
  const settings = { ...given, base: absoluteBase(given) };
  const compile: PolicyCheck["compile"] = (path, text, changed) => {
    const { ok: isFine, diagnostics } = engine.compile({ path, bytes: encodeBytes(text) }, settings, changed);
    return isFine
      ? undefined
      : (diagnostics.find(({ severity }) => severity === "error")?.message ?? "it does not compile");
  };
  const world = loadWorld(settings, files, (text) => compile("rule", text, files) === undefined);
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
  return { world, settings, files, check };
}

function openFrom(request: LearnRequest, given: PolicySettings, files: FilesPort, engine: PolicyEngine): LearnSession {
  const plain = openSetting(given, files, engine);
  const { world } = plain;
  const abstractions = includesFor(request, plain);
  const setting: Setting = { ...plain, check: { ...plain.check, abstractions } };
  const profiles = world.set.files.flatMap(({ policy }) => policy.value.profiles);
  const wanted = request.profile;
  const groups = wanted === undefined ? request.groups : request.groups.filter(({ event }) => concerns(event, wanted));
  const isStrict = request.choices === "strict";
  const session = openSession(groups, {
    profiles,
    abstractions: isStrict || request.includes === false ? [] : abstractions,
    variables: world.variables,
    isWritable: world.isWritable,
    readRules: world.readRules,
    ...(isStrict && { globFrom: Infinity }),
    newProfiles: request.createProfiles ? newNames(groups, profiles) : [],
    ...request.hats,
  });
  return shownSession(session, setting);
}

/** The abstractions, and what was named besides: of a directory each file in it. Those that give nothing are left out. */
function includesFor(
  { customIncludes = [] }: LearnRequest,
  { world, files, settings }: Setting,
): readonly Abstraction[] {
  const paths = customIncludes.flatMap((path) => {
    const place = join(settings.base, path);
    return files.kind(place) === "directory" ? policyFiles(files, place).map((name) => join(path, name)) : [path];
  });
  const known = new Set(world.abstractions.map(({ path }) => path));
  const own = [...new Set(paths)].filter((path) => !known.has(path)).map((path) => world.readInclude(path));
  return [...world.abstractions, ...own.filter(({ rules }) => rules.length > 0)];
}

/** The dialogue as a value, for whoever asks. */
export function shownSession(session: Session, setting: Setting): LearnSession {
  return {
    question: () => {
      const next = question(session);
      return next && shownQuestion(next, setting);
    },
    questions: () => questions(session).map((one) => shownQuestion(one, setting)),
    preview: (given) => {
      const found = candidateFor(session, given);
      if (!found.ok) return found;
      return ok(found.value === undefined ? NOTHING : shownCandidate(found.value));
    },
    fits: (given) => fits(session, given),
    answer: (choice) => {
      const next = answer(session, choice);
      return next.ok ? ok(shownSession(next.value, setting)) : next;
    },
    answerRest: () => shownSession(answerRest(session), setting),
    answers: () => answersOf(session),
    result: () => resultOf(session, setting),
  };
}

/** What skipping a question writes. */
const NOTHING: LearnedCandidate = {
  kind: "skip",
  reason: "it stays as it is",
  excess: 0,
  rules: [],
  cautions: [],
  path: undefined,
};

function shownQuestion({ proposal, suggested }: Question, { world }: Setting): LearnQuestion {
  return {
    proposal: shownProposal(proposal, suggested),
    choices: proposal.candidates.map(choiceOf),
    granted: grantedMode(proposal, world.set),
  };
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
  const path = base.startsWith("/") ? base : `${withoutTrailing(workingDirectory, "/")}/${base}`;
  return withoutTrailing(path, "/");
}

function shownSkip({ reason, count, detail, event }: Learning["skipped"][number]): SkippedEvents {
  return { reason, count, profile: event.profile ?? event.label ?? "", detail };
}

/** Writes what may be written, where a file still holds what was read, or is still not there; kept in `history`, to be undone. */
export function writeLearned(
  files: readonly LearnedFile[],
  store: FileStorePort,
  history: string | undefined,
): readonly FileRefusal[] {
  const changed = files.flatMap(({ path, before, after }) =>
    after === undefined || before === after ? [] : [{ path, before, after }],
  );
  if (changed.length === 0) return [];
  const kept = history === undefined ? undefined : keepWriting(history, changed, store);
  if (kept?.ok === false) return [kept.error];
  const refused = changed.flatMap(({ path, before, after }) => {
    const written = store.write(path, encodeBytes(after), {
      mode: 0o644,
      expected: before === undefined ? "absent" : encodeBytes(before),
      // Nobody should have to answer the same questions again.
      keepBeside: true,
    });
    return written.ok ? [] : [written.error];
  });
  if (kept?.ok === true && refused.length === changed.length) store.remove(kept.value);
  return refused;
}
