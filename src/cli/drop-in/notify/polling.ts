/** `aa-notify -p`: what comes into the log, shown on a user's desktop. */
import { spawn } from "node:child_process";
import { type AuditEvent, loadAuditor } from "../../../app/index.ts";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import type { LogSource } from "../../../foundation/ports/index.ts";
import { decodeBytes, displayText } from "../../../foundation/text/index.ts";
import { packageDirectory } from "../../../service/index.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import type { ToolCall } from "../tool.ts";
import { type Bubbles, type Desktop, openBubbles } from "./bubbles.ts";
import { type Pace, paced } from "./bursts.ts";

/** A line of `/etc/passwd`. */
function userNamed(name: string, { io }: ToolCall): { readonly id: number } | undefined {
  const read = io.files.read("/etc/passwd");
  const lines = read.ok ? decodeBytes(read.value).split("\n") : [];
  const fields = lines.map((line) => line.split(":")).find(([own]) => own === name);
  const id = Number(fields?.[2] ?? "");
  return fields === undefined || !Number.isInteger(id) ? undefined : { id };
}

/** Whose desktop is meant: of root, the user's that is named or that sudo knows. */
export function desktopOf(call: ToolCall): Outcome<Desktop, string> {
  const { environment } = call.io;
  const own = process.geteuid?.() ?? 0;
  const name = own === 0 ? (call.value("user") ?? environment["SUDO_USER"]) : undefined;
  if (own === 0 && name === undefined)
    return fail("Cannot be started a real root user. Use --user to define what user to use.");
  const user = name === undefined ? { id: own } : userNamed(name, call);
  if (user === undefined) return fail(`there is no user ${name ?? ""}`);
  const given =
    own === 0 && environment["SUDO_USER"] !== undefined ? undefined : environment["DBUS_SESSION_BUS_ADDRESS"];
  return ok({ userId: user.id, address: given ?? `unix:path=/run/user/${user.id}/bus` });
}

const TERMINALS = ["/usr/bin/x-terminal-emulator", "/usr/bin/gnome-terminal", "/usr/bin/konsole", "/usr/bin/xterm"];

/** Has the log gone through in a terminal of the user's; what that is, is asked there. */
function review({ io, ...call }: ToolCall, log: string | undefined, { userId }: Desktop): void {
  const own = call.value("review-with");
  const terminal = TERMINALS.find((path) => io.files.kind(path) === "file");
  const tool = `${packageDirectory()}bin/aa-logprof`;
  const file = log === undefined ? [] : ["-f", log];
  const [program, ...argv] =
    own !== undefined
      ? [own, ...(log === undefined ? [] : [log])]
      : terminal === undefined
        ? []
        : [terminal, "-e", "pkexec", tool, ...file];
  if (program === undefined) return io.err("aa-notify: no terminal is there to review in; run aa-logprof as root\n");
  const isOther = process.geteuid?.() === 0 && userId !== 0;
  const child = spawn(program, argv, { detached: true, stdio: "ignore", ...(isOther && { uid: userId }) });
  child.on("error", (error) => io.err(`aa-notify: ${displayText(`${program}: ${error.message}`)}\n`));
  child.unref();
}

/** What is followed, and how. */
export interface Polling {
  readonly call: ToolCall;
  readonly sources: readonly LogSource[];
  readonly isWanted: (event: AuditEvent) => boolean;
  readonly pace: Pace;
  readonly footer: string;
}

/** Follows the log until nothing can be shown any more, or the log ends; the exit status. */
export async function follow({ call, footer, isWanted, pace, sources }: Polling, desktop: Desktop): Promise<number> {
  const { io } = call;
  const [source] = sources;
  const log = source?.kind === "file" ? source.path : undefined;
  const { openLog, readAudit } = await loadAuditor();
  const opened = await openLog(io.logsAt({}), sources, { follow: true, onlyNew: true });
  if (!opened.ok) return refuse(call, opened.error.map((one) => `${one.path}: ${fileRefusalText(one)}`).join("; "));
  const bubbles = await openBubbles(desktop, footer, () => review(call, log, desktop));
  if (!bubbles.ok) return refuse(call, bubbles.error);
  const hear = paced(pace, bubbles.value.show);
  const onEvent = (event: AuditEvent): void => {
    if (call.has("debug")) io.err(`${displayText(`${event.type} ${event.operation ?? ""} ${event.name ?? ""}`)}\n`);
    if (isWanted(event)) hear(event);
  };
  // COST: one event is kept; all others are heard of and forgotten
  const { items } = opened.value;
  const read = readAudit({ ...opened.value, items: inPieces(items) }, { filter: {}, limit: 1, onEvent });
  const status = await ending(call, bubbles.value, read);
  // what follows the log would go on waiting for its next line
  process.exit(status);
}

/** In a flood the log always has more: what is to be shown meanwhile gets its turn between two pieces. */
async function* inPieces<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function ending(call: ToolCall, bubbles: Bubbles, read: Promise<unknown>): Promise<number> {
  const end = await Promise.race([bubbles.ended, read.then(() => undefined)]);
  bubbles.close();
  if (end === undefined) return refuse(call, "the log has ended");
  if (!end.isReplaced) return refuse(call, end.why);
  call.io.err("aa-notify: another one took over\n");
  return 0;
}

export function refuse({ io }: ToolCall, text: string): 1 {
  io.err(`ERROR: ${displayText(text)}\n`);
  return 1;
}

/** Goes on in a process of its own, once it is known that it can. */
export async function goOnBehind({ call, footer }: Polling, desktop: Desktop): Promise<number> {
  const tried = await openBubbles(desktop, footer, () => undefined);
  if (!tried.ok) return refuse(call, tried.error);
  tried.value.close();
  const entry = process.argv[1];
  if (entry === undefined) return refuse(call, "it is not known how this was started; use --foreground");
  const argv = [...process.execArgv, ...process.argv.slice(1), "--foreground"];
  const child = spawn(process.execPath, argv, { detached: true, stdio: "ignore" });
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once("spawn", () => resolve(undefined));
    child.once("error", resolve);
  });
  child.unref();
  return failure === undefined ? 0 : refuse(call, failure.message);
}
