/**
 * A program that does something for this one for as long as it lives: it is told and answers line by line, and the end of its input, which the kernel
 * closes however this process ends, is its sign to finish.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { childProcess } from "./child-process.ts";
import { attempt, errnoOf } from "./errno.ts";

export interface Companion {
  /** Nothing becomes of it where the program is gone: then it answers no more. */
  readonly tell: (bytes: Uint8Array) => void;
  /** Its next line, without the end; `undefined`: it has ended. */
  readonly answer: () => Promise<string | undefined>;
  /** There is no more to tell it. */
  readonly close: () => void;
}

interface CompanionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In a session of its own, so that no key of the terminal reaches it: then it cannot ask anything there. */
  readonly isApart: boolean;
}

/** Lines that came, and whoever waits for one. */
function lineQueue(): {
  readonly take: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly next: () => Promise<string | undefined>;
} {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let rest = "";
  let isOver = false;
  const serve = (): void => {
    const count = isOver ? waiting.length : Math.min(waiting.length, lines.length);
    for (const resolve of waiting.splice(0, count)) resolve(lines.shift());
  };
  return {
    take: (bytes) => {
      const parts = (rest + decodeBytes(bytes)).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      serve();
    },
    end: () => {
      isOver = true;
      serve();
    },
    next: async () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        serve();
      }),
  };
}

/**
 * Starts a program, whose standard error is this one's.
 *
 * Errors: the errno of one that cannot be started at all; one that does not start answers nothing.
 */
export function startCompanion(
  path: string,
  args: readonly string[],
  { env, isApart }: CompanionOptions,
): Outcome<Companion, string> {
  const started = attempt(path, () =>
    childProcess().spawn(path, args, { stdio: ["pipe", "pipe", "inherit"], cwd: "/", detached: isApart, env }),
  );
  if (!started.ok) return fail(started.error.errno);
  const child = started.value;
  const queue = lineQueue();
  child.on("error", (error) => {
    errnoOf(error);
    queue.end();
  });
  child.on("close", queue.end);
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", queue.take);
  return ok({
    tell: (bytes) => void child.stdin.write(bytes),
    answer: queue.next,
    close: () => void child.stdin.end(),
  });
}
