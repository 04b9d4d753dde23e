/**
 * The command `aa-unconfined` (tools 20): which processes that the network can reach are confined, and which are not. Sockets are read from /proc;
 * no other program is asked.
 */
import type { ProcessConfinement, SocketUse } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import { refuse } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/unconfined/1";

const options = [
  { key: "paranoid", long: "paranoid" },
  { key: "show", long: "show", value: "required" },
  { key: "short", long: "short" },
  { key: "helper", long: "with-ss" },
  { key: "helper", long: "with-netstat" },
  { key: "root", long: "root", value: "required" },
  { key: "json", long: "json" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = fitted(`Usage: aa-unconfined [OPTION]...

Lists the processes that the network can reach, and how they are confined.

      --show=WHICH    server: processes with sockets that wait for others (the default);
                      client: with connected ones; network: with any; all: every process
      --paranoid      the same as --show=all
      --short         only processes that are not confined
      --with-ss       the same list: sockets are read from /proc, and no helper
      --with-netstat  is run
      --root DIR      look at DIR/proc and DIR/sys
      --json          print one JSON document instead of text
  -h, --help          print this
`);

type Show = SocketUse | "all";

function isShow(text: string): text is Show {
  return ["all", "network", "server", "client"].includes(text);
}

/** What is to be shown, or what is wrong with how that was said. */
function readShow({ has, value }: ToolCall): Show | { readonly problem: string } {
  const show = value("show") ?? (has("paranoid") ? "all" : "server");
  if (!isShow(show)) return { problem: `Argument --show invalid value '${show}'` };
  if (has("paranoid") && show !== "all") return { problem: "Cannot specify --paranoid and --show at the same time" };
  return show;
}

/** Interpreters say nothing of what they run; of these all words are shown. */
const INTERPRETER = /^\/(?:usr\/)?bin\/(?:python|perl|bash|dash|sh)$/;

function called({ executable = "", pid }: ProcessConfinement, commandLine: (pid: number) => readonly string[]): string {
  const words = commandLine(pid);
  const [first = ""] = words;
  // What is no text is shown escaped, so that a backslash is doubled, as Debian's doubles it.
  if (INTERPRETER.test(executable)) return ` (${words.join(" ").replaceAll("\\", "\\\\")})`;
  return first.includes("/") && first !== executable ? ` (${first})` : "";
}

/** Whether something restricts it: a profile in `unconfined` mode does not. */
function isConfined({ mode }: ProcessConfinement): boolean {
  return mode !== undefined && mode !== "unconfined";
}

function printText(
  shown: readonly ProcessConfinement[],
  commandLine: (pid: number) => readonly string[],
  io: CliIo,
): void {
  for (const process of shown) {
    const { executable = "", label, mode, pid } = process;
    const how = isConfined(process) ? `confined by '${label} (${mode})'` : "not confined";
    io.out(`${pid} ${displayText(executable)}${displayText(called(process, commandLine))} ${displayText(how)}\n`);
  }
}

function run(call: ToolCall): number {
  const { has, io, value } = call;
  const show = readShow(call);
  if (typeof show === "object") return refuse(show.problem, io);
  const root = value("root");
  const place = root === undefined ? {} : { root };
  if (io.kernelAt(place).directory() === undefined)
    return refuse("It seems AppArmor was not started. Please enable AppArmor and try again.", io);
  const machine = io.processesAt(place);
  const { hidden, processes } = machine.confinement();
  const holders = show === "all" ? undefined : machine.socketHolders(show);
  // kernel threads have no program
  const shown = processes.filter(
    (process) =>
      process.executable !== undefined &&
      (holders === undefined || holders.pids.has(process.pid)) &&
      !(has("short") && isConfined(process)),
  );
  const unseen = Math.max(hidden, holders?.hidden ?? 0);
  if (has("json")) {
    const list = shown.map((process) => ({
      pid: process.pid,
      executable: process.executable,
      commandLine: machine.commandLine(process.pid),
      confined: isConfined(process),
      label: process.label,
      mode: process.mode ?? null,
    }));
    const document = { show, processes: list, hidden: unseen, unread: holders?.unread ?? [] };
    io.json(`${JSON.stringify({ schema: SCHEMA, ...document })}\n`);
  } else printText(shown, machine.commandLine, io);
  if (unseen > 0) io.err(`aa-unconfined: ${unseen} processes cannot be seen without more privilege\n`);
  for (const path of holders?.unread ?? []) refuse(`sockets are missing here: ${path} cannot be read`, io);
  return holders !== undefined && holders.unread.length > 0 ? 1 : 0;
}

export const tool: Tool = {
  name: "aa-unconfined",
  schema: SCHEMA,
  options,
  help: HELP,
  examples: [["aa-unconfined --short", "what the network can reach, and nothing confines"]],
  operands: "none",
  wrong: (text, io) => {
    io.err(`${HELP}aa-unconfined: error: ${displayText(text ?? "takes no operands")}\n`);
    return 2;
  },
  run,
};
