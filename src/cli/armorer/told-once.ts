/** What the verbs that compile say of files: what is worth it, once for a place; the rest is counted. */
import { createTeller } from "../../app/index.ts";
import type { Invocation } from "./command.ts";

type Teller = ReturnType<typeof createTeller>;

/** For files of these paths. */
export function tellerOf(paths: Iterable<string>): Teller {
  const own = new Set(paths);
  return createTeller({ all: false, isOwn: (path) => own.has(path), repeatsErrors: false });
}

/** Says that something was not shown, and who shows it. */
export function tellWithheld({ withheld }: Teller, { io }: Invocation): void {
  const { elsewhere, follows, repeated } = withheld();
  const hidden = elsewhere + follows + repeated;
  const what = hidden === 1 ? "1 more message is" : `${hidden} more messages are`;
  const those = hidden === 1 ? "it" : "them";
  if (hidden > 0) io.err(`${what} not shown; \`armorer check --all\` shows ${those}\n`);
}
