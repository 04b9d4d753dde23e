/**
 * In: nothing. Out: the types that stand between compile and policydb: what the kernel reads, with names instead of offsets; and
 * what the bits of its words mean.
 * Must not know: bytes of the stream, the profile language, how automata are made.
 */
export type * from "./compiled-profile.ts";
export { meaningsOf } from "./meanings.ts";
export {
  execWord,
  noPermissions,
  permissionsOf,
  type PermissionView,
  wordsOf,
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "./permissions.ts";
export { acceptWords, type AutomatonName, startState } from "./states.ts";
