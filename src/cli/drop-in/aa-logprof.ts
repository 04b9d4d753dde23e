/** The command `aa-logprof` (tools 12, 14): from a log to rules, question by question, on a terminal or as a JSON dialogue. */
import { type LearnSession, loadAuditor } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { LogSource } from "../../foundation/ports/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { isWithoutAppArmor } from "../without-apparmor.ts";
import { type Face, hold } from "./dialogue/asks.ts";
import { learnFlow, startRun } from "./dialogue/flow.ts";
import { jsonFace } from "./dialogue/json-face.ts";
import { keepFile } from "./dialogue/keep-file.ts";
import { fromMark } from "./dialogue/marked-log.ts";
import { readRatings } from "./dialogue/rating.ts";
import { textFace } from "./dialogue/text-face.ts";
import { type Work, openWork, refuse, sayUnread, takeAll, writeAll } from "./dialogue/work.ts";
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

async function converse(work: Work, face: Face): Promise<number> {
  const { call, io, config } = work;
  const session = await openSession(work, face);
  if (!session.ok) return refuse(io, session.error);
  if (call.has("all")) return takeAll(work, session.value, face);
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
  if (isWithoutAppArmor(io.kernelAt({})) && !call.has("no-check")) {
    return refuse(io, "It seems AppArmor was not started. Please enable AppArmor and try again.");
  }
  const work = await openWork(call);
  if (!work.ok) return refuse(io, work.error);
  return converse(work.value, call.has("json") ? jsonFace(io, keepFile) : textFace(io));
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
