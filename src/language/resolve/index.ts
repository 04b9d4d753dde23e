/**
 * In: a policy file and a port to read what it includes. Out: the model of what it says, and everything wrong with it.
 * Must not know: automata, what a kernel reads, Node. Patterns are checked by the compiler, which knows the features.
 */
export type { ResolveCodeInfo, WarningClass } from "./code-info.ts";
export { type ResolveCode, resolveCodes } from "./codes.ts";
export { type ContinuePolicy, continuePolicy } from "./continued.ts";
export { type FileConflict, findConflicts, type NamedFile, type NamedProfile } from "./conflicts.ts";
export { resolvePolicySet, type PolicyFile, type PolicySet } from "./directory.ts";
export { deferPolicySet, type DeferredPolicySet } from "./deferred.ts";
export type { FoundInclude } from "./includes.ts";
export { defaultLimits, type ResolveLimits } from "./limits.ts";
export { resolvePolicy, readPolicy } from "./resolve.ts";
export {
  type ResolvedPolicy,
  type ResolveInput,
  type ResolveOptions,
  type ReadPolicy,
  type SplicedListener,
} from "./options.ts";
export type { Definition, ListedVariable, VariableList } from "./variables.ts";
export type { Expansion, Expansions } from "./expand.ts";
export { profileFileNames } from "./profile-files.ts";
export { createResolveSession, type ResolveSession } from "./session.ts";
