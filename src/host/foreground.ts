/** A program that is run where this one runs: on the same terminal, with the same input. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { childProcess } from "./child-process.ts";
import { errnoOf } from "./errno.ts";

/** How a program ended: with a status, or by a signal. */
export interface Ended {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

/** Keys that end what is in the foreground are for the program: who waits for it goes on. */
const OF_THE_TERMINAL = ["SIGINT", "SIGQUIT"] as const;
/** What others send to this process alone, and mean the program by. */
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

function ignore(): void {
  // the program that is run has it, too
}

interface Foreground {
  /** What the program prints comes on standard error. */
  readonly errorOnly: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name it is called by, where that is not its path. */
  readonly calledAs?: string;
  /** Signals that would end this process end the program, and are waited for. */
  readonly passSignals?: boolean;
  /** Whose program it is, where it is not this process's user's. He has no other groups. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Runs a program and waits for its end.
 *
 * Errors: the errno of a program that does not start.
 */
export async function runInForeground(
  path: string,
  args: readonly string[],
  { calledAs, env, errorOnly, passSignals = false, user }: Foreground,
): Promise<Outcome<Ended, string>> {
  for (const signal of OF_THE_TERMINAL) process.on(signal, ignore);
  let passOn: NodeJS.SignalsListener = ignore;
  try {
    const child = childProcess().spawn(path, args, {
      stdio: ["inherit", errorOnly ? 2 : "inherit", "inherit"],
      env,
      ...(calledAs !== undefined && { argv0: calledAs }),
      ...user,
    });
    passOn = (signal) => void child.kill(signal);
    if (passSignals) for (const signal of PASSED_ON) process.on(signal, passOn);
    return await new Promise((resolve) => {
      child.on("error", (error) => resolve(fail(errnoOf(error))));
      child.on("exit", (status, signal) => resolve(ok({ status: status ?? undefined, signal: signal ?? undefined })));
    });
  } catch (thrown) {
    // Some refusals come this way, others as an event.
    return fail(errnoOf(thrown));
  } finally {
    for (const signal of OF_THE_TERMINAL) process.off(signal, ignore);
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}
