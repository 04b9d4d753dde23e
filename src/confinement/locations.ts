/** Where the code of workers is; bundled, it is beside the door (scripts/library.mjs). */
export const workerEntry = (): URL => new URL("./hat-worker.js", import.meta.url);
