/**
 * In: a file's tree and changes to make, or drafts of rules and profiles. Out: text edits that touch nothing else; canonical text.
 * Must not know: other files, what a rule decides, where the change came from.
 */
export type {
  AllDraft,
  CapabilityDraft,
  ChangeProfileDraft,
  DbusDraft,
  DraftQualifiers,
  EndDraft,
  FileDraft,
  IncludeDraft,
  IoUringDraft,
  LinkDraft,
  MountDraft,
  MqueueDraft,
  NetworkDraft,
  ProfileDraft,
  PtraceDraft,
  RlimitDraft,
  RuleDraft,
  SignalDraft,
  UnixDraft,
  UsernsDraft,
} from "./draft.ts";
export { type Layout, defaultLayout, printInclude, printProfile, printRule } from "./print.ts";
export { isLiteral, isPlainName, literalPattern, literalText, printWord } from "./words.ts";
export {
  type Change,
  type ChangeProblem,
  type EditPlan,
  type ModeFlag,
  type ProfileRef,
  type TextChange,
  problemText,
} from "./change.ts";
export { plan } from "./plan.ts";
export { type Depth, meaningOfDraft, meaningOfRule } from "./meaning.ts";
