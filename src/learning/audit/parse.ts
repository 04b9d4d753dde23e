import { decodeBytes } from "../../foundation/text/index.ts";
import { type FoundRecord, type Parcel, findRecord, openCarrier, openEntry } from "./carriers.ts";
import type { AuditEvent, LogItem } from "./event.ts";
import type { EntryFields } from "./export-entries.ts";
import { hexBytes } from "./fields.ts";
import { normalise } from "./normalise.ts";
import { parseNotice } from "./notices.ts";

/** Lines longer than this are not read: the kernel's own records reach 8,970 bytes. */
const MAX_LINE = 1 << 18;

/**
 * Reads one line (or record) of any log that carries AppArmor's events.
 *
 * Shape: text as `decodeBytes` gives it; JSON of the journal, records of /dev/kmsg, audit.log, syslog, dmesg and the rest.
 * `undefined`: nothing of ours in it.
 * Errors: a line of ours that cannot be read is a `PROBLEM`; nothing throws.
 * Cost: linear in the line; lines above 256 Ki units are not looked at.
 * Source: audit-events 2-7.
 *
 * @example
 * parseLine('type=AVC msg=audit(1.2:3): apparmor="DENIED" operation="open" profile="p" name=2F61 …');
 */
export function parseLine(line: string): LogItem | undefined {
  return inspectLine(line).item;
}

/** A line with what the reader of a whole log also wants to know: whose record it is, and its number. */
export interface InspectedLine {
  readonly item: LogItem | undefined;
  readonly record: FoundRecord | undefined;
}

export function inspectLine(line: string): InspectedLine {
  if (line.length > MAX_LINE) {
    return { item: mentionsUs(line) ? { type: "PROBLEM", reason: "line-too-long" } : undefined, record: undefined };
  }
  return inspectParcel(openCarrier(line));
}

/** The same of an entry of the journal's export format. */
export function inspectEntry(fields: EntryFields): InspectedLine {
  return inspectParcel(openEntry(fields));
}

function inspectParcel(parcel: Parcel): InspectedLine {
  const record = findRecord(parcel);
  return { item: itemOf(record), record };
}

function itemOf(record: FoundRecord): LogItem | undefined {
  if (record.isForeign || (record.body !== undefined && !isOurs(record.recordType))) return FOREIGN;
  if (!isOurs(record.recordType)) return undefined;
  if (record.body === undefined) {
    if (record.writer === "foreign") return undefined;
    return legacyEvent(record) ?? parseNotice(record.rest) ?? emptyProblem(record);
  }
  return normalise(record, record.body) ?? { type: "PROBLEM", reason: "empty-event" };
}

/** A record inside somebody else's message or record. */
const FOREIGN: LogItem = { type: "PROBLEM", reason: "foreign-writer" };

function mentionsUs(line: string): boolean {
  return line.includes('apparmor="') || line.includes('apparmor=\\"');
}

/** AVC, USER_AVC and the old numbers; records of any other type only quote what somebody else wrote. */
function isOurs(recordType: number | undefined): boolean {
  return recordType === undefined || recordType === 1400 || recordType === 1107 || isOld(recordType);
}

function isOld(recordType: number | undefined): boolean {
  return recordType !== undefined && recordType >= 1500 && recordType <= 1599;
}

const LEGACY = /^:?\s*((?:REJECTING|PERMITTING|AUDITING|LOGPROF-HINT)\b.*)/s;

/** Kernels before 2007 wrote prose: recognised, not understood. */
function legacyEvent(record: FoundRecord): AuditEvent | undefined {
  const legacy = isOld(record.recordType) ? LEGACY.exec(record.rest)?.[1] : undefined;
  if (legacy === undefined) return undefined;
  return {
    type: "UNKNOWN",
    kind: "unknown",
    source: record.carrier,
    ...(record.recordType === undefined ? {} : { recordType: record.recordType }),
    ...(record.time === undefined ? {} : { time: record.time }),
    ...(record.serial === undefined ? {} : { serial: record.serial }),
    extra: { legacy },
  };
}

function emptyProblem(record: FoundRecord): LogItem | undefined {
  return isOld(record.recordType) ? { type: "PROBLEM", reason: "empty-event" } : undefined;
}

/** The text fields of an event that have a `Bytes` twin. */
export type BytesField =
  | "name"
  | "profile"
  | "label"
  | "namespace"
  | "comm"
  | "target"
  | "peer"
  | "srcName"
  | "addr"
  | "peerAddr";

/** The text of a field in the project's own encoding (stray bytes survive): what a rule is made from. */
export function bytesText(event: AuditEvent, field: BytesField): string | undefined {
  const hex = event[`${field}Bytes`];
  return hex === undefined ? (event[field] ?? undefined) : decodeBytes(hexBytes(hex));
}
