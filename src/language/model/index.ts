/**
 * In: nothing (types and set operations). Out: the resolved profile: rules, permission sets, merge, cover by structure.
 * Must not know: layout of text, files, automata, bytes.
 */
export type * from "./policy.ts";
export type * from "./rules.ts";
export { profileKey } from "./profiles.ts";
export { type ExecMode, FilePermission } from "../tables/index.ts";
