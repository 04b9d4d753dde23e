/** Text files that grow and are rotated: `audit.log`, with `.1`, `.2.gz`, … before it, larger numbers older (audit-events 5.4). */
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { attempt, errnoOf } from "../errno.ts";
import { MOST_ENTRIES, openGrowing } from "../reading.ts";
import { type System } from "../system.ts";
import { itemsOf } from "./unpack.ts";

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;

/** What logrotate and auditd call a predecessor: a number, older ones larger, or a date; packed or not. */
const ROTATED = /^(?:\.([0-9]{1,6})|-([0-9]{8}(?:-?[0-9]{2,10})?))((?:\.gz|\.xz|\.zst|\.bz2)?)$/;

/** The rotated predecessors of `path`, oldest first. */
function rotatedFiles(system: System, path: string): readonly string[] {
  const name = basename(path);
  const directory = dirname(path);
  const found = new Map<string, { readonly number: number; readonly date: string; readonly name: string }>();
  for (const entry of system.readdir(directory, MOST_ENTRIES)) {
    if (!entry.name.startsWith(name)) continue;
    const [, number, date = "", packing = ""] = ROTATED.exec(entry.name.slice(name.length)) ?? [];
    if (number === undefined && date === "") continue;
    const key = `${number ?? ""} ${date}`;
    // While it is being packed, it is there twice.
    if (packing === "" || !found.has(key)) found.set(key, { number: Number(number ?? -1), date, name: entry.name });
  }
  return [...found.values()]
    .toSorted((a, b) => b.number - a.number || (a.date < b.date ? -1 : Number(a.date > b.date)))
    .map((one) => join(directory, one.name));
}

/** One file; with `follow`, also what is added later, and to the file's successors after a rotation. */
export function readFile(system: System, path: string, options: LogOptions): AsyncGenerator<LogItem> {
  return itemsOf(path, readGrowing(system, path, options));
}

/** The file with all that was rotated away from it; of that, what cannot be read is skipped, and that is said. */
export async function* readRotated(system: System, path: string, options: LogOptions): AsyncGenerator<LogItem> {
  if (!options.follow || options.onlyNew !== true) {
    for (const file of rotatedFiles(system, path)) yield* readPredecessor(system, file);
  }
  yield* readFile(system, path, options);
}

async function* readPredecessor(system: System, path: string): AsyncGenerator<LogItem> {
  try {
    yield* readFile(system, path, { follow: false });
  } catch (thrown) {
    // Also one that was listed and is gone: whether it was read under another name, nobody knows.
    yield { kind: "skipped", path, reason: errnoOf(thrown) };
  }
}

async function* readGrowing(system: System, path: string, options: LogOptions): AsyncGenerator<Uint8Array | undefined> {
  let descriptor = openGrowing(system, path);
  try {
    let position = options.follow && options.onlyNew === true ? Number(system.fstat(descriptor).size) : 0;
    for (;;) {
      for (const bytes of chunks(system, descriptor, position)) {
        position += bytes.length;
        yield bytes;
      }
      if (!options.follow) return;
      await wait(POLL_MS);
      const change = changeOf(system, descriptor, { path, position });
      if (change === "same") continue;
      if (change === "replaced") {
        // What the old file got between the last read and the rename still belongs to us.
        yield* chunks(system, descriptor, position);
        const next = openGrowing(system, path);
        system.close(descriptor);
        descriptor = next;
      }
      yield undefined;
      position = 0;
    }
  } finally {
    attempt(path, () => system.close(descriptor));
  }
}

/** The pieces of a file from `start` on, each in the same buffer. */
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
