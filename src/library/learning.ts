/** From a log to changed policy, as a dialogue or without anybody being asked. */
import { type EventGroup, type LearnedFile, type LearnSession, loadLearner } from "../app/index.ts";
import type { FileRefusal, FileStorePort } from "../foundation/ports/index.ts";
import { groupEvents, type LogSummary, readLog } from "../learning/audit/index.ts";
import { type PolicyOptions, worldOf } from "./inputs.ts";

/** The events of a log: equal ones once, with how often, and what is to be said of the log itself. */
export interface LogEvents {
  readonly groups: readonly EventGroup[];
  readonly summary: LogSummary;
}

function linesOf(log: string | Iterable<string>): Iterable<string> {
  return typeof log === "string" ? log.split("\n") : log;
}

/**
 * The events in a log, whatever wrote it: audit.log, the journal, the kernel's ring buffer. Copies of one event are counted once.
 *
 * Errors: none; lines that are no events are passed over, and what is wrong with others is in `summary`.
 *
 * @example
 * readEvents(readFileSync("/var/log/audit/audit.log", "utf8")).groups;
 */
export function readEvents(log: string | Iterable<string>): LogEvents {
  const { events, ...summary } = readLog(linesOf(log));
  return { groups: groupEvents(events.map(({ event }) => event)), summary };
}

/** What is learned, and where the policy is. */
export interface LearnOptions extends PolicyOptions {
  /** Only this profile and its children. */
  readonly profile?: string;
  /** Make profiles that the log knows and the policy does not. */
  readonly createProfiles?: boolean;
}

/**
 * Opens a dialogue about what a log asks of the policy in `base`: questions, each with its candidates, best first. `answerRest` takes the first
 * of each, and `result` gives the changed files, tried; `writeLearned` writes them.
 *
 * Errors: files that cannot be read are in `unreadable` of the result; a file that cannot be changed has `problems` and no new text.
 *
 * @example
 * const session = await learn(log, { files: nodeFiles() });
 * session.answerRest().result().files;
 */
export async function learn(
  log: string | Iterable<string>,
  { profile, createProfiles = false, ...options }: LearnOptions = {},
): Promise<LearnSession> {
  const { settings, files } = await worldOf(options);
  const learner = await loadLearner();
  const events = readLog(linesOf(log)).events.map(({ event }) => event);
  const groups = groupEvents(events, learner.keyOf);
  return learner.open({ groups, profile, createProfiles }, settings, files);
}

/**
 * Writes what was learned, where a file still holds what was read.
 *
 * Errors: the files that could not be written, with the reason.
 *
 * @example
 * await writeLearned(session.result().files, nodeFiles()); // []
 */
export async function writeLearned(
  files: readonly LearnedFile[],
  store: FileStorePort,
): Promise<readonly FileRefusal[]> {
  return (await loadLearner()).write(files, store, undefined);
}
