/** `aa-notify -p`: what comes into the log, shown on a user's desktop. */
import { spawn } from "node:child_process";
import { type AuditEvent, loadAuditor } from "../../../app/index.ts";
import type { LogSource } from "../../../foundation/ports/index.ts";
import { displayText } from "../../../foundation/text/index.ts";
import { packageDirectory } from "../../../service/index.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import type { ToolCall } from "../tool.ts";
import { type Bubbles, openBubbles } from "./bubbles.ts";
import { type Pace, paced } from "./bursts.ts";
import { type Desktop, startThere } from "./desktop.ts";

const TERMINALS = ["/usr/bin/x-terminal-emulator", "/usr/bin/gnome-terminal", "/usr/bin/konsole", "/usr/bin/xterm"];

/** A review that was asked for so shortly before is the same wish: whoever is on the desktop's bus can ask. */
const REVIEW_PAUSE_MS = 2000;

/** Has the log gone through in a terminal of the user's; what that is, is asked there. */
function reviewer(call: ToolCall, log: string | undefined, desktop: Desktop): () => void {
  const { io } = call;
  const own = call.value("review-with");
  const file = log === undefined ? [] : ["-f", log];
  let last = -REVIEW_PAUSE_MS;
  return () => {
    if (performance.now() - last < REVIEW_PAUSE_MS) return;
    last = performance.now();
    const terminal = TERMINALS.find((path) => io.files.kind(path) === "file");
    const program = own ?? terminal;
    if (program === undefined) return io.err("aa-notify: no terminal is there to review in; run aa-logprof as root\n");
    const tool = `${packageDirectory()}bin/aa-logprof`;
    const argv = own !== undefined ? file.slice(1) : ["-e", "pkexec", tool, ...file];
    startThere(call, desktop, [program, ...argv], (error) => {
      io.err(`aa-notify: ${displayText(`${program}: ${error.message}`)}\n`);
    });
  };
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
  const bubbles = await openBubbles(desktop, footer, reviewer(call, log, desktop));
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
