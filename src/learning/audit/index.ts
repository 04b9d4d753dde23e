/**
 * In: lines of any log. Out: AppArmor events in normal form, signs of loss, groups of equal events.
 * Must not know: profiles, rules, files.
 */
export {
  type AuditEvent,
  type Carrier,
  EVENT_KINDS,
  EVENT_TYPES,
  type EventKind,
  type EventTime,
  type EventType,
  type LineProblem,
  type LogItem,
  type LossNotice,
  type NullChain,
} from "./event.ts";
export { type BytesField, bytesText, parseLine } from "./parse.ts";
export { type CountOptions, type CountReport, type LogCount, countLog } from "./count.ts";
export { type EventGroup, eventKey, groupEvents } from "./groups.ts";
export {
  type LogReading,
  type LogSummary,
  type LoggedEvent,
  type SyscallRecord,
  readLog,
  readPieces,
  recordId,
} from "./log.ts";
export { type LossDetector, type LossReport, type SerialGap, lossDetector } from "./loss.ts";
