/** What a command has around it beside files: a person who answers, a program that is run meanwhile, shells that wait for its end. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CliIo } from "../../../src/cli/io.ts";
import { type Outcome, Refused, fail, ok } from "../../../src/foundation/basics/index.ts";
import type { FileRefusal } from "../../../src/foundation/ports/index.ts";
import type { Machine } from "./machine.ts";

export interface World {
  /** The key that is pressed, by all that was shown; `undefined`: nobody is there any more. */
  readonly press?: (shown: string) => string | undefined;
  /** What the program does before each answer, or while it is run: the log gets so much longer. */
  readonly logs?: { readonly path: string; readonly text: string };
}

/** More keys than any dialogue here has questions. */
const MOST_KEYS = 30;

/** Hears of every call, as the table's. */
interface Calls {
  readonly isKilled: () => boolean;
  /** Counts a call; what is to become of it. */
  readonly meet: (name: string, path: string) => string | undefined;
}

interface Around {
  readonly machine: Machine;
  readonly count: Calls;
  /** All that was shown by now. */
  readonly shown: () => string;
  readonly atRest: (() => void) | undefined;
}

/** What is done to the machine by whoever waits for the end. */
type Guard = (machine: Machine) => string;

type Offered = "inputKey" | "setKeys" | "runInForeground" | "pause" | "writeAfterEnd" | "takeBackAfterEnd";

/** What of the world is not in the table of calls; `guards` are those who wait for the end. */
export function worldOf(
  { logs, press }: World,
  { atRest, count, machine, shown }: Around,
): { readonly io: Pick<CliIo, Offered>; readonly guards: ReadonlySet<Guard> } {
  const guards = new Set<Guard>();
  const guarded = (guard: Guard): Outcome<() => void, FileRefusal> => {
    const fault = count.meet("run", "/bin/sh");
    if (fault !== undefined && fault !== "short" && fault !== "EINTR") return fail({ path: "/bin/sh", errno: fault });
    guards.add(guard);
    return ok(() => {
      if (!count.isKilled()) guards.delete(guard);
    });
  };
  let isLogged = false;
  const logged = (): void => {
    if (logs !== undefined && !isLogged) writeFileSync(join(machine.root, logs.path), logs.text);
    isLogged = true;
  };
  let keysLeft = MOST_KEYS;
  const io: Pick<CliIo, Offered> = {
    inputKey: () => {
      atRest?.();
      const fault = count.meet("read", "standard input");
      // Whoever reads keys goes on after EINTR.
      if (fault !== undefined && fault !== "short" && fault !== "EINTR")
        throw new Refused("read", "standard input", fault);
      logged();
      keysLeft -= 1;
      return keysLeft < 0 ? undefined : press?.(shown());
    },
    setKeys: () => undefined,
    runInForeground: async (path) => {
      atRest?.();
      const fault = count.meet("run", path);
      if (fault !== undefined && fault !== "short" && fault !== "EINTR") return fail(fault);
      logged();
      return ok({ status: 0, signal: undefined });
    },
    pause: async () => undefined,
    writeAfterEnd: (path, text) =>
      guarded(({ root }) => {
        writeFileSync(join(root, path), text);
        return "";
      }),
    takeBackAfterEnd: ({ gone, loaded, path, text }) =>
      guarded(({ policy, root, publish }) => {
        if (readText(join(root, path)) !== text) return "";
        if (loaded !== undefined && policy.loaded.has(loaded.name)) {
          policy.submit(".remove", Buffer.from(`${loaded.name}\0`));
          publish();
        }
        rmSync(join(root, path));
        return `${gone}\n`;
      }),
  };
  return { io, guards };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** The process is gone: whoever waited for that does what is left to do; what is said of it. */
export function atEnd(guards: ReadonlySet<Guard>, machine: Machine): string {
  return [...guards].map((guard) => guard(machine)).join("");
}
