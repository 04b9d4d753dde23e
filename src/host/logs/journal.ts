/** The systemd journal through its own reader: both copies of an event, as JSON lines (audit-events 5.5). */
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { childProcess } from "../child-process.ts";
import { errnoOf } from "../errno.ts";
import { toolEnvironment, toolPath } from "../tools.ts";

const PROGRAM = "journalctl";

/** argv for `journalctl`. */
function journalArguments(options: LogOptions, directory: string | undefined): readonly string[] {
  return [
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
    "--output=json",
    "--no-pager",
    "--quiet",
    ...(options.follow ? ["--follow", `--lines=${options.onlyNew === true ? "0" : "all"}`] : []),
    ...(options.sinceMs === undefined ? [] : [`--since=@${Math.floor(options.sinceMs / 1000)}`]),
    "_TRANSPORT=audit",
    "+",
    "_TRANSPORT=kernel",
  ];
}

/** The journal of this machine, or the one that is kept in a directory. */
export async function openJournal(
  options: LogOptions,
  directory?: string,
): Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>> {
  const program = toolPath(PROGRAM);
  if (program === undefined) return fail({ path: PROGRAM, errno: "ENOENT" });
  const child = childProcess().spawn(program, journalArguments(options, directory), {
    stdio: ["ignore", "pipe", "ignore"],
    cwd: "/",
    env: toolEnvironment(process.env["TZ"]),
  });
  try {
    await once(child, "spawn");
  } catch (thrown) {
    return fail({ path: program, errno: errnoOf(thrown) });
  }
  return ok(readJournal(child));
}

async function* readJournal(child: ChildProcessByStdio<null, Readable, null>): AsyncGenerator<LogItem> {
  const exited = once(child, "exit");
  try {
    for await (const bytes of child.stdout) {
      if (bytes instanceof Uint8Array) yield { kind: "bytes", bytes };
    }
    const [status] = await exited;
    if (status !== 0) yield { kind: "lost", reason: `journalctl ended with status ${status}`, count: undefined };
  } finally {
    child.kill();
  }
}
