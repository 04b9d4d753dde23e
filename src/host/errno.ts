/** The errno name of what Node threw; anything else is not the world refusing but our bug, and goes on. */
export function errnoOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  throw thrown;
}
