/**
 * In: the ports' types. Out: their implementation with Node: files, kernel (securityfs, /proc), logs, processes, digests.
 * Must not know: policy (bytes are opaque here), command lines, terminals. Exceptions of Node stop here.
 */
export { type Bus, openBus, ownName, subscribe } from "./dbus/bus.ts";
export { METHOD_CALL, SIGNAL } from "./dbus/wire.ts";
export { type Attribute, readAttribute, writeAttribute } from "./attributes.ts";
export { type Availability, type Unavailable, availability } from "./availability.ts";
export { askKernel } from "./access-queries.ts";
export { holdersOfPeer } from "./socket-peers.ts";
export { type TaskId, currentTask, hasNoNewPrivileges, listTasks } from "./tasks.ts";
export { isHandedOver, readStandardInput } from "./reading.ts";
export { nodeFiles } from "./files.ts";
export { gitFiles } from "./git.ts";
export { type DirectoryOptions, type DirectoryRefusal, openDirectory } from "./own-files.ts";
export { type FileChange, type PreviewStore, previewFiles } from "./preview.ts";
export { readFeatureText } from "./feature-tree.ts";
export { nodeLinks } from "./links.ts";
export { followPath, realPath } from "./real-path.ts";
export { rootedSystem } from "./rooted.ts";
export { nodeKernel, parseProfileList } from "./kernel.ts";
export { nodeLogs } from "./logs.ts";
export { nodeProcesses, splitLabel } from "./processes.ts";
export { type Ended, runInForeground } from "./foreground.ts";
export { removeAfterEnd, takeBackAfterEnd, writeAfterEnd } from "./after-end.ts";
export { type Companion, startCompanion } from "./companion.ts";
export { type Aside, startAside } from "./aside.ts";
export { endProcess, isOver } from "./end-process.ts";
export { toolEnvironment, toolPath } from "./tools.ts";
export { startedConfinement } from "./started.ts";
export { nodeClock, nodeDigest } from "./digest.ts";
export { readSetting, writeSetting } from "./settings.ts";
export { isTerminal } from "./terminal.ts";
export { type KernelPlace } from "./securityfs.ts";
export {
  type RunOptions,
  type RunResult,
  type System,
  type SystemEntry,
  type SystemStatus,
  nodeSystem,
} from "./system.ts";
