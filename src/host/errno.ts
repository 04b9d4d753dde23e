import { constants } from "node:os";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { Errno, FileRefusal, FileTrouble } from "../foundation/ports/index.ts";

/** The world refusing in our own terms; thrown and caught inside this module only. */
export class Troubled extends Error {
  override readonly name = "Troubled";
  readonly code: Errno;
  readonly trouble: FileTrouble;

  constructor(code: Errno, trouble: FileTrouble) {
    super(trouble.kind);
    this.code = code;
    this.trouble = trouble;
  }
}

/** An error as Node's calls throw it, for what its calls answer quietly. */
export function systemError(errno: Errno): Error {
  return Object.assign(new Error(errno), { code: errno });
}

/** The errno name of what Node threw; anything else is not the world refusing but our bug, and goes on. */
export function errnoOf(thrown: unknown): string {
  if (!(thrown instanceof Error && "code" in thrown && typeof thrown.code === "string")) throw thrown;
  const isNamed = thrown.code !== "UNKNOWN" && !thrown.code.startsWith("Unknown system error");
  return isNamed || !("errno" in thrown) || typeof thrown.errno !== "number" ? thrown.code : nameOf(-thrown.errno);
}

/** Node has names for more numbers than its errors bear, `ECHILD` among them (confinement-api 10.1). */
function nameOf(number: number): string {
  return Object.entries(constants.errno).find(([, known]) => known === number)?.[0] ?? `errno ${number}`;
}

/** What `action` gives, or why not. */
export function attempt<T>(path: string, action: () => T): Outcome<T, FileRefusal> {
  try {
    return ok(action());
  } catch (thrown) {
    const errno = errnoOf(thrown);
    return fail(thrown instanceof Troubled ? { path, errno, trouble: thrown.trouble } : { path, errno });
  }
}

/** What `action` gives; something else where the errno is this one. */
export function unless<T>(errno: Errno, otherwise: T, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (errnoOf(thrown) === errno) return otherwise;
    throw thrown;
  }
}
