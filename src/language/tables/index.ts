/**
 * In: nothing. Out: constant facts, each with its source: capabilities, signals, families, rlimits, mount flags, permission
 * letters and words, error names, flags, names of profiles, ignored file names and the marks of others; and the nearest known word.
 * Must not know: anything that is not a fact.
 */
export {
  capabilities,
  type CapabilityName,
  capabilityName,
  capabilityNumber,
  isCapabilityName,
  splitFromSysAdmin,
} from "./capabilities.ts";
export { errnoName, errnoNumber, errnos } from "./errnos.ts";
export {
  type FilePermissionsProblem,
  type ExecMode,
  type FileLetter,
  FilePermission,
  type FilePermissions,
  isFileLetter,
  parseFilePermissions,
  printExecMode,
  printFilePermissions,
} from "./file-permissions.ts";
export { flagConflicts, modeFlags, plainFlags, valueFlags } from "./flags.ts";
export { type IgnoredHow, ignoredFileName, isDubiousFileName } from "./ignored-names.ts";
export { type PolicyMarks, type PolicyState, readPolicyMarks } from "./policy-marks.ts";
export { isBelow, isOfFamily, labelComponents } from "./profile-names.ts";
export {
  type MountOption,
  type Split,
  kernelMountFlags,
  isMountWord,
  MountFlag,
  type MountWord,
  mountOptions,
} from "./mount.ts";
export { MOUNT_KINDS, MountKind, mountKindWith } from "./mount-kinds.ts";
export { nearestWord } from "../../foundation/basics/index.ts";
export {
  type ProtocolWord,
  familyName,
  familyNumber,
  isNetworkType,
  isSocketFamily,
  isUnixType,
  type NetworkType,
  networkTypes,
  protocolWords,
  socketFamilies,
  type SocketFamily,
  socketTypes,
  type UnixType,
  unixTypes,
} from "./network.ts";
export {
  isPermissionWord,
  localSocketPermissions,
  type PermissionWord,
  permissionWords,
  type PermissionWords,
  type WordClass,
} from "./permissions.ts";
export {
  type RlimitFacts,
  type Rlimit,
  type RlimitName,
  rlimitByName,
  rlimitInfinity,
  rlimits,
  sizeUnits,
  timeUnits,
} from "./rlimits.ts";
export { isSignalName, type SignalName, signalName, signalNumber, signals } from "./signals.ts";
