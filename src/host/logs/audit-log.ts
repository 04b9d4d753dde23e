/** Text files that grow and are rotated: `audit.log`, with `.1`, `.2`, … before it, larger numbers older (audit-events 5.4). */
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { attempt } from "../errno.ts";
import { MOST_ENTRIES, openGrowing } from "../reading.ts";
import { type System } from "../system.ts";
import { LineSplitter } from "./lines.ts";

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;

/** The rotated predecessors of `path`, oldest first. Compressed ones are not read. */
export function rotatedFiles(system: System, path: string): readonly string[] {
  const name = basename(path);
  const directory = dirname(path);
  return system
    .readdir(directory, MOST_ENTRIES)
    .map((entry) => entry.name)
    .filter((entry) => entry.startsWith(`${name}.`) && /^[0-9]+$/.test(entry.slice(name.length + 1)))
    .map((entry) => Number(entry.slice(name.length + 1)))
    .toSorted((a, b) => b - a)
    .map((number) => join(directory, `${name}.${number}`));
}

/** The lines of one file; with `follow`, also those added later, into the file's successors after a rotation. */
export async function* readLines(system: System, path: string, options: LogOptions): AsyncGenerator<LogItem> {
  let descriptor = openGrowing(system, path);
  try {
    const splitter = new LineSplitter();
    let position = options.follow && options.onlyNew === true ? Number(system.fstat(descriptor).size) : 0;
    for (;;) {
      for (const bytes of chunks(system, descriptor, position)) {
        position += bytes.length;
        yield* splitter.push(bytes);
      }
      if (!options.follow) break;
      await wait(POLL_MS);
      const change = changeOf(system, descriptor, { path, position });
      if (change === "same") continue;
      if (change === "replaced") {
        // What the old file got between the last read and the rename still belongs to us.
        for (const bytes of chunks(system, descriptor, position)) yield* splitter.push(bytes);
        const next = openGrowing(system, path);
        system.close(descriptor);
        descriptor = next;
      }
      yield* splitter.end();
      position = 0;
    }
    yield* splitter.end();
  } finally {
    attempt(path, () => system.close(descriptor));
  }
}

function* chunks(system: System, descriptor: number, start: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let at = start; ;) {
    const count = system.read(descriptor, buffer, 0, at);
    if (count === 0) return;
    at += count;
    yield buffer.subarray(0, count);
  }
}

function changeOf(
  system: System,
  descriptor: number,
  { path, position }: { readonly path: string; readonly position: number },
): "same" | "replaced" | "cut" {
  const ours = system.fstat(descriptor);
  const theirs = attempt(path, () => system.stat(path));
  const now = theirs.ok ? theirs.value : undefined;
  if (now !== undefined && (now.ino !== ours.ino || now.dev !== ours.dev)) return "replaced";
  return ours.size < position ? "cut" : "same";
}
