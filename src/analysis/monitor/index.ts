/**
 * In: profiles of the model and questions about them. Out: what is allowed, by which rules, where an exec leads, which profile attaches.
 * Must not know: text layout, logs, terminals, how a kernel is asked.
 */
export { type Attachment, attach, attachmentScore, type AttachmentScore, type FileAttributes } from "./attach.ts";
export { type Effect, type ProfilePath, decide, effectOf } from "./decide.ts";
export type { Decision, ExecOutcome, PermissionVerdict } from "./decision.ts";
export { type Destination, type Execution, execDestination } from "./exec.ts";
export { peerQuestions } from "./kinds/sockets.ts";
export { LINK_TEST } from "./link-test.ts";
export { labelComponents } from "../../language/tables/index.ts";
export { fit, labelSubject, type PatternKind, subject, type Subject } from "./match.ts";
export { type BothSides, decideBoth, otherSide } from "./sides.ts";
export {
  decideLabel,
  keepsConfinement,
  type LabelDecision,
  type LabelDestination,
  labelExec,
  type LabelExecution,
  type LabelPart,
  labelRecords,
  type RecordedPart,
} from "./stacks.ts";
export { type FindProfile, joinLabel, labelNames } from "./labels.ts";
export type { RecordSubject } from "./record.ts";
export { type Claim, claim, type ExecChoice, type Verdict, weigh } from "./weigh.ts";
export type {
  CapabilityQuestion,
  ChangeHatQuestion,
  ChangeProfileQuestion,
  DbusQuestion,
  ExecQuestion,
  FileLetter,
  FileQuestion,
  IoUringQuestion,
  LinkQuestion,
  MountQuestion,
  MqueueQuestion,
  NetworkQuestion,
  PivotRootQuestion,
  PtraceQuestion,
  Question,
  RlimitQuestion,
  SignalQuestion,
  UmountQuestion,
  UnixQuestion,
  UsernsQuestion,
} from "./question.ts";
