/** The command `aa-logprof` (tools 12, 14): from a log to rules, question by question, on a terminal or as a JSON dialogue. */
import {
  type LearnResult,
  type LearnSession,
  type LearnedFile,
  type Learner,
  type PolicySettings,
  compileAndLoad,
  defaultPolicySettings,
  loadAuditor,
  loadLearner,
  refusalText,
} from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, KernelPort, LogSource } from "../../foundation/ports/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { isWithoutAppArmor } from "../without-apparmor.ts";
import { directoryRefusalText, undoDirectory } from "../own-directory.ts";
import { type Face, hold } from "./dialogue/asks.ts";
import { type DialogueConfig, readConfig } from "./dialogue/config.ts";
import { learnFlow, startRun } from "./dialogue/flow.ts";
import { jsonFace } from "./dialogue/json-face.ts";
import { keepFile } from "./dialogue/keep-file.ts";
import { fromMark } from "./dialogue/marked-log.ts";
import { readRatings } from "./dialogue/rating.ts";
import { textFace } from "./dialogue/text-face.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "help", long: "help", short: "h" },
  { key: "dir", long: "dir", short: "d", value: "required" },
  { key: "file", long: "file", short: "f", value: "required" },
  { key: "mark", long: "mark", short: "m", value: "required" },
  { key: "mark", long: "logmark", value: "required" },
  { key: "json", long: "json", short: "j" },
  { key: "all", long: "allow-all", short: "a" },
  { key: "no-abstraction", long: "no-abstraction" },
  { key: "output", long: "output-dir", short: "o", value: "required" },
  { key: "config", long: "configdir", value: "required" },
  { key: "no-check", long: "no-check-mountpoint" },
] as const;

const USAGE = "usage: aa-logprof [-h] [-d DIR] [-f FILE] [-m MARK] [-j] [-a] [--no-abstraction] [-o OUTPUT_DIR]\n";

const HELP = `${USAGE}
Goes through what AppArmor refused, or only noted, and asks which of it to permit.

options:
  -h, --help            print this
  -d, --dir DIR         the directory of profiles
  -f, --file FILE       the log
  -m, --mark MARK       leave out what is before the first line with MARK in it
  -j, --json            hold the dialogue in JSON, a line each way
  -a, --allow-all       ask nothing, and take what would be suggested
  --no-abstraction      propose no includes
  -o, --output-dir DIR  write changed profiles there instead

Nothing is written before you say so at the end; \`armorer undo\` takes the last writing back. The key ? explains the keys.
`;

/** What a run works with. */
interface Work {
  readonly call: ToolCall;
  readonly io: CliIo;
  readonly kernel: KernelPort;
  readonly config: DialogueConfig;
  readonly settings: PolicySettings;
  readonly learner: Learner;
}

function refuse(io: CliIo, text: string): number {
  io.err(`\nERROR: ${displayText(text)}\n`);
  return 1;
}

/** The kernel's features; those of the newest one known where none is there to load into. */
function featuresOf(io: CliIo, kernel: KernelPort): Outcome<string, string> {
  const running = kernel.features();
  if (running.ok) return running;
  if (running.error.kind !== "no-apparmor" && !(running.error.kind === "io" && running.error.errno === "ENOENT")) {
    return fail(refusalText(running.error));
  }
  const newest = io.files.read(`${packageDirectory()}policy/abi/5.0`);
  return newest.ok ? ok(decodeBytes(newest.value)) : fail(fileRefusalText(newest.error));
}

function absolute(path: string, io: CliIo): string {
  return path.startsWith("/") ? path : `${io.workingDirectory.replace(/\/+$/, "")}/${path}`;
}

/** The log that is named, else the first of the configured ones, else whatever this system has. */
function sourcesOf({ call, io, config }: Work): Outcome<readonly LogSource[], string> {
  const named = call.value("file");
  if (named !== undefined) {
    const status = io.files.status(named);
    if (status.ok && status.value.kind === "directory") return fail(`${named} is a directory. Please specify a file.`);
    if (!status.ok && status.error.errno === "ENOENT")
      return fail(`The logfile ${named} does not exist. Please check the path.`);
    return ok([{ kind: "file", path: named }]);
  }
  const path = config.logFiles.find((log) => io.files.kind(log) === "file");
  return ok(path === undefined ? [] : [{ kind: "file", path }]);
}

async function openSession(work: Work, face: Face): Promise<Outcome<LearnSession, string>> {
  const { call, io, learner, settings } = work;
  const sources = sourcesOf(work);
  if (!sources.ok) return sources;
  const mark = call.value("mark");
  const marked = mark === undefined ? undefined : fromMark(io.logsAt({}), mark);
  const { openLog, readAudit } = await loadAuditor();
  face.put({ kind: "info", text: `Updating AppArmor profiles in ${settings.base}.` });
  const opened = await openLog(marked?.logs ?? io.logsAt({}), sources.value, { follow: false });
  if (!opened.ok) {
    const [first] = opened.error;
    const why = first === undefined ? "" : ` (${fileRefusalText(first)})`;
    return fail(`Can't find system log "${first?.path ?? ""}". Please check permissions.${why}`);
  }
  const [source] = opened.value.sources;
  const name = source?.kind === "file" ? source.path : source?.kind;
  face.put({ kind: "info", text: `Reading log entries from ${name ?? ""}.` });
  const report = await readAudit(opened.value, { filter: {}, keyOf: learner.keyOf });
  if (marked?.seen() === false) face.put({ kind: "important", text: `No line of the log has ${mark} in it.` });
  const request = {
    groups: report.groups,
    profile: undefined,
    createProfiles: false,
    includes: !call.has("no-abstraction"),
  };
  return ok(learner.open(request, settings, io.files));
}

/** Has a changed file take effect; what went wrong is said. Whether it has, or there is nothing to load it into (tools 2.7). */
async function reload({ io, kernel, settings }: Work, path: string, face: Face): Promise<boolean> {
  if (isWithoutAppArmor(kernel)) return true;
  const bytes = io.files.read(path);
  if (!bytes.ok) {
    face.put({ kind: "important", text: `${path} was not loaded: ${fileRefusalText(bytes.error)}` });
    return false;
  }
  const [done] = await compileAndLoad([{ path, bytes: bytes.value }], settings, { files: io.files, kernel });
  const problems = [
    ...(done?.source.diagnostics ?? []).filter(({ severity }) => severity === "error").map(({ message }) => message),
    ...(done?.loaded ?? []).flatMap(({ refusal }) => (refusal === undefined ? [] : [refusalText(refusal)])),
  ];
  for (const problem of problems) face.put({ kind: "important", text: `${path} was not loaded: ${problem}` });
  return problems.length === 0;
}

/** Writes files below another directory, under their own names. */
function writeElsewhere(elsewhere: string, files: readonly LearnedFile[], { io }: Work): readonly FileRefusal[] {
  const directory = absolute(elsewhere, io);
  const made = io.files.makeDirectory(directory, 0o700);
  if (!made.ok && made.error.errno !== "EEXIST") return [made.error];
  return files.flatMap((file) => {
    const path = `${directory}/${file.path.slice(file.path.lastIndexOf("/") + 1)}`;
    const written = io.files.write(path, encodeBytes(file.after ?? ""), { mode: 0o600 });
    return written.ok ? [] : [written.error];
  });
}

/** Writes files in one go, so that they can be undone in one, and has what was written take effect. */
async function writeAll(work: Work, files: readonly LearnedFile[], face: Face): Promise<boolean> {
  const { call, io, learner } = work;
  for (const name of files.flatMap(({ profiles }) => profiles)) {
    face.put({ kind: "info", text: `Writing updated profile for ${name}.` });
  }
  const elsewhere = call.value("output");
  const history = files.length > 0 && elsewhere === undefined ? undoDirectory(io) : undefined;
  if (history?.ok === false) {
    face.put({ kind: "important", text: `This cannot be undone: ${directoryRefusalText(history.error)}` });
  }
  const refusals =
    elsewhere === undefined
      ? learner.write(files, io.files, history?.ok === true ? history.value : undefined)
      : writeElsewhere(elsewhere, files, work);
  for (const refusal of refusals) {
    face.put({ kind: "important", text: `${refusal.path}: ${fileRefusalText(refusal)}` });
  }
  const refused = new Set(refusals.map(({ path }) => path));
  let isWhole = refusals.length === 0 && history?.ok !== false;
  if (elsewhere === undefined) {
    for (const { path } of files) isWhole = (refused.has(path) || (await reload(work, path, face))) && isWhole;
  }
  return isWhole;
}

/** Says of which files not all could be read. Whether events may have been passed over for that, since their profile seems not to be there. */
function sayUnread({ unreadable, skipped }: LearnResult, face: Face): boolean {
  for (const { path, reason } of unreadable)
    face.put({ kind: "important", text: `Not all of ${path} can be read: ${reason}` });
  return unreadable.length > 0 && skipped.some(({ reason }) => reason === "unknown-profile");
}

/** Takes all that is suggested, says what, and writes it. */
async function allowAll(work: Work, session: LearnSession, face: Face): Promise<number> {
  const result = session.answerRest().result();
  for (const { profile, taken, candidates } of result.proposals) {
    for (const rule of candidates[taken ?? -1]?.rules ?? []) {
      face.put({ kind: "info", text: `Adding ${rule} to profile ${profile}.` });
    }
  }
  for (const { path, problems } of result.files) {
    for (const problem of problems) face.put({ kind: "important", text: `${path} cannot be changed: ${problem}` });
  }
  const files = result.files.filter(({ before, after }) => after !== undefined && before !== after);
  const isUnread = sayUnread(result, face);
  const isWritten = await writeAll(work, files, face);
  return isWritten && !isUnread && result.files.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

async function converse(work: Work, face: Face): Promise<number> {
  const { call, io, config } = work;
  const session = await openSession(work, face);
  if (!session.ok) return refuse(io, session.error);
  if (call.has("all")) return allowAll(work, session.value, face);
  const isUnread = sayUnread(session.value.result(), face);
  const ratings = io.files.read(`${call.value("config") ?? "/etc/apparmor"}/severity.db`);
  const questions = startRun(session.value, {
    ratings: ratings.ok ? readRatings(decodeBytes(ratings.value)) : undefined,
    qualifiers: config.qualifiers,
  });
  const end = hold(learnFlow(questions), face);
  if ("ended" in end)
    return refuse(io, end.ended ?? "The answers ended before the questions did. Nothing was changed.");
  const { files, isRefused, kind } = end.result;
  const isWhole = kind !== "saved" || (await writeAll(work, files, face));
  return isWhole && !isUnread && (kind === "abandoned" || !isRefused) ? 0 : 1;
}

async function run(call: ToolCall): Promise<number> {
  const { io } = call;
  const kernel = io.kernelAt({});
  if (isWithoutAppArmor(kernel) && !call.has("no-check")) {
    return refuse(io, "It seems AppArmor was not started. Please enable AppArmor and try again.");
  }
  const read = readConfig(io.files, call.value("config"));
  if (!read.ok) return refuse(io, read.error);
  const config = read.value;
  const base = absolute(call.value("dir") ?? config.profileDirectory, io);
  const listing = io.files.list(base);
  if (!listing.ok) {
    const { errno } = listing.error;
    const why = errno === "ENOENT" || errno === "ENOTDIR" ? "" : `: ${fileRefusalText(listing.error)}`;
    return refuse(io, `Can't find AppArmor profiles in ${base}${why}`);
  }
  const features = featuresOf(io, kernel);
  if (!features.ok) return refuse(io, features.error);
  const settings = defaultPolicySettings({
    base,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  const face = call.has("json") ? jsonFace(io, keepFile) : textFace(io);
  return converse({ call, io, kernel, config, settings, learner: await loadLearner() }, face);
}

export const tool: Tool = {
  name: "aa-logprof",
  options,
  help: HELP,
  operands: "none",
  wrong: (text, io) => {
    io.err(`${USAGE}aa-logprof: error: ${displayText(text ?? "unrecognized arguments")}\n`);
    return 2;
  },
  run,
};
