/**
 * What wraps a record (audit-events 5). The record is searched for, since the prefixes of syslog, dmesg, grep, docker and the
 * like differ too much; whether to believe it is decided from the start of the line (`sender.ts`). Everything here is linear in the line.
 */
import { decodeBytes, encodeBytes, withoutTrailing } from "../../foundation/text/index.ts";
import type { Carrier, EventTime } from "./event.ts";
import type { EntryFields } from "./export-entries.ts";
import { RECORD_TYPES } from "./names.ts";
import { phaseOf } from "./phase.ts";
import { type Sender, type Writer, findSender, isAtHead, isKernelPriority, writerOf } from "./sender.ts";

/** The text a carrier brings, and what it says beside it. */
export interface Parcel {
  readonly text: string;
  readonly carrier: Carrier;
  readonly recordType: number | undefined;
  readonly time: EventTime | undefined;
  readonly serial: number | undefined;
  /** Who wrote the text, where the carrier says it; otherwise what precedes the record does. */
  readonly writer: Writer | undefined;
}

/** A record taken out of its line. */
export interface FoundRecord {
  readonly carrier: Carrier;
  readonly recordType: number | undefined;
  readonly time: EventTime | undefined;
  /** Where in a quarter of an hour it was written, in ms; -1: unknown. */
  readonly phase: number;
  readonly serial: number | undefined;
  readonly writer: Writer;
  /** There is an event in the line, and neither kernel nor audit daemon nor message bus put it there. */
  readonly isForeign: boolean;
  /** From `apparmor=` (or `operation=`) on; `undefined`: no event of ours. */
  readonly body: string | undefined;
  /** What a user-space object manager says of itself, before its `msg='`. */
  readonly reporter: string | undefined;
  /** The names `auditd` adds behind 0x1d. */
  readonly enriched: string | undefined;
  /** The text behind the record id; the whole text without one. */
  readonly rest: string;
}

/** Takes the wrapping off that hides the record's characters: JSON, and the escapes of /dev/kmsg. */
export function openCarrier(line: string): Parcel {
  const text = withoutTrailing(line, "\r\n");
  return openJson(text) ?? openKmsg(text) ?? { text, carrier: carrierOf(text), ...nothing };
}

const nothing = { recordType: undefined, time: undefined, serial: undefined, writer: undefined };

/** What `journalctl -o json-seq` and `json-sse` put before an entry. */
const FRAMES = ["\u001e", "data: "];

function openJson(line: string): Parcel | undefined {
  const frame = FRAMES.find((one) => line.startsWith(one)) ?? "";
  const object = line.slice(frame.length).trimStart();
  if (!object.startsWith("{")) return undefined;
  const fields = parseObject(object);
  if (fields === undefined) return undefined;
  const message = messageText(fields["MESSAGE"]);
  if (message !== undefined) {
    return { text: message, carrier: "journal-json", ...journalId(fields), writer: journalWriter(fields) };
  }
  const log = messageText(fields["log"]);
  // What a container prints. The kernel does not write there, and whoever prints a record there is not the kernel.
  if (log !== undefined) {
    return { text: withoutTrailing(log, "\r\n"), carrier: "docker-json", ...nothing, writer: "foreign" };
  }
  const other = messageText(fields["message"]) ?? messageText(fields["msg"]);
  return other === undefined ? undefined : { text: other, carrier: "json", ...nothing, writer: shippedWriter(fields) };
}

/** An entry of the journal's export format. */
export function openEntry(fields: EntryFields): Parcel {
  const text = fields["MESSAGE"] ?? "";
  return { text, carrier: "journal-export", ...journalId(fields), writer: journalWriter(fields) };
}

/**
 * The journal vouches for `_TRANSPORT`. What programs write to /dev/kmsg comes by the kernel's transport, too, with an identifier and a
 * facility of its own.
 */
function journalWriter(fields: Readonly<Record<string, unknown>>): Writer | undefined {
  const transport = fields["_TRANSPORT"];
  const identifier = fields["SYSLOG_IDENTIFIER"];
  const named = typeof identifier === "string" ? writerOf(identifier) : undefined;
  if (transport === undefined) return named;
  if (transport === "audit") return "audit";
  if (transport !== "kernel") return named === "journal" ? named : "foreign";
  const facility = fields["SYSLOG_FACILITY"] ?? "0";
  return facility === "0" && (named ?? "kernel") === "kernel" ? "kernel" : "foreign";
}

const SHIPPERS_NAMES = ["program", "ident", "appname", "app_name", "tag", "syslog_identifier", "SYSLOG_IDENTIFIER"];

/** Who a message is from, as programs that carry logs away put it. */
function shippedWriter(fields: Record<string, unknown>): Writer | undefined {
  const name = SHIPPERS_NAMES.map((key) => fields[key]).find((value) => typeof value === "string");
  return typeof name === "string" ? writerOf(name.replace(/(?:\[\d*\])?:?$/, "")) : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The journal writes a message that is not UTF-8 as a list of byte values. */
function messageText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const bytes = value.filter((byte): byte is number => typeof byte === "number");
  return decodeBytes(Uint8Array.from(bytes));
}

/** The audit transport of the journal leaves the id out of the message and gives it in fields. */
function journalId(fields: Readonly<Record<string, unknown>>): Pick<Parcel, "recordType" | "time" | "serial"> {
  const micros = digits(fields["_SOURCE_REALTIME_TIMESTAMP"]);
  return {
    recordType: digits(fields["_AUDIT_TYPE"]),
    time:
      micros === undefined || fields["_TRANSPORT"] !== "audit"
        ? undefined
        : { sec: Math.floor(micros / 1_000_000), ms: Math.floor(micros / 1000) % 1000 },
    serial: digits(fields["_AUDIT_ID"]),
  };
}

function digits(value: unknown): number | undefined {
  return typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}

const KMSG = /^(\d{1,10}),\d{1,20},\d{1,20},[^;]{0,100};/;

/** A record of /dev/kmsg: `priority,sequence,µs,flags;text` with `\xHH` for bytes that are not plain. */
function openKmsg(line: string): Parcel | undefined {
  const head = KMSG.exec(line);
  if (head === null) return undefined;
  const text = line.slice(head[0].length).split(/\n(?= )/, 1)[0] ?? "";
  const writer = isKernelPriority(Number(head[1])) ? "kernel" : "foreign";
  return { text: unescapeKmsg(text), carrier: "kmsg", ...nothing, writer };
}

function unescapeKmsg(text: string): string {
  if (!text.includes("\\x")) return text;
  const bytes = encodeBytes(text);
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const value = bytes[at] === 0x5c && bytes[at + 1] === 0x78 ? hexPair(bytes[at + 2], bytes[at + 3]) : undefined;
    out[length] = value ?? bytes[at] ?? 0;
    length += 1;
    if (value !== undefined) at += 3;
  }
  return decodeBytes(out.subarray(0, length));
}

function hexPair(high: number | undefined, low: number | undefined): number | undefined {
  const pair = String.fromCharCode(high ?? 0, low ?? 0);
  return /^[0-9a-fA-F]{2}$/.test(pair) ? Number.parseInt(pair, 16) : undefined;
}

function carrierOf(text: string): Carrier {
  const head = text.slice(0, 200);
  if (text.includes("\u001d")) return "auditd-enriched";
  if (/\btype=[\w[\]]+ msg=audit\(/.test(head)) return "auditd-raw";
  if (/^(?:msg=)?audit\(/.test(head)) return "audisp";
  if (/^(?:<\d+>)?\[[^\]]*\] ?/.test(head)) return "dmesg";
  if (/\saudit\[\d+\]: /.test(head) || /^\d{4}-\S+[+-]\d{4} /.test(head)) return "journal-short";
  if (/^(?:[A-Z][a-z]{2} \d{4}-\d\d-\d\d |\d{9,11}\.\d{6} )/.test(head)) return "journal-short";
  if (/^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:|\d{4}-\d\d-\d\dT|1 \d{4}-)/.test(head)) return "syslog";
  return "text";
}

const RECORD_ID = /audit\((\d{1,15})\.(\d{1,9}):(\d{1,15})\)/;
/** What `ausearch -i` makes of it: a date in local time, whose zone nobody knows. */
const DATED_ID = /audit\(\d\d\/\d\d\/\d\d(?:\d\d)? (?:\d\d:(\d\d):(\d\d)\.(\d{3})|[\d:.]{1,20}):(\d{1,15})\)\s*:?/;
const TYPE = /\btype=(UNKNOWN\[\d{1,6}\]|[A-Z_]+|\d{1,6})/g;

interface RecordId {
  readonly start: number;
  readonly end: number;
  readonly time: EventTime | undefined;
  readonly phase: number;
  readonly serial: number;
}

function findId(text: string): RecordId | undefined {
  const exact = RECORD_ID.exec(text);
  if (exact !== null) {
    const time = { sec: Number(exact[1]), ms: Number(exact[2]) };
    const phase = phaseOf(time.sec, time.ms);
    return { start: exact.index, end: exact.index + exact[0].length, time, phase, serial: Number(exact[3]) };
  }
  const dated = DATED_ID.exec(text);
  if (dated === null) return undefined;
  const [whole, minute, second, ms, serial] = dated;
  const phase = minute === undefined ? -1 : phaseOf(Number(minute) * 60 + Number(second), Number(ms));
  return { start: dated.index, end: dated.index + whole.length, time: undefined, phase, serial: Number(serial) };
}

/** Finds the record in what a carrier brought. */
export function findRecord(parcel: Parcel): FoundRecord {
  const cut = parcel.text.indexOf("\u001d");
  const whole = cut < 0 ? parcel.text : parcel.text.slice(0, cut);
  const sender = senderOf(parcel, whole);
  const text = whole.slice(sender.start);
  const id = findId(text);
  const start = eventStart(text, id);
  const message = text.indexOf("msg='");
  const hasMessage = message >= 0 && (start === undefined || message < start);
  const isForeign = start !== undefined && !isTrusted(text, sender.writer, start);
  return {
    carrier: parcel.carrier,
    recordType: parcel.recordType ?? recordType(text, id, start),
    time: id?.time ?? parcel.time,
    phase: id?.phase ?? (parcel.time === undefined ? -1 : phaseOf(parcel.time.sec, parcel.time.ms)),
    serial: id?.serial ?? parcel.serial,
    writer: sender.writer,
    isForeign,
    body: start === undefined || isForeign ? undefined : withoutQuote(text.slice(start), hasMessage),
    reporter: hasMessage ? text.slice(id === undefined ? 0 : id.end, message) : undefined,
    enriched: cut < 0 ? undefined : parcel.text.slice(cut + 1),
    rest: id === undefined ? text : text.slice(id.end),
  };
}

/** A carrier that knows the writer brings his message alone. */
function senderOf(parcel: Parcel, text: string): Sender {
  if (parcel.writer !== undefined) return { writer: parcel.writer, start: 0 };
  return findSender(text);
}

/** Whether a record may say what it says: it is the message itself, of somebody who speaks for AppArmor. */
function isTrusted(text: string, writer: Writer, start: number): boolean {
  if (writer === "foreign" || writer === "journal" || !isAtHead(text, start)) return false;
  return writer !== "bus" || / operation="?dbus_/.test(text.slice(start, start + 60));
}

/** The mark as `ausearch -i` prints it, which leaves the quotes of some values out. */
const BARE_MARK = /apparmor=["A-Z]/;

function eventStart(text: string, id: RecordId | undefined): number | undefined {
  const isDated = id !== undefined && id.time === undefined;
  const marked = isDated ? text.search(BARE_MARK) : text.indexOf('apparmor="');
  if (marked >= 0) return marked;
  if (id === undefined) return undefined;
  const bare = text.indexOf('operation="', id.end);
  return bare < 0 ? undefined : bare;
}

function withoutQuote(body: string, quoted: boolean): string {
  const close = quoted ? body.lastIndexOf("'") : -1;
  return close < 0 ? body : body.slice(0, close);
}

/** The type left of the id, or, in the oldest form, between the id and the event. */
function recordType(text: string, id: RecordId | undefined, start: number | undefined): number | undefined {
  const head = text.slice(0, id?.start ?? start ?? 0);
  const words = [...head.matchAll(TYPE)];
  const word = words.at(-1)?.[1] ?? [...text.slice(id?.end ?? 0, start ?? 0).matchAll(TYPE)].at(0)?.[1];
  if (word !== undefined) return recordNumber(word);
  const bare = /(?:^|[\s:])(USER_AVC|AVC)(?:\s|$)/.exec(head)?.[1];
  return bare === undefined ? undefined : recordNumber(bare);
}

function recordNumber(word: string): number | undefined {
  const number = /\d+/.exec(word)?.[0];
  // Any other name is a record of somebody else: 0 says so.
  return number === undefined ? (RECORD_TYPES.get(word) ?? 0) : Number(number);
}
