/** A program that runs beside this one: a server that others are to use. */
import { childProcess } from "./child-process.ts";
import { attempt, errnoOf } from "./errno.ts";
import type { Ended } from "./foreground.ts";

export interface Aside {
  /** How it ended, where it has; an errno where it did not start. */
  readonly ended: () => Ended | string | undefined;
  /** Ends it, and waits until it has. */
  readonly stop: () => Promise<void>;
}

/** As long as a server may take to end when it is asked to. */
const PATIENCE_MS = 5000;

/** Starts a program that reads nothing, and prints where this one says what is wrong. */
export function startAside(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Aside {
  let state: Ended | string | undefined;
  const started = attempt(path, () =>
    childProcess().spawn(path, args, { stdio: ["ignore", 2, 2], cwd: "/", detached: true, env }),
  );
  if (!started.ok) return { ended: () => started.error.errno, stop: async () => undefined };
  const child = started.value;
  const over = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      state ??= errnoOf(error);
      resolve();
    });
    child.on("exit", (status, signal) => {
      state ??= { status: status ?? undefined, signal: signal ?? undefined };
      resolve();
    });
  });
  return {
    ended: () => state,
    stop: async () => {
      if (state !== undefined) return;
      child.kill("SIGTERM");
      const hurry = setTimeout(() => void child.kill("SIGKILL"), PATIENCE_MS);
      await over;
      clearTimeout(hurry);
    },
  };
}
