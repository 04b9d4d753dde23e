/** Settings of the kernel below `/proc/sys`: a file that is written where it is. */
import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { attempt } from "./errno.ts";
import { type System, O_WRONLY, nodeSystem } from "./system.ts";

/** Writes a setting that is there. */
export function writeSetting(path: string, text: string, system: System = nodeSystem): Outcome<void, FileRefusal> {
  return attempt(path, () => {
    const descriptor = system.open(path, O_WRONLY);
    try {
      system.write(descriptor, encodeBytes(text), 0);
    } finally {
      system.close(descriptor);
    }
  });
}
