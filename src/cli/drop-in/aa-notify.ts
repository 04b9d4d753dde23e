/** The command `aa-notify` (tools 23): what was denied, counted, or as notifications on the desktop while it happens. */
import { type AuditEvent, loadAuditor } from "../../app/index.ts";
import type { LogSource } from "../../foundation/ports/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { readConfig } from "./dialogue/config.ts";
import { type NotifyConf, listed, readNotifyConf } from "./notify/conf.ts";
import { type Field, eventLines, filtersOf, isQuiet, isWanted } from "./notify/events.ts";
import { lastLogin } from "./notify/logins.ts";
import { desktopOf } from "./notify/desktop.ts";
import { type Polling, follow, goOnBehind, refuse } from "./notify/polling.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const options = [
  { key: "help", long: "help", short: "h" },
  { key: "poll", long: "poll", short: "p" },
  { key: "display", long: "display", value: "required" },
  { key: "xauthority", long: "xauthority", value: "required" },
  { key: "file", long: "file", short: "f", value: "required" },
  { key: "last", long: "since-last", short: "l" },
  { key: "days", long: "since-days", short: "s", value: "required" },
  { key: "verbose", long: "verbose", short: "v" },
  { key: "user", long: "user", short: "u", value: "required" },
  { key: "wait", long: "wait", short: "w", value: "required" },
  { key: "merge", long: "merge-notifications", short: "m" },
  { key: "foreground", long: "foreground", short: "F" },
  { key: "local", long: "local", short: "L", value: "optional" },
  { key: "prompt-filter", long: "prompt-filter", value: "required" },
  { key: "review-with", long: "review-with", value: "required" },
  { key: "debug", long: "debug" },
  { key: "config", long: "configdir", value: "required" },
  { key: "filter.profile", long: "filter.profile", value: "required" },
  { key: "filter.mode", long: "filter.mode", value: "required" },
  { key: "filter.operation", long: "filter.operation", value: "required" },
  { key: "filter.name", long: "filter.name", value: "required" },
  { key: "filter.denied", long: "filter.denied", value: "required" },
  { key: "filter.family", long: "filter.family", value: "required" },
  { key: "filter.socket", long: "filter.socket", value: "required" },
] as const;

const USAGE = fitted(
  "usage: aa-notify [-h] [-p] [-f FILE] [-l] [-s NUM] [-v] [-u USER] [-w NUM] [-m] [-F] [--filter.FIELD REGEX]...\n",
);

const HELP = fitted(`${USAGE}
Counts what AppArmor denied, or shows it on the desktop while it happens.

options:
  -h, --help                 print this
  -p, --poll                 follow the log and show notifications
  -f, --file FILE            the log
  -l, --since-last           count since the last login
  -s, --since-days NUM       count the last NUM days
  -v, --verbose              print each event, too
  -u, --user USER            of root: whose desktop it is, where sudo does not say
  -w, --wait NUM             show nothing for the first NUM seconds; with -m: the first pause
  -m, --merge-notifications  fewer notifications: pauses grow up to 160 seconds
  -F, --foreground           stay in the foreground
  --review-with PROGRAM      what the button of a notification starts, with the log as its argument (aa-logprof in a terminal)
  --debug                    say on standard error what is heard
  --filter.FIELD REGEX       only events whose FIELD begins so: profile, mode, operation, name, denied, family or socket;
                             events without the field pass
  --display, --xauthority    the desktop of what the button starts (DISPLAY, XAUTHORITY)
  --local, --prompt-filter   are taken, and change nothing

Settings are in notify.conf: ~/.apparmor, \${XDG_CONFIG_HOME:-~/.config}/apparmor or /etc/apparmor.
`);

const FOOTER = "For more information, please see: https://wiki.ubuntu.com/DebuggingApparmor";
const DAY_MS = 86_400_000;

/** `Sat Nov  7 08:45:16 2026`, in local time. */
function dateText(ms: number): string {
  const date = new Date(ms);
  const [day = "", month = ""] = date.toDateString().split(" ");
  const time = date.toTimeString().slice(0, 8);
  return `${day} ${month} ${String(date.getDate()).padStart(2)} ${time} ${date.getFullYear()}`;
}

/** The log that is named, else the first that is there; empty: whatever this system has. */
function sourcesOf(call: ToolCall): readonly LogSource[] | string {
  const { files } = call.io;
  const named = call.value("file");
  if (named !== undefined) {
    const status = files.status(named);
    if (status.ok && status.value.kind === "directory")
      return `${named} is a directory. Please specify a file as logfile`;
    if (!status.ok && status.error.errno === "ENOENT")
      return `The logfile ${named} does not exist. Please check the path.`;
    return [{ kind: "file", path: named }];
  }
  const config = readConfig(files, call.value("config"));
  if (!config.ok) return config.error;
  const places = ["/var/log/audit/audit.log", "/var/log/kern.log", ...config.value.logFiles];
  const path = places.find((place) => files.kind(place) === "file");
  return path === undefined ? [] : [{ kind: "file", path }];
}

/** What counts for both ways. */
interface Listening {
  readonly call: ToolCall;
  readonly conf: NotifyConf;
  readonly sources: readonly LogSource[];
  readonly isWanted: (event: AuditEvent) => boolean;
  readonly footer: string;
}

async function count({ call, footer, isWanted: wanted, sources }: Listening, sinceMs: number): Promise<number> {
  const { has, io } = call;
  const { openLog, readAudit } = await loadAuditor();
  const opened = await openLog(io.logsAt({}), sources, { follow: false, sinceMs });
  if (!opened.ok) {
    const [first] = opened.error;
    const why = first === undefined ? "" : ` (${fileRefusalText(first)})`;
    return refuse(call, `Can't find system log "${first?.path ?? ""}". Please check permissions.${why}`);
  }
  const [source] = opened.value.sources;
  const name = source?.kind === "file" ? source.path : (source?.kind ?? "");
  if (has("verbose")) io.out(`Using log file ${displayText(name)}\n`);
  let found = 0;
  const onEvent = (event: AuditEvent): void => {
    if (!wanted(event)) return;
    found += 1;
    if (!has("verbose")) return;
    const lines = [...eventLines(event), `Logfile: ${name}`];
    io.out(`${lines.map((line) => displayText(line)).join("\n")}\n\n`);
  };
  const report = await readAudit(opened.value, { filter: { sinceMs }, limit: 1, onEvent });
  io.out(`AppArmor denials: ${found} (since ${dateText(sinceMs)})\n`);
  if (has("verbose") && footer !== "") io.out(`${displayText(footer)}\n`);
  for (const { path, reason } of report.skipped)
    io.err(`aa-notify: not all was read: ${displayText(`${path}: ${reason}`)}\n`);
  return report.skipped.length > 0 ? 1 : 0;
}

/** Why this user may not; `undefined`: he may. */
function groupProblem({ io }: ToolCall, group: string): string | undefined {
  const read = io.files.read("/etc/group");
  const lines = read.ok
    ? decodeBytes(read.value)
        .split("\n")
        .map((line) => line.split(":"))
    : [];
  const id = Number(lines.find(([name]) => name === group)?.[2] ?? "-1");
  const own = [...(process.getgroups?.() ?? []), process.getegid?.() ?? -2];
  return own.includes(id) ? undefined : `you are not in the group ${group}, which notify.conf asks for`;
}

/** A whole number; a sentence where it is none. */
function wholeNumber(call: ToolCall, key: "days" | "wait"): number | undefined | string {
  const text = call.value(key);
  if (text === undefined) return undefined;
  if (/^\s*[+-]?\d{1,9}\s*$/.test(text)) return Number(text);
  const name = key === "days" ? "-s/--since-days" : "-w/--wait";
  return `argument ${name}: invalid int value: '${text}'`;
}

function pollingOf(listening: Listening): Polling {
  const { call } = listening;
  const wait = wholeNumber(call, "wait");
  const seconds = Math.max(0, typeof wait === "number" ? wait : 0);
  const isMerged = call.has("merge");
  const pace = isMerged
    ? { gatherSeconds: seconds === 0 ? 5 : seconds, mostSeconds: 160, silentSeconds: 0 }
    : { gatherSeconds: 1, mostSeconds: 4, silentSeconds: seconds };
  return { ...listening, pace };
}

async function poll(listening: Listening): Promise<number> {
  const { call, conf } = listening;
  if (/^(?:no|false|0)$/i.test(conf.values.get("show_notifications") ?? ""))
    return refuse(call, "notify.conf says that no notifications are to be shown (show_notifications)");
  const desktop = desktopOf(call);
  if (!desktop.ok) return refuse(call, desktop.error);
  const polling = pollingOf(listening);
  return call.has("foreground") ? follow(polling, desktop.value) : goOnBehind(polling, desktop.value);
}

/** Since when is counted; `undefined`: nothing is, a sentence: nobody knows. */
function sinceOf(call: ToolCall): number | undefined | string {
  const days = wholeNumber(call, "days");
  if (typeof days === "string") return days;
  if (days !== undefined && days !== 0) return Date.now() - days * DAY_MS;
  if (!call.has("last")) return undefined;
  const { environment, files } = call.io;
  const user = call.value("user") ?? environment["SUDO_USER"] ?? environment["LOGNAME"] ?? environment["USER"] ?? "";
  return lastLogin(files, user) ?? "Could not find last login";
}

async function run(call: ToolCall): Promise<number> {
  const { has, io } = call;
  const local = call.value("local");
  const since = sinceOf(call);
  if (since === undefined && !has("poll")) {
    io.out(HELP);
    return 0;
  }
  const conf = readNotifyConf(call.value("config") ?? io.environment["__AA_CONFDIR"], io);
  if (!conf.ok) return refuse(call, conf.error);
  for (const warning of conf.value.warnings) io.err(`Warning! ${displayText(warning)}\n`);
  const setting = (key: string): string | undefined => conf.value.values.get(key);
  const prompt = call.value("prompt-filter") ?? setting("prompt_filter");
  const unknown = listed(prompt).filter((word) => word !== "userns" && word !== "none");
  if (unknown.length > 0)
    return refuse(call, `using an unsupported prompt filter: ${unknown.join(", ")}\nSupported values: userns`);
  if (!["yes", "no", "auto", ""].includes(local ?? setting("use_local_profiles") ?? ""))
    return refuse(call, `use_local_profiles must be yes, no or auto, not ${setting("use_local_profiles") ?? ""}`);
  const group = setting("use_group");
  const problem = group === undefined || group === "" ? undefined : groupProblem(call, group);
  if (problem !== undefined) return refuse(call, problem);
  const filters = filtersOf((field: Field) => call.value(`filter.${field}`) ?? setting(`filter.${field}`));
  if (!filters.ok) return refuse(call, filters.error);
  const sources = sourcesOf(call);
  if (typeof sources === "string") return refuse(call, sources);
  if (typeof since === "string") return refuse(call, since);
  const quiet = new Set(listed(setting("ignore_denied_capability") ?? "sudo,su"));
  const wanted = (event: AuditEvent): boolean => isWanted(event, filters.value);
  const shown = (event: AuditEvent): boolean => wanted(event) && !isQuiet(event, quiet);
  const footer = setting("message_footer") ?? FOOTER;
  const listening: Listening = { call, conf: conf.value, sources, isWanted: wanted, footer };
  const counted = since === undefined ? 0 : await count(listening, since);
  return has("poll") ? Math.max(counted, await poll({ ...listening, isWanted: shown })) : counted;
}

/** What is wrong about the values of options. */
function valueProblem(call: ToolCall): string | undefined {
  for (const key of ["days", "wait"] as const) {
    const number = wholeNumber(call, key);
    if (typeof number === "string") return number;
  }
  const local = call.value("local");
  return local === undefined || ["yes", "no", "auto", ""].includes(local)
    ? undefined
    : `argument -L/--local: invalid choice: '${local}' (choose from 'yes', 'no', 'auto')`;
}

export const tool: Tool = {
  name: "aa-notify",
  options,
  help: HELP,
  examples: [
    ["aa-notify -s 1 -v", "what was denied since yesterday, event by event"],
    ["aa-notify -p", "notifications on the desktop"],
  ],
  operands: "any",
  wrong: (text, io) => {
    io.err(`${USAGE}aa-notify: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: (call) => {
    if (call.has("help")) return undefined;
    const [surplus] = call.operands;
    const wrong = surplus === undefined ? valueProblem(call) : `unrecognized arguments: ${surplus}`;
    if (wrong === undefined) return undefined;
    call.io.err(`${USAGE}aa-notify: error: ${displayText(wrong)}\n`);
    return 2;
  },
  run,
};
