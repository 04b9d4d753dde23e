import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = join(import.meta.dirname, "../../../tests/golden");

/** Compares with the file kept under `tests/golden`; `UPDATE_GOLDEN=1` writes it instead, for the diff to be reviewed. */
export function matchGolden(name: string, actual: string): void {
  const path = join(folder, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.equal(actual, readFileSync(path, "utf8"), `${name} differs; UPDATE_GOLDEN=1 writes it anew`);
}
