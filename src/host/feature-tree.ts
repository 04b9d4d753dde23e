/**
 * The feature directory as text (confinement-api 7): depth first, names in byte order, those with a leading dot left out; of a
 * file its exact bytes, of a directory its entries, between `NAME {` and `}`.
 */
import { join } from "node:path";
import { type Outcome, compareText } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { attempt } from "./errno.ts";
import { readWhole } from "./reading.ts";
import { type System, nodeSystem } from "./system.ts";

const MAX_DEPTH = 16;

/** The text of a feature file or of a directory of features. */
export function readFeatureText(path: string, system: System = nodeSystem): Outcome<string, FileRefusal> {
  return attempt(path, () => readEntry(system, path, 0));
}

function readEntry(system: System, path: string, depth: number): string {
  if (system.stat(path)?.isDirectory() === true) return readTree(system, path, depth);
  return decodeBytes(readWhole(system, path));
}

function readTree(system: System, directory: string, depth: number): string {
  if (depth > MAX_DEPTH) return "";
  return system
    .readdir(directory)
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith("."))
    .toSorted(compareText)
    .map((name) => `${name} {${readEntry(system, join(directory, name), depth + 1)}}\n`)
    .join("");
}
