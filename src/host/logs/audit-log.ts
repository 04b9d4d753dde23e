/** Text files that grow and are rotated: `audit.log`, with `.1`, `.2`, … before it, larger numbers older (audit-events 5.4). */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { LineSplitter } from "./lines.ts";

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;

/** The rotated predecessors of `path` and itself, oldest first. Compressed ones are not read. */
export async function rotatedFiles(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const numbers = names
    .filter((entry) => entry.startsWith(`${name}.`) && /^[0-9]+$/.test(entry.slice(name.length + 1)))
    .map((entry) => Number(entry.slice(name.length + 1)))
    .toSorted((a, b) => b - a);
  return [...numbers.map((number) => join(dirname(path), `${name}.${number}`)), path];
}

/** The lines of one file; with `follow`, also those added later, into the file's successors after a rotation. */
export async function* readLines(path: string, options: LogOptions): AsyncGenerator<LogItem> {
  let handle = await open(path, "r");
  try {
    const splitter = new LineSplitter();
    let position = options.follow && options.onlyNew === true ? (await handle.stat()).size : 0;
    for (;;) {
      for await (const bytes of chunks(handle, position)) {
        position += bytes.length;
        yield* splitter.push(bytes);
      }
      if (!options.follow) break;
      await wait(POLL_MS);
      const change = await changeOf(handle, path, position);
      if (change === "same") continue;
      if (change === "replaced") {
        // What the old file got between the last read and the rename still belongs to us.
        for await (const bytes of chunks(handle, position)) yield* splitter.push(bytes);
        await handle.close();
        handle = await open(path, "r");
      }
      yield* splitter.end();
      position = 0;
    }
    yield* splitter.end();
  } finally {
    await handle.close();
  }
}

async function* chunks(handle: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let at = start; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function changeOf(handle: FileHandle, path: string, position: number): Promise<"same" | "replaced" | "cut"> {
  const [ours, theirs] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  if (theirs !== undefined && (theirs.ino !== ours.ino || theirs.dev !== ours.dev)) return "replaced";
  return ours.size < position ? "cut" : "same";
}
