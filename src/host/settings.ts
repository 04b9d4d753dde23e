/** Settings of the kernel below `/proc/sys`: a file that is read and written where it is. */
import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import { attempt, systemError } from "./errno.ts";
import { type System, O_RDONLY, O_WRONLY, nodeSystem, retrying } from "./system.ts";

const MOST_BYTES = 4096;

/** What a setting is. */
export function readSetting(path: string, system: System = nodeSystem): Outcome<string, FileRefusal> {
  return attempt(path, () => {
    const { close, open, read } = retrying(system);
    const descriptor = open(path, O_RDONLY);
    try {
      const buffer = new Uint8Array(MOST_BYTES);
      return decodeBytes(buffer.subarray(0, read(descriptor, buffer, 0)));
    } finally {
      close(descriptor);
    }
  });
}

/** Writes a setting that is there. */
export function writeSetting(path: string, text: string, system: System = nodeSystem): Outcome<void, FileRefusal> {
  return attempt(path, () => {
    const { close, open, write } = retrying(system);
    const descriptor = open(path, O_WRONLY);
    const bytes = encodeBytes(text);
    try {
      // A second write would be a second setting.
      if (write(descriptor, bytes, 0) < bytes.length) throw systemError("EIO");
    } finally {
      close(descriptor);
    }
  });
}
