/**
 * In: nothing. Out: constant facts, each with its source: capabilities, signals, families, rlimits, mount flags, permission
 * letters and words, error names, flags, ignored file names; and the nearest known word. Must not know: anything that is not a fact.
 */
export { capabilities, capabilityName, capabilityNumber, splitFromSysAdmin } from "./capabilities.ts";
export { errnoName, errnoNumber, errnos } from "./errnos.ts";
export {
  type ExecMode,
  FilePermission,
  type FilePermissions,
  type FilePermissionsProblem,
  parseFilePermissions,
  printExecMode,
  printFilePermissions,
} from "./file-permissions.ts";
export { flagConflicts, modeFlags, plainFlags, valueFlags } from "./flags.ts";
export { ignoredSuffixes, isIgnoredFileName, ruleKeywords } from "./keywords.ts";
export { MountFlag, type MountOption, mountOptions } from "./mount.ts";
export { nearestWord } from "./nearest.ts";
export {
  familyName,
  familyNumber,
  networkTypes,
  type ProtocolWord,
  protocolWords,
  socketFamilies,
  socketTypes,
  unixTypes,
} from "./network.ts";
export { localSocketPermissions, permissionWords, type PermissionWords } from "./permissions.ts";
export { type Rlimit, rlimitByName, rlimitInfinity, rlimits, sizeUnits, timeUnits } from "./rlimits.ts";
export { realTimeBase, realTimeLast, signalName, signalNumber, signals } from "./signals.ts";
