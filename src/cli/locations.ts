/** Where the parts of the installed program are. The bundle replaces this module by one that knows `dist/`. */

/** The file a compile thread runs. */
export function workerEntry(): URL {
  return new URL("./compile-worker.js", import.meta.url);
}
