import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import type { Machine } from "./io.ts";

/** The text of a feature file. */
export function plainFeatureText(path: string, { files }: Pick<Machine, "files">): Outcome<string, FileRefusal> {
  const bytes = files.read(path, { isOperand: true });
  return bytes.ok ? ok(decodeBytes(bytes.value)) : fail(bytes.error);
}

/** The text of a feature file, or of a directory that looks like the kernel's. */
export function featureFileText(
  path: string,
  machine: Pick<Machine, "files" | "featureText">,
): Outcome<string, FileRefusal> {
  return machine.files.kind(path) === "directory" ? machine.featureText(path) : plainFeatureText(path, machine);
}
