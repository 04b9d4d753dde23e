/**
 * The feature directory as text (confinement-api 7): depth first, names in byte order, those with a leading dot left out; of a
 * file its exact bytes, of a directory its entries, between `NAME {` and `}`.
 */
import { join } from "node:path";
import { type Outcome, compareText } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { Troubled, attempt } from "./errno.ts";
import { readKernelFile } from "./reading.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** A name that leads to any directory may lead to `/`, or into a tree without an end: the kernel's has some 150 files, of 15 kB, 4 deep. */
const MOST_LEVELS = 32;
const MOST_FEATURES = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** The text of a feature file or of a directory of features. */
export function readFeatureText(path: string, system: System = nodeSystem): Outcome<string, FileRefusal> {
  return attempt(path, () => readEntry({ system: retrying(system), entries: 0, bytes: 0 }, path, 0));
}

/** A tree being read, and how much of it was. */
interface Reading {
  readonly system: System;
  entries: number;
  bytes: number;
}

function readEntry(reading: Reading, path: string, depth: number): string {
  const { system } = reading;
  if (system.stat(path)?.isDirectory() === true) return readTree(reading, path, depth);
  const bytes = readKernelFile(system, path, MOST_BYTES);
  reading.bytes += bytes.length;
  if (reading.bytes > MOST_BYTES) throw new Troubled("EFBIG", { kind: "too-large", mostBytes: MOST_BYTES });
  return decodeBytes(bytes);
}

function readTree(reading: Reading, directory: string, depth: number): string {
  if (depth > MOST_LEVELS) throw new Troubled("ELOOP", { kind: "too-deep", most: MOST_LEVELS });
  const entries = reading.system.readdir(directory, MOST_FEATURES - reading.entries);
  reading.entries += entries.length;
  if (reading.entries > MOST_FEATURES) throw new Troubled("EFBIG", { kind: "too-many-entries", most: MOST_FEATURES });
  return entries
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith("."))
    .toSorted(compareText)
    .map((name) => `${name} {${readEntry(reading, join(directory, name), depth + 1)}}\n`)
    .join("");
}
