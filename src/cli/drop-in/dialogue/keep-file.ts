import { appendFileSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok } from "../../../foundation/basics/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";
import type { KeepFile, Listener } from "./json-face.ts";

/** In a directory of its own, which nobody else can enter. */
export const keepFile: KeepFile = (text) => {
  try {
    const directory = mkdtempSync(join(tmpdir(), "armorer-"));
    const path = join(directory, "changes.diff");
    writeFileSync(path, encodeBytes(text), { mode: 0o600, flag: "wx" });
    return ok({ path, drop: () => rmSync(directory, { recursive: true, force: true }) });
  } catch (thrown) {
    const errno = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "EIO";
    return fail({ path: tmpdir(), errno });
  }
};

/**
 * Keeps what a dialogue says in a new file of its own, `/tmp/aa-jsonlog-…`; a sentence where it cannot. The file stays open: its name may stand for
 * another one by the time of the next line.
 */
export function jsonLog(): Listener | string {
  // COST: node:crypto takes 7 ms to load, and what is everywhere is loaded when it is used.
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex");
  const path = join(tmpdir(), `aa-jsonlog-${random}`);
  try {
    const descriptor = openSync(path, "ax", 0o600);
    return (way, text) => appendFileSync(descriptor, `${way} ${text}\n`);
  } catch (thrown) {
    return `${path}: ${thrown instanceof Error ? thrown.message : "it cannot be made"}`;
  }
}
