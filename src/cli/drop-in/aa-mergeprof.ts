/** The command `aa-mergeprof` (tools 15): brings what profiles of other files say into those of the directory, question by question. */
import { type LearnSession, type PolicySource, loadMerger } from "../../app/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type Face, hold } from "./dialogue/asks.ts";
import { mergeFlow } from "./dialogue/merge-flow.ts";
import { readRatings } from "./dialogue/rating.ts";
import { startRun } from "./dialogue/flow.ts";
import { type Work, absolute, faceOf, openWork, refuse, sayUnread, takeAll, writeAll } from "./dialogue/work.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const options = [
  { key: "help", long: "help", short: "h" },
  { key: "dir", long: "dir", short: "d", value: "required" },
  { key: "base", long: "base", short: "b", value: "required" },
  { key: "json", long: "json", short: "j" },
  { key: "all", long: "allow-all", short: "a" },
  { key: "output", long: "output-dir", short: "o", value: "required" },
  { key: "config", long: "configdir", value: "required" },
] as const;

const USAGE = fitted("usage: aa-mergeprof [-h] [-d DIR] [-b FILE] [-j] [-a] [-o OUTPUT_DIR] FILE [FILE ...]\n");

const HELP = fitted(`${USAGE}
Brings what the profiles in each FILE say into the profiles of the same names, and asks about each difference.

options:
  -h, --help            print this
  -d, --dir DIR         the directory of profiles
  -b, --base FILE       the text that both come from: what was taken out here is not asked, what was taken out there is
  -j, --json            hold the dialogue in JSON, a line each way
  -a, --allow-all       ask nothing: take what is missing, and keep what is here where the two contradict each other
  -o, --output-dir DIR  write changed profiles there instead

Nothing is written before you say so at the end; \`armorer undo\` takes the last writing back. The key ? explains the keys.
`);

/** The texts of files; or what cannot be read, in a sentence. */
function readAll(paths: readonly string[], { io }: Work): readonly PolicySource[] | string {
  const sources: PolicySource[] = [];
  for (const given of paths) {
    const path = absolute(given, io);
    const bytes = io.files.read(path);
    if (!bytes.ok) return `${given} cannot be read: ${fileRefusalText(bytes.error)}`;
    sources.push({ path, bytes: bytes.value });
  }
  return sources;
}

async function merge(work: Work): Promise<number> {
  const { call, io, settings } = work;
  const sources = readAll(call.operands, work);
  const base = typeof sources === "string" ? sources : readAll(call.all("base"), work);
  if (typeof sources === "string") return refuse(io, sources);
  if (typeof base === "string") return refuse(io, base);
  const { notes, profiles, session, unread } = (await loadMerger())({ sources, base }, settings, io.files);
  const [broken] = unread;
  if (broken !== undefined) return refuse(io, `${broken.path} cannot be read as policy: ${broken.reason}`);
  const face = faceOf(work);
  for (const { text } of notes) face.put({ kind: "important", text });
  sayUnread(session.result(), face);
  if (profiles.length === 0) return refuse(io, "there is no profile in what is to be merged");
  if (session.question() === undefined) face.put({ kind: "info", text: "The profiles here say all of it already." });
  const isWhole = await (call.has("all") ? takeAll(work, session, face) : converse(work, session, face));
  return notes.some(({ isLoss }) => isLoss) ? Math.max(isWhole, 1) : isWhole;
}

async function converse(work: Work, session: LearnSession, face: Face): Promise<number> {
  const { call, config, io } = work;
  const ratings = io.files.read(`${call.value("config") ?? "/etc/apparmor"}/severity.db`);
  const questions = startRun(session, {
    ratings: ratings.ok ? readRatings(decodeBytes(ratings.value)) : undefined,
    qualifiers: config.qualifiers,
    globs: config.globs,
    defaultHatOf: config.defaultHatOf,
  });
  const end = hold(mergeFlow(questions), face);
  if ("ended" in end)
    return refuse(io, end.ended ?? "The answers ended before the questions did. Nothing was changed.");
  const { files, isRefused, kind } = end.result;
  const isWritten = kind !== "saved" || (await writeAll(work, files, face)).isWhole;
  return isWritten && (kind === "abandoned" || !isRefused) ? 0 : 1;
}

async function run(call: ToolCall): Promise<number> {
  const work = await openWork(call);
  return work.ok ? merge(work.value) : refuse(call.io, work.error);
}

export const tool: Tool = {
  name: "aa-mergeprof",
  options,
  help: HELP,
  examples: [["aa-mergeprof usr.sbin.nginx.dpkg-new", "what a package brings beside a profile that was changed here"]],
  operands: "any",
  wrong: (text, io) => {
    io.err(`${USAGE}aa-mergeprof: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: (call) => {
    if (call.has("help") || call.operands.length > 0) return undefined;
    call.io.err(`${USAGE}aa-mergeprof: error: the following arguments are required: FILE\n`);
    return 2;
  },
  run,
};
