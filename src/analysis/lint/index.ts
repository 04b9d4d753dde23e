/**
 * In: the profiles of a policy, compiled for a kernel. Out: what is superfluous, impossible or dangerous in them, as diagnostics; fixes are
 * tried before they are offered.
 * Must not know: files, argv, terminals.
 */
export { lintCodes } from "./codes.ts";
export { lintFile } from "./lint.ts";
export type { LintWorld } from "./types.ts";
