/** The command `aa-logprof` (tools 12, 14): from a log to rules, question by question, on a terminal or as a JSON dialogue. */
import { displayText } from "../../foundation/text/index.ts";
import type { Face } from "./dialogue/asks.ts";
import { holdSession, openSession, sourcesOf } from "./dialogue/learn-pass.ts";
import { type Work, faceOf, openLearningWork, refuse, takeAll } from "./dialogue/work.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

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

const USAGE = fitted(
  "usage: aa-logprof [-h] [-d DIR] [-f FILE] [-m MARK] [-j] [-a] [--no-abstraction] [-o OUTPUT_DIR]\n",
);

const HELP = fitted(`${USAGE}
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
`);

async function converse(work: Work, face: Face): Promise<number> {
  const { call, io } = work;
  const sources = sourcesOf(work);
  if (!sources.ok) return refuse(io, sources.error);
  const mark = call.value("mark");
  const session = await openSession(work, face, sources.value, mark === undefined ? {} : { mark });
  if (!session.ok) return refuse(io, session.error);
  if (call.has("all")) return takeAll(work, session.value, face);
  const end = await holdSession(work, session.value, face);
  return typeof end === "string" ? refuse(io, end) : end.isWhole ? 0 : 1;
}

async function run(call: ToolCall): Promise<number> {
  const work = await openLearningWork(call);
  return work.ok ? converse(work.value, faceOf(work.value)) : refuse(call.io, work.error);
}

export const tool: Tool = {
  name: "aa-logprof",
  options,
  help: HELP,
  examples: [
    ["aa-logprof -f /var/log/audit/audit.log", "ask about what is in this log"],
    ["aa-logprof -a -o proposals", "write what would be suggested into the directory proposals"],
  ],
  operands: "none",
  wrong: (text, io) => {
    io.err(`${USAGE}aa-logprof: error: ${displayText(text ?? "unrecognized arguments")}\n`);
    return 2;
  },
  run,
};
