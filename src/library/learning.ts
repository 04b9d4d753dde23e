/** From a log to changed policy, as a dialogue or without anybody being asked. */
import { type EventGroup, type LearnedFile, type LearnSession, loadLearner } from "../app/index.ts";
import type { FileRefusal, FileStorePort } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { type AuditEvent, type CountReport, type LogSummary, countLog } from "../learning/audit/index.ts";
import { heldStore } from "./given-ports.ts";
import { type PolicyOptions, worldOf } from "./inputs.ts";

/** The events of a log: equal ones once, with how often, and what is to be said of the log itself. */
export interface LogEvents {
  readonly groups: readonly EventGroup[];
  readonly summary: LogSummary;
}

/** A log is counted in pieces of about so many characters, so that it is not all there a second time, as bytes. */
const PIECE = 1 << 20;

/** A text cut anywhere but within a character. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + PIECE;
    const last = text.charCodeAt(end - 1);
    if (last >= 0xd800 && last < 0xdc00) end += 1;
    yield text.slice(start, end);
  }
}

/** Lines put together; the ends that they may have of their own are no more lines. */
function* joinedLines(lines: Iterable<string>): Generator<string> {
  let piece: string[] = [];
  let size = 0;
  for (const line of lines) {
    piece.push(line.endsWith("\n") ? line : `${line}\n`);
    size += line.length + 1;
    if (size < PIECE) continue;
    yield* piecesOf(piece.join(""));
    piece = [];
    size = 0;
  }
  yield* piecesOf(piece.join(""));
}

/** COST: what is counted while it is read takes a hundredth of what reading each line in full does. */
function countText(log: string | Iterable<string>, keyOf?: (event: AuditEvent) => string): CountReport {
  const count = countLog({ ...(keyOf && { keyOf }) });
  for (const piece of typeof log === "string" ? piecesOf(log) : joinedLines(log)) count.feed(encodeBytes(piece));
  count.end();
  return count.report();
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
  const { groups, reading } = countText(log);
  return { groups, summary: reading };
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
  const { groups } = countText(log, learner.keyOf);
  return learner.open({ groups, profile, createProfiles }, settings, files);
}

/**
 * Writes what was learned, where a file still holds what was read.
 *
 * Errors: the files that could not be written, with the reason.
 *
 * @example
 * const refusals = await writeLearned(session.result().files, nodeFiles());
 */
export async function writeLearned(
  files: readonly LearnedFile[],
  store: FileStorePort,
): Promise<readonly FileRefusal[]> {
  return (await loadLearner()).write(files, heldStore(store), undefined);
}
