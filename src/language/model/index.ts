/**
 * In: nothing. Out: the types of a resolved policy, and what every reader of it does: operands, aliases, rules and profiles that say nothing.
 * Must not know: layout of text, files, automata, bytes.
 */
export type * from "./policy.ts";
export type * from "./rules.ts";
export { aliasedProfiles, aliasedTexts, type AliasTable, aliasTable, applyAliases } from "./aliases.ts";
export { bareRules, nowhere } from "./bare-rules.ts";
export { lastPart, splitFullName } from "./names.ts";
export { type OperandKind, mapOperands } from "./operands.ts";
export { emptyProfile, isFreeOf, isUnconfinedMode, profileKey } from "./profiles.ts";
export { type ExecMode, FilePermission } from "../tables/index.ts";
