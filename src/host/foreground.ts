/** A program that is run where this one runs: on the same terminal, with the same input. */
import { spawn } from "node:child_process";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { errnoOf } from "./errno.ts";

/** How a program ended: with a status, or by a signal. */
export interface Ended {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

/** Keys that end what is in the foreground are for the program: who waits for it goes on. */
const OF_THE_TERMINAL = ["SIGINT", "SIGQUIT"] as const;

function ignore(): void {
  // the program that is run has it, too
}

/**
 * Runs a program and waits for its end; `errorOnly`: what it prints comes on standard error.
 *
 * Errors: the errno of a program that does not start.
 */
export async function runInForeground(
  path: string,
  args: readonly string[],
  { errorOnly }: { readonly errorOnly: boolean },
): Promise<Outcome<Ended, string>> {
  for (const signal of OF_THE_TERMINAL) process.on(signal, ignore);
  try {
    const child = spawn(path, args, { stdio: ["inherit", errorOnly ? 2 : "inherit", "inherit"] });
    return await new Promise((resolve) => {
      child.on("error", (error) => resolve(fail(errnoOf(error))));
      child.on("exit", (status, signal) => resolve(ok({ status: status ?? undefined, signal: signal ?? undefined })));
    });
  } finally {
    for (const signal of OF_THE_TERMINAL) process.off(signal, ignore);
  }
}
