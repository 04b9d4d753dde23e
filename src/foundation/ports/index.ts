/**
 * In: nothing. Out: types only: what pure code may ask of the world (files, kernel, logs, processes, clock).
 * Must not know: how any of it is done.
 */
export type {
  Errno,
  FileEntry,
  FileRefusal,
  FilesPort,
  FileStatus,
  FileStorePort,
  OwnFile,
  WriteOptions,
} from "./files.ts";
export type { KernelPort, KernelRefusal, LoadedProfile, LoadedStream } from "./kernel.ts";
export type { LogItem, LogOptions, LogSource, LogsPort } from "./logs.ts";
export type { ProcessConfinement, ProcessesPort } from "./processes.ts";
export type { ClockPort, DigestPort } from "./clock.ts";
