/** Whole files through the table of system calls. */
import { type System, O_NOCTTY, O_RDONLY } from "./system.ts";

const CHUNK_BYTES = 64 * 1024;

/** All bytes of what stands at `path`, whatever size the system gives for it: the files of the kernel have none. */
export function readWhole(system: System, path: string): Uint8Array {
  const descriptor = system.open(path, O_RDONLY | O_NOCTTY);
  try {
    return readOpen(system, descriptor);
  } finally {
    system.close(descriptor);
  }
}

/** All bytes of what is open. */
export function readOpen(system: System, descriptor: number): Uint8Array {
  const status = system.fstat(descriptor);
  let buffer: Uint8Array = Buffer.allocUnsafeSlow(status.isFile() ? Number(status.size) + 1 : CHUNK_BYTES);
  let length = 0;
  for (;;) {
    const count = system.read(descriptor, buffer, length);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafeSlow(buffer.length)]);
  }
}
