/** Where the parts of the installed program are. The bundle replaces this module by one that knows `dist/`. */
import { fileURLToPath } from "node:url";

/** The file a compile thread runs. */
export function workerEntry(): string {
  return fileURLToPath(new URL("./compile-worker.js", import.meta.url));
}

/** Where the features of a kernel are that the package knows by name. */
export function kernelFeaturesPath(name: string): string {
  return fileURLToPath(new URL(`../../../tests/corpus/features/debian-${name}`, import.meta.url));
}

/** The directory of the package, which holds `policy/`. */
export function packageDirectory(): string {
  return fileURLToPath(new URL("../../../", import.meta.url));
}
