import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";

/** The errno name of what Node threw; anything else is not the world refusing but our bug, and goes on. */
export function errnoOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  throw thrown;
}

/** What `action` gives, or the errno name of why not. */
export function attempt<T>(path: string, action: () => T): Outcome<T, FileRefusal> {
  try {
    return ok(action());
  } catch (thrown) {
    return fail({ path, errno: errnoOf(thrown) });
  }
}
