/** Where the parts of the installed program are. The bundle replaces this module by one that knows `dist/`. */
import { fileURLToPath } from "node:url";

/** The file a compile thread runs. */
export function workerEntry(): string {
  return fileURLToPath(new URL("./compile-worker.js", import.meta.url));
}

/** The directory of the package, which holds `policy/`. */
export function packageDirectory(): string {
  return fileURLToPath(new URL("../../../", import.meta.url));
}
