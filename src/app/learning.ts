/**
 * From a log to changed policy: which rules would have granted what was refused, and the texts with these rules in them.
 * Nothing is written here.
 */
import { decodeBytes, encodeBytes, withoutTrailing } from "../foundation/text/index.ts";
import type { FileRefusal, FilesPort, FileStorePort } from "../foundation/ports/index.ts";
import { compareText, ok } from "../foundation/basics/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import { isPlainName } from "../language/edit/index.ts";
import type { Profile } from "../language/model/index.ts";
import { resolvePolicy } from "../language/resolve/index.ts";
import { type EventGroup, bytesText } from "../learning/audit/index.ts";
import { needKey } from "../learning/access/index.ts";
import {
  type Abstraction,
  type Candidate,
  type Learning,
  type Proposal,
  type Question,
  type Session,
  actionText,
  answer,
  answerRest,
  answersOf,
  candidateFor,
  choiceOf,
  fits,
  openSession,
  question,
  questions,
  ruleOfEvent,
  secondLook,
  selectedChanges,
  selectionsOf,
} from "../learning/learn/index.ts";
import type {
  LearnAnswer,
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
import { type World, join, loadWorld, policyFiles } from "./learning-world.ts";
import { withoutCovered } from "./covered-answers.ts";
import { doubtfulFiles } from "./doubtful-files.ts";
import { type LastChanged, toLoad } from "./loaded-policy.ts";
import { type Comparer, openedByInclude } from "./opened-by-include.ts";
import { planFiles, refusedFile } from "./planned-files.ts";
import { keepWriting } from "./undo.ts";

export { needKey, ruleOfEvent };

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

function shownProposal(
  proposal: Proposal,
  taken: Candidate | undefined,
  { lastChanged, world }: Setting,
  opens?: readonly string[],
): LearnedProposal {
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
    candidates: candidates.map((one) =>
      one === taken && opens !== undefined ? { ...shownCandidate(one), opens } : shownCandidate(one),
    ),
    taken: taken === undefined ? undefined : candidates.indexOf(taken),
    note,
    toLoad: toLoad(proposal, world.set, lastChanged),
  };
}

/** The parts of a dialogue that do not change. */
export interface Setting {
  readonly world: World;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
  readonly check: PolicyCheck;
  /** What a text compiles to, in characters that stand for bytes; `undefined`: it does not. */
  readonly compiled: (path: string, text: string, files: FilesPort) => string | undefined;
  readonly compare?: Comparer | undefined;
  readonly lastChanged?: LastChanged | undefined;
  readonly notAsked?: readonly SkippedEvents[];
}

/** What is asked, of which policy, and who compiles. */
interface Opening {
  readonly request: LearnRequest;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
  readonly engine: PolicyEngine;
  /** Without one it is not said what includes open. */
  readonly compare: Comparer | undefined;
}

/**
 * Opens the dialogue about what a log asks of the policy.
 *
 * Errors: files that cannot be read, or that we fail on, are named in the result; a file whose changes cannot be made, or whose new text is
 * not exactly what was meant, has no new text but the reason.
 */
export function openLearning(opening: Opening): LearnSession {
  const { settings, files } = opening;
  try {
    return openFrom(opening);
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
    return withFailing(openFrom({ ...opening, files: { ...files, list } }), failing);
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
  const compiled: Setting["compiled"] = (path, text, changed) => {
    engine.forgetFiles();
    const done = engine.compile({ path, bytes: encodeBytes(text) }, settings, changed);
    return done.ok ? done.units.map(({ bytes }) => decodeBytes(bytes)).join("") : undefined;
  };
  return { world, settings, files, check, compiled };
}

function openFrom({ request, settings: given, files, engine, compare }: Opening): LearnSession {
  const plain = openSetting(given, files, engine);
  const { world } = plain;
  let offered: readonly Abstraction[] | undefined;
  const abstractions = (): readonly Abstraction[] => (offered ??= includesFor(request, plain));
  const { lastChanged } = request;
  const setting: Setting = { ...plain, check: { ...plain.check, abstractions }, compare, lastChanged };
  const { disabled, profiles } = world.set;
  const wanted = request.profile;
  const groups = wanted === undefined ? request.groups : request.groups.filter(({ event }) => concerns(event, wanted));
  const isStrict = request.choices === "strict";
  const session = openSession(groups, {
    profiles,
    disabled,
    abstractions: isStrict || request.includes === false ? [] : abstractions,
    variables: world.variables,
    isWritable: world.isWritable,
    readRules: world.readRules,
    ...(isStrict && { globFrom: Infinity }),
    newProfiles: request.createProfiles ? newNames(groups, profiles) : [],
    ...request.hats,
  });
  return shownSession(session, { ...setting, notAsked: notAsked(request) });
}

/** What concerns other profiles than the one that is asked about. */
function notAsked({ groups, profile: wanted }: LearnRequest): readonly SkippedEvents[] {
  if (wanted === undefined) return [];
  const counts = new Map<string, number>();
  for (const { event, count } of groups) {
    const profile = event.profile ?? event.label ?? "";
    if (!concerns(event, wanted)) counts.set(profile, (counts.get(profile) ?? 0) + count);
  }
  return [...counts].map(([profile, count]) => ({ reason: "other-profile", count, profile, detail: undefined }));
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
  const abstractions = world.abstractions();
  const known = new Set(abstractions.map(({ path }) => path));
  const own = [...new Set(paths)].filter((path) => !known.has(path)).map((path) => world.readInclude(path));
  return [...abstractions, ...own.filter(({ rules }) => rules.length > 0)];
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
    opened: (given) => openedAnswer(session, given, setting),
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

function openedAnswer(session: Session, given: LearnAnswer, setting: Setting): readonly string[] | undefined {
  const proposal = session.learning.proposals.find(({ id }) => id === given.question);
  const found = candidateFor(session, given);
  if (proposal === undefined || !found.ok || found.value === undefined) return undefined;
  return openedByInclude(session, { proposal, candidate: found.value }, setting);
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

function shownQuestion({ proposal, suggested }: Question, setting: Setting): LearnQuestion {
  const { world } = setting;
  return {
    proposal: shownProposal(proposal, suggested, setting),
    choices: proposal.candidates.map(choiceOf),
    granted: grantedMode(proposal, world.set),
  };
}

/** The texts that the answers come to, tried. */
function resultOf(session: Session, setting: Setting): LearnResult {
  const { world, settings, files, check } = setting;
  const { proposals, skipped } = session.learning;
  const taken = new Map(selectionsOf(session).map(({ proposal, candidate }) => [proposal.id, candidate]));
  const { covered, selections } = withoutCovered(session, setting);
  const planned = planFiles(selectedChanges(selections, session.options.profiles), world, settings, files);
  const changed = [...checkedFiles(planned.files, check), ...planned.refused];
  return {
    proposals: proposals.map((proposal) => {
      const candidate = taken.get(proposal.id);
      const opens = candidate && openedByInclude(session, { proposal, candidate }, setting);
      const include = covered.get(proposal.id);
      const shown = shownProposal(proposal, candidate, setting, opens);
      return include === undefined ? shown : { ...shown, covered: include };
    }),
    skipped: [...skipped.map(shownSkip), ...(setting.notAsked ?? [])],
    files: changed,
    unreadable: world.unreadable,
    doubtful: doubtfulFiles(changed, world.set),
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
