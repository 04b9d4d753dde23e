/**
 * In: two compiled profiles, whoever compiled them, and what is known of their texts. Out: what one permits beyond the other, as rules with
 * witnesses and the rules responsible; flags, attachments and the like.
 * Must not know: files, git, terminals, how a report looks.
 */
export {
  compareProfiles,
  isSame,
  type ProfileDifference,
  type RuleChange,
  subtractBoth,
  type Verdict,
  verdictOf,
} from "./compare.ts";
export type { ReadRule } from "./cover.ts";
export type { Direction } from "./parts.ts";
export type { ProfileEvidence } from "./responsible.ts";
