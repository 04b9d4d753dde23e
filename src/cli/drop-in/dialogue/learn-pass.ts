/** One pass of learning (tools 12.1): a log is read, what it asks is asked, and what was answered is written. */
import { type LearnSession, type LearnedFile, loadAuditor } from "../../../app/index.ts";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { FileRefusal, LogSource } from "../../../foundation/ports/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import { type Face, hold } from "./asks.ts";
import { learnFlow, startRun } from "./flow.ts";
import { fromMark, fromOffset } from "./marked-log.ts";
import { readRatings } from "./rating.ts";
import { type Work, sayUnread, writeAll } from "./work.ts";

/** The log that is named, else the first of the configured ones, else whatever this system has. */
export function sourcesOf({ call, io, config }: Work): Outcome<readonly LogSource[], string> {
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

/** Why a log cannot be read; `undefined`: it can. */
export async function logProblem(sources: readonly LogSource[], { io }: Work): Promise<string | undefined> {
  const { openLog } = await loadAuditor();
  const opened = await openLog(io.logsAt({}), sources, { follow: false });
  return opened.ok ? undefined : unopened(opened.error);
}

function unopened([first]: readonly FileRefusal[]): string {
  const why = first === undefined ? "" : ` (${fileRefusalText(first)})`;
  return `Can't find system log "${first?.path ?? ""}". Please check permissions.${why}`;
}

/** Which part of a log counts: from the line with a mark on, or what came behind so many bytes, or since a time. */
export interface LogPart {
  readonly mark?: string;
  readonly offset?: number;
  readonly sinceMs?: number;
}

/** Where a log ends by now. What is no file is told by the time. */
export function endOfLog(sources: readonly LogSource[], { io }: Work): LogPart {
  const [source] = sources;
  const status = source?.kind === "file" ? io.files.status(source.path) : undefined;
  return status?.ok === true ? { offset: status.value.sizeBytes } : { sinceMs: Date.now() };
}

/** A log that is shorter by now was begun anew: all of it counts. */
function leftOf([source]: readonly LogSource[], offset: number, { files }: Work["io"]): number {
  const status = source?.kind === "file" ? files.status(source.path) : undefined;
  return status?.ok === true && status.value.sizeBytes < offset ? 0 : offset;
}

export async function openSession(
  { call, config, io, learner, settings }: Work,
  face: Face,
  sources: readonly LogSource[],
  part: LogPart,
): Promise<Outcome<LearnSession, string>> {
  const { mark, offset, sinceMs } = part;
  const logs = io.logsAt({});
  const marked = mark === undefined ? undefined : fromMark(logs, mark);
  const read = marked?.logs ?? (offset === undefined ? logs : fromOffset(logs, leftOf(sources, offset, io)));
  const since = sinceMs === undefined ? {} : { sinceMs };
  const { openLog, readAudit } = await loadAuditor();
  face.put({ kind: "info", text: `Updating AppArmor profiles in ${settings.base}.` });
  const opened = await openLog(read, sources, { follow: false, ...since });
  if (!opened.ok) return fail(unopened(opened.error));
  const [source] = opened.value.sources;
  const name = source?.kind === "file" ? source.path : source?.kind;
  face.put({ kind: "info", text: `Reading log entries from ${name ?? ""}.` });
  const report = await readAudit(opened.value, { filter: since, keyOf: learner.keyOf });
  if (marked?.seen() === false) face.put({ kind: "important", text: `No line of the log has ${mark} in it.` });
  const request = {
    groups: report.groups,
    profile: undefined,
    createProfiles: false,
    includes: !call.has("no-abstraction"),
    customIncludes: config.customIncludes,
    hats: config,
  };
  return ok(learner.open(request, settings, io.files));
}

/** What came of a pass. */
interface PassEnd {
  readonly kind: "saved" | "abandoned" | "nothing";
  readonly files: readonly LearnedFile[];
  /** All that was answered is written and in force, and nothing was passed over. */
  readonly isWhole: boolean;
}

/** Asks, and writes what was answered; a sentence where the answers ended. */
export async function holdSession(work: Work, session: LearnSession, face: Face): Promise<PassEnd | string> {
  const { call, config, io } = work;
  const isUnread = sayUnread(session.result(), face);
  const ratings = io.files.read(`${call.value("config") ?? "/etc/apparmor"}/severity.db`);
  const questions = startRun(session, {
    ratings: ratings.ok ? readRatings(decodeBytes(ratings.value)) : undefined,
    qualifiers: config.qualifiers,
    globs: config.globs,
    defaultHatOf: config.defaultHatOf,
  });
  const end = hold(learnFlow(questions), face);
  if ("ended" in end) return end.ended ?? "The answers ended before the questions did. Nothing was changed.";
  const { files, isRefused, kind } = end.result;
  const written = kind === "saved" ? await writeAll(work, files, face) : { files, isWhole: true };
  return { kind, files: written.files, isWhole: written.isWhole && !isUnread && (kind === "abandoned" || !isRefused) };
}
