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
    const buffer = new Uint8Array(RECORD_BYTES);
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
    const length = system.read(descriptor, buffer, 0);
    if (length === 0) return undefined;
    const text = Buffer.from(buffer.buffer, 0, length).toString("latin1");
    return [{ kind: "bytes", text: text.endsWith("\n") ? text : `${text}\n` }];
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EAGAIN") return undefined;
    if (errno === "EPIPE") {
      return [{ kind: "lost", reason: "the kernel overwrote records before they were read", count: undefined }];
    }
    throw thrown;
  }
}
