/**
 * In: nothing. Out: what pure code may ask of the world (files, kernel, logs, processes, clock): types, and the words for refusals.
 * Must not know: how any of it is done. Files in memory are the exception: they need nothing of the world.
 */
export {
  MOST_POLICY_BYTES,
  MOST_TEXT_BYTES,
  type Errno,
  type FileEntry,
  type FileRefusal,
  type FilesPort,
  type FileStatus,
  type FileStorePort,
  type FileTrouble,
  type OutputFile,
  type ByteRange,
  type OwnFile,
  type ReadOptions,
  type SpecialKind,
  type WriteOptions,
} from "./files.ts";
export { type MemoryFiles, memoryFiles } from "./memory.ts";
export { collectOutput, writeOutput } from "./collect.ts";
export { troubleText } from "./trouble.ts";
export type { KernelPort, KernelRefusal, LoadedProfile, LoadedStream } from "./kernel.ts";
export type { LogItem, LogOptions, LogSource, LogsPort } from "./logs.ts";
export type { LinksPort } from "./links.ts";
export type { ProcessConfinement, ProcessDetailsPort, ProcessesPort, SocketHolders, SocketUse } from "./processes.ts";
export type { ClockPort, DigestPort } from "./clock.ts";
export { refusalText } from "./kernel-refusal.ts";
