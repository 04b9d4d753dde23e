import {
  type AuditReport,
  type LearnQuestion,
  type LearnSession,
  type Learner,
  type LearnResult,
  type LearnedProposal,
  type PolicySettings,
  loadAuditor,
  loadLearner,
} from "../../app/index.ts";
import { invariant } from "../../foundation/basics/index.ts";
import { type StyledText, displayText, plainPath, unifiedDiff } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, baseOption, didYouMeanOption, printJson, usageError } from "./command.ts";
import { advisedCommand } from "./advised.ts";
import { openedText } from "../opened-text.ts";
import { fileRefusalText } from "../errno-texts.ts";
import {
  logConflicts,
  logOptions,
  logProblem,
  logSources,
  readingText,
  refusalTexts,
  sinceOf,
  times,
} from "./log-options.ts";
import { includeOption, policySettings } from "./policy-options.ts";
import { paintDiff, paintLines } from "./paint.ts";
import { askLine } from "./prompt.ts";
import { certainLosses, emptiness, isComplete, omissions, unknownProfile } from "./audit.ts";
import { directoryRefusalText, namedPath, undoDirectory } from "../own-directory.ts";
import { type Learned, learnFromRun, problemOfRun } from "./learn-run.ts";
import { mayBeMissed } from "../missed-profiles.ts";
import { type KeptAnswers, giveKept, keepAnswers, keptText } from "./kept-answers.ts";
import { FILE, anyText, oneOf } from "./value-types.ts";

async function readEvents(
  call: Invocation,
  { keyOf }: Learner,
  { profile, ...since }: { readonly profile: string | undefined; readonly sinceMs?: number },
): Promise<AuditReport | string> {
  const logs = call.io.logsAt(call.root === undefined ? {} : { root: call.root });
  const { openLog, readAudit } = await loadAuditor();
  const opened = await openLog(logs, logSources(call), { follow: false, ...since });
  if (!opened.ok) return refusalTexts(opened.error).join("; ");
  return readAudit(opened.value, { filter: { ...since, ...(profile !== undefined && { profile }) }, keyOf });
}

/** What is no question any more, and why. */
const SETTLED: Readonly<Record<string, string>> = {
  covered: "the policy on disk permits it by now; load it, if it was refused since",
  denied: "a deny rule refuses it, and no other rule could permit it",
};

/** What the policy on disk permits by now is a matter of loading it. */
function loadingText({ toLoad }: LearnedProposal, call: Invocation): string | undefined {
  if (toLoad === undefined) return undefined;
  const { changed, path } = toLoad;
  const why =
    changed === undefined
      ? `${path} permitted it before this event already, so what is loaded seems older`
      : `${changed} was changed after this event`;
  return `${why}; load it: ${advisedCommand("load", call, path)}`;
}

const coveredText = (include: string): string => `include <${include}>, which was taken, permits all of it`;

/** `said`: what was said of proposals before it, which is not said again. */
function proposalText(proposal: LearnedProposal, call: Invocation, said = new Set<string>()): StyledText {
  const often = proposal.count === 1 ? "once" : `${proposal.count} times`;
  const head = `${proposal.profile}: ${proposal.subject} (${often}${proposal.status === "needed" ? "" : `, ${proposal.status}`})`;
  const ways = proposal.candidates.flatMap(({ kind, reason, rules, cautions, opens }, index) => {
    const mark = proposal.taken === index ? "*" : " ";
    const written = rules.join(" ").replace(/\s+/g, " ");
    const way = `  ${mark} ${index + 1}. ${kind}: ${written === "" ? "" : `${written}  — `}${reason}`;
    const opened = openedText(opens);
    return [
      way,
      ...cautions.map((caution) => `       look twice: ${caution}`),
      ...opened.map((line) => `       ${line}`),
    ];
  });
  const loading = loadingText(proposal, call);
  const settled =
    loading !== undefined && said.has(loading) ? "load it, as above" : (loading ?? SETTLED[proposal.status]);
  if (loading !== undefined) said.add(loading);
  const note = proposal.covered === undefined ? [] : [`    no rule is written: ${coveredText(proposal.covered)}`];
  const text = [head, ...(settled === undefined ? [...ways, ...note] : [`    ${settled}`])]
    .map((line) => `${displayText(line)}\n`)
    .join("");
  return paintLines(text, [
    [/^ {2}\*/, "good"],
    [/^ {7}look twice/, "warning"],
    [/^\S/, "bold"],
  ]);
}

/** Asks a person; an empty line takes the first way, `s` none. `undefined`: nobody answers any more. */
function askChoice(session: LearnSession, { proposal, choices }: LearnQuestion, call: Invocation): string | undefined {
  const { io } = call;
  const first = proposal.taken ?? 0;
  const opens = session.opened({ question: proposal.id, choice: choices[first] ?? "skip" });
  const candidates = proposal.candidates.map((one, at) =>
    at === first && opens !== undefined ? { ...one, opens } : one,
  );
  io.err(proposalText({ ...proposal, candidates }, call));
  for (;;) {
    const line = askLine(io, `take 1-${choices.length}, s to skip, b to go back [${first + 1}]: `);
    if (line === undefined || line === "b") return line;
    if (line === "s") return "skip";
    const choice = choices[line === "" ? first : Number(line) - 1];
    if (choice !== undefined) return choice;
    io.err(`\`${displayText(line)}\` is none of the answers\n`);
  }
}

/**
 * Asks one question after the other, or nobody; answers are kept as they are given where there is a file for them. `undefined`: the answers
 * ended before the questions did; a text: they cannot be kept.
 */
function answered(
  session: LearnSession,
  call: Invocation,
  kept: KeptAnswers | undefined,
): LearnSession | string | undefined {
  if (!call.has("ask")) return session.answerRest();
  let current = session;
  const past: LearnSession[] = [];
  for (let asked = current.question(); asked !== undefined; asked = current.question()) {
    const choice = askChoice(current, asked, call);
    if (choice === undefined) return undefined;
    if (choice === "b") current = past.pop() ?? current;
    else {
      const next = current.answer({ question: asked.proposal.id, choice });
      invariant(next.ok, "an open question takes one of its choices");
      past.push(current);
      current = next.value;
    }
    const problem = kept && keepAnswers(kept, current, call.io);
    if (problem !== undefined) return problem;
  }
  return current;
}

function unanswered(why: string, call: Invocation): undefined {
  refuse(why, call);
  return undefined;
}

/** The session with all its answers; `undefined`: there are none, which was said. */
function openAnswered(opened: LearnSession, call: Invocation): LearnSession | undefined {
  const path = call.value("answers");
  const kept = path === undefined ? undefined : giveKept(opened, path, call.io);
  if (kept?.ok === false) return unanswered(kept.error, call);
  for (const note of kept === undefined ? [] : keptText(kept.value)) call.io.err(`note: ${displayText(note)}\n`);
  const session = answered(kept?.value.session ?? opened, call, kept?.value);
  if (typeof session === "string") return unanswered(session, call);
  if (session !== undefined) return session;
  const where = path === undefined ? "" : `; those that were given are in ${path}`;
  call.io.err("\n");
  return unanswered(`the answers ended before the questions did; nothing was written${where}`, call);
}

/** Whoever was asked is shown what comes of it, and asked once more. */
function isConfirmed(result: LearnResult, call: Invocation): boolean | undefined {
  if (!call.has("ask") || result.files.every(({ before, after }) => after === undefined || before === after))
    return true;
  const line = askLine(call.io, "write this? y or n [n]: ");
  return line === undefined ? undefined : line === "y" || line === "yes";
}

/** Events that are not refusals, or that were answered otherwise, need no word. */
const EXPECTED: ReadonlySet<string> = new Set([
  "not-a-refusal",
  "left-confinement",
  "denied-exec",
  "denied-hat",
  "unconfined",
  // It was told to leave these out.
  "other-profile",
]);

const SKIPPED: Readonly<Record<string, string>> = {
  "unknown-profile": "the policy has no such profile, --create makes it",
  stack: "it is of a stack, and the record does not say which of its profiles refused it",
  "other-namespace": "the policy has no such profile in that namespace",
  incomplete: "what a rule needs is missing or cut off",
  "unknown-value": "a field holds a value that no rule can express",
  unnamable: "no profile can have this name",
  unwritable: "the rule would not be read back as it was meant",
  "no-rule-helps": "no rule can permit it",
  "lost-exec": "the record that says which program they belong to is not in the log",
  "pending-exec": "the program they belong to has not been decided",
};

/** Profiles of a new text that no program gets by being started: a log names the profile, and seldom the program. */
function unattached(text: string): readonly string[] {
  const heads = text.matchAll(/^profile (?:"([^"\n]*)"|([^\s"{]+)) (?:flags=\([^)\n]*\) )?\{$/gm);
  return [...heads].flatMap(([, quoted, plain]) => quoted ?? plain ?? []).filter((name) => !name.startsWith("/"));
}

/** What the log asked and got no answer to, a line for each reason with an example. */
function printSkipped(result: LearnResult, call: Invocation): void {
  const byReason = new Map<string, { count: number; example: string }>();
  for (const { reason, count, profile, detail } of result.skipped) {
    if (EXPECTED.has(reason)) continue;
    const known = byReason.get(reason) ?? { count: 0, example: detail ?? profile };
    byReason.set(reason, { ...known, count: known.count + count });
  }
  for (const [reason, { count, example }] of byReason) {
    const about = example === "" ? "" : ` (${displayText(example)})`;
    call.io.err(`note: ${count} event${count === 1 ? "" : "s"} left out: ${SKIPPED[reason] ?? reason}${about}\n`);
  }
}

/** What is said where nothing of a log asks for a rule, and nothing else says why. */
function unaskedText({ proposals, skipped }: LearnResult): string | undefined {
  const count = skipped.reduce((sum, one) => sum + one.count, 0);
  if (count === 0 || proposals.length > 0 || skipped.some(({ reason }) => !EXPECTED.has(reason))) return undefined;
  return `none of ${times(count, "event")} asks for a rule: nothing was refused to a program that has a profile`;
}

/** Rules that were taken and are not written. */
function printCovered({ proposals }: LearnResult, { io }: Invocation): void {
  for (const { candidates, covered, profile, taken } of proposals) {
    if (covered === undefined) continue;
    const rules = candidates[taken ?? -1]?.rules.join(" ") ?? "";
    io.err(`note: ${displayText(`${profile}: ${rules} is not written: ${coveredText(covered)}`)}\n`);
  }
}

/** Whether everything the log asked could be put as a rule, as far as rules go. */
function isAnswered(result: LearnResult): boolean {
  return result.skipped.every(({ reason }) => !["unknown-value", "unnamable", "unwritable"].includes(reason));
}

/** A path as the caller would say it, below the directory as it was named: patch(1) finds the file where the call was made. */
function shownPath(path: string, call: Invocation): string {
  const base = call.value("base")?.replace(/(?<=.)\/+$/, "");
  if (base === undefined || base.startsWith("/")) return path;
  const whole = plainPath(`${call.io.workingDirectory}/${base}`);
  const own = plainPath(path);
  return own.startsWith(`${whole}/`) ? `${base}${own.slice(whole.length)}` : path;
}

function print(result: LearnResult, report: AuditReport, call: Invocation): void {
  const { io } = call;
  if (call.json) {
    printJson(io, "armorer/learn/1", {
      ...result,
      proposals: result.proposals.map((proposal) => ({
        ...proposal,
        wanted: undefined,
        candidates: proposal.candidates.map((candidate) => ({ ...candidate, path: undefined })),
      })),
      skipped: result.skipped.map((skipped) => ({ ...skipped, detail: skipped.detail ?? null })),
      unreadable: result.unreadable.map(({ path }) => path),
      files: result.files.map((file) => ({ ...file, before: file.before ?? null, after: file.after ?? null })),
      log: {
        beyond: report.beyond,
        lines: report.reading.lines,
        problemCounts: report.reading.problemCounts,
        notes: [...certainLosses(report), ...omissions(report)],
      },
    });
    return;
  }
  io.err(readingText(report));
  const isListed = !call.has("ask") && !call.has("diff");
  const said = new Set<string>();
  if (isListed) for (const proposal of result.proposals) io.out(proposalText(proposal, call, said));
  for (const { path, before, after, problems } of result.files) {
    for (const problem of problems) io.err(`armorer learn: ${displayText(path)}: ${displayText(problem)}\n`);
    if (after === undefined) continue;
    const diff = unifiedDiff(before ?? "", after, {
      oldName: before === undefined ? "/dev/null" : shownPath(path, call),
      newName: shownPath(path, call),
    });
    io.verbatim(paintDiff(diff));
  }
  if (!isListed) printCovered(result, call);
  for (const note of [...certainLosses(report), ...omissions(report)]) io.err(`note: ${displayText(note)}\n`);
  printSkipped(result, call);
  for (const { after, before, path } of result.files) {
    const names = before === undefined && after !== undefined ? unattached(after) : [];
    for (const name of names)
      io.err(`note: ${displayText(`${path}: \`${name}\` attaches to no program: write its path behind the name`)}\n`);
  }
  for (const { path, reason } of result.unreadable)
    io.err(`note: not all of ${displayText(path)} can be read: ${displayText(reason)}\n`);
  for (const { path, reason } of result.doubtful) io.err(`note: ${displayText(`${path}: ${reason}`)}\n`);
}

/** What is different now, and what is not yet. */
function tellWritten(files: LearnResult["files"], call: Invocation, isKept: boolean): void {
  const { io, operands } = call;
  if (files.length === 0) {
    io.err("note: nothing was to be written\n");
    return;
  }
  for (const { path } of files) io.err(`${displayText(path)}: written\n`);
  const undo = displayText(advisedCommand("undo", call));
  const load = displayText(advisedCommand("load", call, ...files.map(({ path }) => path)));
  const back = isKept ? `; \`${undo}\` takes it back` : "";
  // Behind a run, what is written is loaded as well.
  if (operands[0] !== "run") io.err(`note: what is loaded stays as it is until \`${load}\` loads it${back}\n`);
  else if (isKept) io.err(`note: \`${undo}\` takes back what was written\n`);
}

/** Whether all was written that was to be, and what was. */
interface Written {
  readonly isFine: boolean;
  readonly written: readonly string[];
}

function write(result: LearnResult, learner: Learner, call: Invocation): Written {
  const isSomething = result.files.some(({ before, after }) => after !== undefined && before !== after);
  const history = isSomething ? undoDirectory(call.io, call.root) : undefined;
  const refusals = learner.write(result.files, call.io.files, history?.ok === true ? history.value : undefined);
  for (const refusal of refusals) {
    call.io.err(`armorer learn: ${displayText(namedPath(call.io, refusal.path))}: ${fileRefusalText(refusal)}\n`);
  }
  const refused = new Set(refusals.map(({ path }) => path));
  // What cannot be kept, to be undone, is not written at all.
  const isKept = refusals.every(({ path }) => result.files.some((file) => file.path === path));
  const written = result.files.filter(
    ({ path, before, after }) => isKept && after !== undefined && before !== after && !refused.has(path),
  );
  const isPrevented = result.files.some(({ after }) => after === undefined);
  if (!call.json && written.length === 0 && isPrevented) call.io.err("note: nothing was written\n");
  else if (!call.json && (written.length > 0 || refusals.length === 0))
    tellWritten(written, call, history?.ok === true);
  const paths = written.map(({ path }) => path);
  if (history?.ok !== false) return { isFine: refusals.length === 0, written: paths };
  if (written.length === 0) return { isFine: false, written: [] };
  const why = directoryRefusalText(history.error);
  call.io.err(`armorer learn: what is written cannot be undone: ${displayText(why)}\n`);
  return { isFine: false, written: paths };
}

/** Writes where that is wanted, and confirmed. */
function finish(result: LearnResult, learner: Learner, call: Invocation): Written {
  if (!call.has("write")) return { isFine: true, written: [] };
  const confirmed = isConfirmed(result, call);
  if (confirmed === true) return write(result, learner, call);
  call.io.err("note: nothing was written\n");
  return { isFine: confirmed !== undefined, written: [] };
}

/** What options say together that they cannot say. */
function problemOf(call: Invocation): string | undefined {
  const isRun = call.operands[0] === "run";
  if (!isRun && call.operands.length > 0) return "takes no operands but run; name a file with --log";
  const problem = isRun ? problemOfRun(call) : undefined;
  if (problem !== undefined) return problem;
  if (call.has("ask") && call.has("json")) return "nobody can be asked where a document is wanted";
  return logProblem(call);
}

async function run(call: Invocation): Promise<number> {
  const problem = problemOf(call);
  const hint = call.operands[0] === "run" ? "" : didYouMeanOption(call.operands, command.options, call.io);
  if (problem !== undefined) return usageError(call.io, "learn", problem, hint);
  const policy = policySettings(call);
  if (!policy.ok) return usageError(call.io, "learn", displayText(policy.error));
  const learner = await loadLearner();
  if (call.operands[0] !== "run") {
    const report = await readEvents(call, learner, { ...sinceOf(call), profile: call.value("profile") });
    return typeof report === "string" ? refuse(report, call) : learn(call, learner, policy.value, report).status;
  }
  const status = await learnFromRun(call, policy.value, {
    read: async (since) => await readEvents(call, learner, since),
    learn: (report) => learn(call, learner, policy.value, report),
  });
  return typeof status === "string" ? refuse(status, call) : status;
}

function refuse(text: string, { io }: Invocation): number {
  io.err(`armorer learn: ${displayText(text)}\n`);
  return EXIT.bad;
}

/** Proposes, asks where that is wanted, and writes. */
function learn(call: Invocation, learner: Learner, settings: PolicySettings, report: AuditReport): Learned {
  const request = {
    groups: report.groups,
    profile: call.value("profile"),
    createProfiles: call.has("create"),
    lastChanged: (path: string): number | undefined => {
      const status = call.io.files.status(path);
      return status.ok ? Number(status.value.modifiedNs / 1_000_000n) : undefined;
    },
    choices: call.value("choices") === "strict" ? ("strict" as const) : ("balanced" as const),
  };
  const session = openAnswered(learner.open(request, settings, call.io.files), call);
  if (session === undefined) return { status: EXIT.bad, written: [] };
  const result = session.result();
  print(result, report, call);
  const unknown = unknownProfile(report, request.profile);
  if (unknown !== undefined) call.io.err(`armorer learn: ${displayText(unknown)}\n`);
  else if (!call.json) {
    const unasked = unaskedText(result);
    const notes = [...emptiness(report), ...(unasked === undefined ? [] : [unasked])];
    for (const note of notes) call.io.err(`note: ${displayText(note)}\n`);
  }
  const { isFine, written } = finish(result, learner, call);
  const isWhole =
    isComplete(report) &&
    unknown === undefined &&
    isAnswered(result) &&
    !mayBeMissed(result) &&
    result.files.every(({ problems }) => problems.length === 0);
  return { status: isFine && isWhole ? EXIT.fine : EXIT.bad, written };
}

export const command: Command = {
  name: "learn",
  summary: "propose rules for denials found in a log, and write them",
  isSlow: true,
  usage: "[OPTION]... [run -- PROGRAM [ARGUMENT]...]",
  options: [
    baseOption,
    includeOption,
    ...logOptions,
    {
      key: "profile",
      long: "profile",
      short: "p",
      type: anyText("NAME", "the name of a profile"),
      about: "only this profile and its children",
    },
    { key: "create", long: "create", about: "create profiles that the log names and the policy lacks" },
    {
      key: "ask",
      long: "ask",
      short: "a",
      about: "ask which candidate to take; by default the first of each is taken",
    },
    {
      key: "answers",
      long: "answers",
      type: FILE,
      about: "give the answers in FILE, and keep there what is answered, as soon as it is",
    },
    {
      key: "choices",
      long: "choices",
      type: oneOf("TASTE", ["strict", "balanced"]),
      about: "what is taken: strict takes no includes and no patterns for directories (balanced)",
    },
    { key: "diff", long: "diff", about: "show what would change, and nothing else" },
    { key: "dry-run", long: "dry-run", short: "n", about: "write nothing, as by default" },
    {
      key: "write",
      long: "apply",
      short: "w",
      about: "write the changed files; by default only show what would change",
    },
    { key: "write", long: "write", about: "the same" },
  ],
  conflicts: [["diff", "write"], ["dry-run", "write"], ...logConflicts],
  runsProgram: true,
  examples: [
    ["armorer learn --since yesterday", "what rules would permit what was refused since yesterday"],
    [
      "armorer learn -f kern.log --profile man --ask --write",
      "one profile, question by question, and write the answers",
    ],
    ["armorer learn run --apply -- /usr/local/bin/notes --all", "a first profile from one run of a program"],
  ],
  details:
    "Each proposal says what was refused, how often, and how it could be permitted, best first. Files keep their comments and order.\n" +
    "What was written can be taken back with `armorer undo`.\n\n" +
    "`run` runs a program here and learns from what the kernel notes meanwhile. A program without a profile gets one in complain mode, loaded, which permits everything and notes what was not foreseen; " +
    "with --apply it is kept, with the rules that were learned, and still complains, and without it is taken away again. It takes root and a kernel with AppArmor.",
  run,
};
