/**
 * In: the profiles of a policy, compiled for a kernel. Out: what is superfluous, impossible or dangerous in them, as diagnostics; fixes are
 * tried before they are offered.
 * Must not know: files, argv, terminals.
 */
export { type LintCode, lintCodes } from "./codes.ts";
export { findRemovable } from "./find-removable.ts";
export { lintFile } from "./lint.ts";
export type { Finding } from "./look.ts";
export type { LintWorld, Unit } from "./types.ts";
