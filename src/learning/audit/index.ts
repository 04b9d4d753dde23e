/**
 * In: lines of any log. Out: AppArmor events in normal form, signs of loss, groups of equal events.
 * Must not know: profiles, rules, files.
 */
export type {
  AuditEvent,
  Carrier,
  EventKind,
  EventTime,
  EventType,
  LineProblem,
  LogItem,
  LossNotice,
  NullChain,
} from "./event.ts";
export { type BytesField, bytesText, parseLine } from "./parse.ts";
export { type EventGroup, type EventGroups, eventGroups, eventKey, groupEvents } from "./groups.ts";
export {
  type LogReader,
  type LogReading,
  type LogSummary,
  type LoggedEvent,
  type SyscallRecord,
  logReader,
  readLog,
  recordId,
} from "./log.ts";
export { type LossDetector, type LossReport, type SerialGap, lossDetector } from "./loss.ts";
export type { FoundRecord } from "./carriers.ts";
export type { Writer } from "./sender.ts";
