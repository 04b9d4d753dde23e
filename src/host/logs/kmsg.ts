/**
 * The kernel's ring buffer. Of the device every read gives one record; EAGAIN says that there are no more, EPIPE that records
 * were overwritten before they were read. Node cannot wait on this device, so following asks again a few times a second.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { LogItem, LogOptions } from "../../foundation/ports/index.ts";
import { attempt, errnoOf } from "../errno.ts";
import { type System, O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../system.ts";
import { readFile } from "./files.ts";

const RECORD_BYTES = 16 * 1024;
const LINE_FEED = 0x0a;
const POLL_MS = 100;

/** Linux's `/dev/kmsg`: character device 1, 11. */
const KMSG_DEVICE = 0x10bn;

/** The records of the device; where a plain file has its place, what is in that. */
export async function* readKmsg(system: System, path: string, options: LogOptions): AsyncGenerator<LogItem> {
  const status = system.stat(path);
  if (status?.isCharacterDevice() !== true || status.rdev !== KMSG_DEVICE) {
    yield* readFile(system, path, options);
    return;
  }
  const descriptor = system.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const buffer = new Uint8Array(RECORD_BYTES + 1);
    let skipping = options.follow && options.onlyNew === true;
    for (;;) {
      const item = readRecord(system, descriptor, buffer);
      if (item !== undefined) {
        if (!skipping) yield* item;
        continue;
      }
      if (!options.follow) return;
      skipping = false;
      await wait(POLL_MS);
    }
  } finally {
    attempt(path, () => system.close(descriptor));
  }
}

/** The next record, or `undefined` when there is none yet. */
function readRecord(system: System, descriptor: number, buffer: Uint8Array): LogItem[] | undefined {
  try {
    const length = system.read(descriptor, buffer.subarray(0, RECORD_BYTES), 0);
    if (length === 0) return undefined;
    // A record has its line's end; where it has not, the next one is another all the same.
    const end = buffer[length - 1] === LINE_FEED ? length : length + 1;
    buffer[end - 1] = LINE_FEED;
    return [{ kind: "bytes", bytes: buffer.subarray(0, end) }];
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EAGAIN") return undefined;
    if (errno === "EPIPE") {
      return [{ kind: "lost", reason: "the kernel overwrote records before they were read", count: undefined }];
    }
    throw thrown;
  }
}
