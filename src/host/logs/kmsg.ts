/**
 * The kernel's ring buffer. Of the device every read gives one record; EAGAIN says that there are no more, EPIPE that records
 * were overwritten before they were read. Node cannot wait on this device, so following asks again a few times a second.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { errnoOf } from "../errno.ts";
import { readLines } from "./audit-log.ts";

const RECORD_BYTES = 16 * 1024;
const POLL_MS = 100;

export async function* readKmsg(path: string, options: LogOptions): AsyncGenerator<LogItem> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (fstatSync(descriptor).isFile()) {
      yield* readLines(path, options);
      return;
    }
    const buffer = new Uint8Array(RECORD_BYTES);
    let skipping = options.follow && options.onlyNew === true;
    for (;;) {
      const item = readRecord(descriptor, buffer);
      if (item !== undefined) {
        if (!skipping) yield* item;
        continue;
      }
      if (!options.follow) return;
      skipping = false;
      await wait(POLL_MS);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The lines of the next record, or `undefined` when there is none yet. */
function readRecord(descriptor: number, buffer: Uint8Array): LogItem[] | undefined {
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, null);
    if (length === 0) return undefined;
    const text = decodeBytes(buffer.subarray(0, length));
    return text.split("\n").flatMap((line) => (line === "" ? [] : [{ kind: "line" as const, text: line }]));
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EAGAIN") return undefined;
    if (errno === "EPIPE") {
      return [{ kind: "lost", reason: "the kernel overwrote records before they were read", count: undefined }];
    }
    throw thrown;
  }
}
