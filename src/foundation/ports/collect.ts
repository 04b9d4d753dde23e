import { type Outcome, ok } from "../basics/index.ts";
import type { FileRefusal, FileStorePort, OutputFile, WriteOptions } from "./files.ts";

/** An output for stores that have nothing but whole files: it keeps everything until it is written at once. */
export function collectOutput(write: (bytes: Uint8Array) => Outcome<void, FileRefusal>): OutputFile {
  const parts: Uint8Array[] = [];
  return {
    write: (bytes) => {
      parts.push(bytes.slice());
      return ok(undefined);
    },
    commit: () => {
      const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let end = 0;
      for (const part of parts) {
        whole.set(part, end);
        end += part.length;
      }
      return write(whole);
    },
    discard: () => undefined,
  };
}

/** Puts a whole result where the user wants it. */
export function writeOutput(
  files: FileStorePort,
  path: string,
  bytes: Uint8Array,
  options: Pick<WriteOptions, "mode"> = {},
): Outcome<void, FileRefusal> {
  const output = files.output(path, options);
  if (!output.ok) return output;
  const written = output.value.write(bytes);
  return written.ok ? output.value.commit() : written;
}
