import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { readFeatureText } from "../host/index.ts";

/** The text of a feature file, or of a directory that looks like the kernel's. */
export function featureFileText(path: string, files: FilesPort): Outcome<string, FileRefusal> {
  if (files.kind(path) === "directory") return readFeatureText(path);
  const bytes = files.read(path, { isOperand: true });
  return bytes.ok ? ok(decodeBytes(bytes.value)) : fail(bytes.error);
}
