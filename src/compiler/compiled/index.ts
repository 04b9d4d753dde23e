/**
 * In: nothing. Out: the types between compile and policydb: what the kernel reads, with names instead of offsets; and
 * what its bits mean.
 * Must not know: bytes of the stream, the profile language, how automata are made.
 */
export { MediationClass } from "./classes.ts";
export type * from "./compiled-profile.ts";
export {
  execIndex,
  type ExecType,
  MOST_PACKED_NAMES,
  packExec,
  unpackExec,
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "./exec.ts";
export * from "./kernel-bits.ts";
export { meaningsOf } from "./meanings.ts";
export * from "./packed-bits.ts";
export { noPermissions, permissionsOf, type PermissionView, fieldsOf } from "./permissions.ts";
export {
  ABI_MASK,
  DEFAULT_PATH_FLAGS,
  FORCE_COMPLAIN,
  PathFlag,
  ProfileFlag,
  profileModes,
  VERSION_MARKS,
} from "./profile-bits.ts";
export { acceptBits, type AutomatonName, startState } from "./states.ts";
export { leftMatch, match, outOfBandStep, type Walked } from "./walk.ts";
