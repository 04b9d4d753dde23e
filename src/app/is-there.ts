import type { FilesPort } from "../foundation/ports/index.ts";

/** Whether a file is there, also one that cannot be looked at: whoever reads it gets the reason why it cannot be read. */
export function isThere(files: FilesPort, path: string): boolean {
  const kind = files.kind(path);
  return kind === "file" || kind === "other";
}
