import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unifiedDiff } from "../../src/foundation/text/index.ts";
import { repository } from "./sources.ts";

/** Compares with a file of the repository that is made; `UPDATE_GOLDEN=1` writes it instead, for the diff to be reviewed. */
export function matchFile(name: string, actual: string): void {
  const path = join(repository, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  const kept = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (kept === actual) return;
  assert.fail(
    `${name} differs; UPDATE_GOLDEN=1 writes it anew\n${unifiedDiff(kept, actual, { oldName: name, newName: "what it should be now" })}`,
  );
}

/** The same of a file below `tests/golden`. */
export function matchGolden(name: string, actual: string): void {
  matchFile(`tests/golden/${name}`, actual);
}
