/**
 * In: nothing. Out: types only: what pure code may ask of the world (files, kernel, logs, processes, clock).
 * Must not know: how any of it is done.
 */
export type { Errno, FileEntry, FileRefusal, FilesPort } from "./files.ts";
export type { KernelPort, KernelRefusal, LoadedProfile } from "./kernel.ts";
