/**
 * In: nothing, or a place other than `/`. Out: the ports, implemented with Node: files, kernel, logs, processes.
 * Must not know: what policy means.
 */
export {
  type FileChange,
  type KernelPlace,
  type PreviewStore,
  type RunOptions,
  type RunResult,
  type System,
  type SystemEntry,
  type SystemStatus,
  gitFiles,
  nodeClock,
  nodeDigest,
  nodeFiles,
  nodeKernel,
  nodeLogs,
  nodeProcesses,
  parseProfileList,
  previewFiles,
  readFeatureText,
  splitLabel,
} from "../../host/index.ts";
