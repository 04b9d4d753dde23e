/** Thrown when armorer itself is wrong. Nothing a user types, logs or stores may reach it; only `main` catches it. */
export class BugError extends Error {
  override readonly name = "BugError";
}

/**
 * States what must hold here.
 *
 * Errors: throws `BugError` when it does not; that is always our bug, never the user's.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** The default branch of an exhaustive `switch`: the compiler proves it is never reached. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable value ${JSON.stringify(value)}`);
}
