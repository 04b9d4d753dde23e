/**
 * The feature directory as text (confinement-api 7): depth first, names in byte order, those with a leading dot left out; of a
 * file its exact bytes, of a directory its entries, between `NAME {` and `}`.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, compareText } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { attempt } from "./files.ts";

const MAX_DEPTH = 16;

/** The text of a feature file or of a directory of features. */
export function readFeatureText(path: string): Outcome<string, FileRefusal> {
  return attempt(path, () => (statSync(path).isDirectory() ? readTree(path, 0) : readFileSync(path, "utf8")));
}

function readTree(directory: string, depth: number): string {
  if (depth > MAX_DEPTH) return "";
  return readdirSync(directory)
    .filter((name) => !name.startsWith("."))
    .toSorted(compareText)
    .map((name) => {
      const path = join(directory, name);
      const inside = statSync(path).isDirectory() ? readTree(path, depth + 1) : readFileSync(path, "utf8");
      return `${name} {${inside}}\n`;
    })
    .join("");
}
