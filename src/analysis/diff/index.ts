/**
 * In: compiled profiles, whoever compiled them. Out: what one permits beyond another, as rules with witnesses; the arithmetic behind it:
 * sets of accesses and the rules that say them.
 * Must not know: files, git, terminals, how a report looks.
 */
export { compareProfiles, type DiffWitness, isSame, type ProfileDifference, type RuleChange, type Verdict, verdictOf } from "./compare.ts";
export { beyond, common, commonAnyExec, type Grant, Grants, type HalfGrant, isNothing } from "./grants.ts";
export { combined, isEmpty } from "./automata.ts";
export type { Direction, PartChange } from "./parts.ts";
export { type Access, type AccessSet, FILE, firstAccess, type Permitted, permittedBy } from "./profile.ts";
export { linesFor, plainLines, type ProfileEvidence, type WantedAccess } from "./responsible.ts";
export { type RuleCompiler, ruleCompiler, rulesOf, type SetRule, type SetRules } from "./rule-texts.ts";
export { accessObject, className, ownership, permissionWords } from "./words.ts";
