import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok } from "../../../foundation/basics/index.ts";
import { encodeBytes } from "../../../foundation/text/index.ts";
import type { KeepFile } from "./json-face.ts";

/** In a directory of its own, which nobody else can enter. */
export const keepFile: KeepFile = (text) => {
  try {
    const directory = mkdtempSync(join(tmpdir(), "armorer-"));
    const path = join(directory, "changes.diff");
    writeFileSync(path, encodeBytes(text), { mode: 0o600 });
    return ok({ path, drop: () => rmSync(directory, { recursive: true, force: true }) });
  } catch (thrown) {
    const errno = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "EIO";
    return fail({ path: tmpdir(), errno });
  }
};
