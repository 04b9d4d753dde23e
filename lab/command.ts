import { spawn } from "node:child_process";
import type { Writable } from "node:stream";

/** How a command of the host ended. */
export interface CommandResult {
  /** `undefined` when a signal ended it or it could not be started. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
  /** The errno name when the program could not be started at all. */
  readonly startErrno: string | undefined;
}

interface CommandOptions {
  readonly timeoutMs?: number;
  readonly stdin?: Uint8Array | string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Is given the command's standard input, which then stays open. */
  readonly onStart?: (stdin: Writable) => void;
  /** Sees standard output while it comes. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Asked every 10 ms; `true` ends the command. */
  readonly enough?: () => boolean;
}

/** Ends a process and everything it started (it leads its own process group). */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function errnoOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/**
 * Runs a command of the host in a process group of its own and collects what it says.
 *
 * Errors: none thrown; a program that is missing is `startErrno`. At the time limit the whole group is killed.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...args] = argv;
  const env = options.env ?? { ...process.env, LC_ALL: "C.UTF-8" };
  const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
  return await new Promise((settle) => {
    const child = spawn(program, args, { detached: true, stdio: ["pipe", "pipe", "pipe"], env, ...cwd });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    let startErrno: string | undefined;
    const kill = (): void => killGroup(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs ?? 120_000);
    process.once("exit", kill);
    const poll = setInterval(() => options.enough?.() === true && kill(), options.enough === undefined ? 60_000 : 10);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout.push(chunk);
      options.onOutput?.(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => {
      // The program did not want its input.
    });
    if (options.onStart === undefined) child.stdin.end(options.stdin ?? "");
    else options.onStart(child.stdin);
    child.on("error", (error) => {
      startErrno = errnoOf(error);
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      clearInterval(poll);
      process.off("exit", kill);
      settle({
        status: status === null || status < 0 ? undefined : status,
        signal: signal ?? undefined,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr),
        timedOut,
        startErrno,
      });
    });
  });
}

/** The end of what a failed command printed, for a message. */
export function lastLines(result: CommandResult): string {
  if (result.startErrno !== undefined) return result.startErrno;
  if (result.timedOut) return "no answer in time";
  const lines = `${result.stdout.toString()}\n${result.stderr.toString()}`.split("\n").filter((line) => line !== "");
  const errors = lines.filter((line) => /^(?:E:|error|fatal)/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-4).join("; ") || `status ${result.status ?? result.signal}`;
}
