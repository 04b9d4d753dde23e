/** How much of a system's files a profile accepts: pairs of a path and a letter, of what it says with all its children and hats. */
import assert from "node:assert/strict";
import { decideCompiled } from "../../src/analysis/tables/index.ts";
import { type KernelGeneration, decodePolicy } from "../../src/compiler/policydb/index.ts";
import { readLog } from "../../src/learning/audit/index.ts";

const LETTERS = ["r", "w", "x", "m"] as const;
type Letter = (typeof LETTERS)[number];

/** What is asked for a letter of a log: creating and removing are writing. */
const LETTER_OF: Readonly<Record<string, Letter>> = { r: "r", w: "w", a: "w", c: "w", d: "w", x: "x", m: "m" };

/** Paths and letters, `/etc/passwd r`. */
export type Accepted = ReadonlySet<string>;

/** The files that a log is about, with what was done to them. */
export function touchedIn(log: readonly string[]): Accepted {
  return new Set(
    readLog(log).events.flatMap(({ event }) => {
      if (event.name === undefined || !event.name.startsWith("/")) return [];
      if (event.kind === "exec") return [`${event.name} x`];
      if (event.kind !== "file" && event.kind !== "link") return [];
      return (event.denied ?? []).flatMap((letter) => {
        const own = LETTER_OF[letter];
        return own === undefined ? [] : [`${event.name} ${own}`];
      });
    }),
  );
}

/** What of these paths a compiled profile accepts, of files of one's own too. */
export function acceptedBy(stream: Uint8Array, paths: readonly string[], kernel: KernelGeneration): Accepted {
  const decoded = decodePolicy(stream);
  assert.ok(decoded.ok);
  const accepted = new Set<string>();
  for (const profile of decoded.value.profiles) {
    for (const path of paths) {
      for (const letter of LETTERS) {
        const question = { kind: "file", path, letters: [letter], owner: true } as const;
        if (decideCompiled(profile, question, { kernel }).allowed) accepted.add(`${path} ${letter}`);
      }
    }
  }
  return accepted;
}
