/**
 * From the fields of one record to the event in normal form (audit-events 7). Names that kernels, the bus daemon and old versions use for one
 * thing become one key here, so that nothing behind this file asks who wrote a record. A key that comes twice keeps its first value
 * (audit-events 5.1).
 */
import { capabilityName, capabilityNumber } from "../../language/tables/index.ts";
import type { AuditEvent, EventKind } from "./event.ts";
import type { FoundRecord } from "./carriers.ts";
import { type Field, addressValue, splitFields, textValue } from "./fields.ts";
import { FILE_OPERATIONS, KIND_OF_OPERATION, MARKED_TYPES, TYPE_OF_RECORD } from "./names.ts";

type Draft = { -readonly [K in keyof AuditEvent]?: AuditEvent[K] };

type KeysOf<T> = { [K in keyof AuditEvent]-?: NonNullable<AuditEvent[K]> extends T ? K : never }[keyof AuditEvent];
type TextKey = Extract<
  { [K in keyof AuditEvent]-?: string extends NonNullable<AuditEvent[K]> ? K : never }[keyof AuditEvent],
  string
>;
type NumberKey = KeysOf<number>;

const TEXT_KEYS: ReadonlyMap<string, TextKey> = new Map<string, TextKey>([
  ["operation", "operation"],
  ["class", "class"],
  ["info", "info"],
  ["namespace", "namespace"],
  ["profile", "profile"],
  ["label", "label"],
  ["name", "name"],
  ["comm", "comm"],
  ["target", "target"],
  ["name2", "target"],
  ["peer", "peer"],
  ["peer_label", "peer"],
  ["peer_profile", "peer"],
  ["tcontext", "peer"],
  ["srcname", "srcName"],
  ["fstype", "fsType"],
  ["options", "options"],
  ["trans", "trans"],
  ["flags", "flags"],
  ["execpath", "execPath"],
  ["bus", "bus"],
  ["path", "path"],
  ["interface", "interface"],
  ["member", "member"],
  ["method", "member"],
  ["ns", "policyNamespace"],
  ["rlimit", "rlimit"],
  ["signal", "signal"],
  ["family", "family"],
  ["sock_type", "sockType"],
  ["laddr", "laddr"],
  ["saddr", "laddr"],
  ["faddr", "faddr"],
  ["daddr", "faddr"],
  ["requested_mask", "requestedMask"],
  ["requested", "requestedMask"],
  ["denied_mask", "deniedMask"],
  ["denied", "deniedMask"],
  ["mask", "deniedMask"],
  ["capname", "capability"],
]);

const NUMBER_KEYS: ReadonlyMap<string, NumberKey> = new Map<string, NumberKey>([
  ["error", "error"],
  ["pid", "pid"],
  ["fsuid", "fsuid"],
  ["ouid", "ouid"],
  ["capability", "capabilityNumber"],
  ["lport", "lport"],
  ["src", "lport"],
  ["fport", "fport"],
  ["dest", "fport"],
  ["peer_pid", "peerPid"],
  ["offset", "offset"],
]);

type BytesKey = Extract<keyof AuditEvent, `${string}Bytes`>;

const BYTES_KEYS: ReadonlyMap<string, BytesKey> = new Map<string, BytesKey>([
  ["name", "nameBytes"],
  ["profile", "profileBytes"],
  ["label", "labelBytes"],
  ["namespace", "namespaceBytes"],
  ["comm", "commBytes"],
  ["target", "targetBytes"],
  ["peer", "peerBytes"],
  ["srcName", "srcNameBytes"],
]);

/** What the daemon says of itself behind the event, as `key=value`, and nobody needs. */
const DAEMON_KEYS: ReadonlySet<string> = new Set(["sauid", "hostname", "addr", "terminal"]);

/** Collects the fields of one record. Later values of a key that came before go to `duplicates`: nothing of a record is lost unseen. */
class Collector {
  readonly draft: Draft = {};
  readonly extra = new Map<string, string>();
  readonly duplicates = new Map<string, string[]>();
  cut = false;
  readonly dbus: boolean;

  constructor(dbus: boolean) {
    this.dbus = dbus;
  }

  take(field: Field, last: boolean): void {
    // an empty value that is not even quoted says nothing; what is absent is absent
    if (field.key === "apparmor" || (field.raw === "" && !field.quoted)) return;
    if (this.dbus && DAEMON_KEYS.has(field.key)) return;
    if (field.key === "addr" || field.key === "peer_addr") return this.address(field, last);
    if (field.key === "value") return this.once(field, "value", safeNumber(field.raw) ?? field.raw);
    if (field.key === "protocol") {
      return this.once(field, "protocol", (field.quoted ? undefined : safeNumber(field.raw)) ?? field.raw);
    }
    const number = NUMBER_KEYS.get(field.key);
    if (number !== undefined) return this.number(field, number);
    this.text(field, last);
  }

  private once<K extends keyof AuditEvent>(field: Field, key: K, value: NonNullable<AuditEvent[K]> | null): void {
    if (field.open) this.cut = true;
    if (Object.hasOwn(this.draft, key)) this.again(field.key, field.raw);
    else Object.assign(this.draft, { [key]: value });
  }

  private number(field: Field, key: NumberKey): void {
    const digits = LEADING_NUMBER.exec(field.raw)?.[1];
    const value = digits === undefined ? undefined : safeNumber(digits);
    if (value === undefined) this.unknown(field, field.raw);
    else this.once(field, key, value);
    // nothing of the record is lost unseen
    if (value !== undefined && digits !== field.raw) this.again(field.key, field.raw);
  }

  private text(field: Field, last: boolean): void {
    const { text, bytes, cut } = textValue(field, last);
    if (cut) this.cut = true;
    const key = this.textKey(field.key);
    if (key === undefined) return this.unknown(field, text);
    const fresh = !Object.hasOwn(this.draft, key);
    const bytesKey = BYTES_KEYS.get(key);
    this.once(field, key, text);
    if (fresh && bytes !== undefined && bytesKey !== undefined) this.draft[bytesKey] = bytes;
  }

  private textKey(key: string): TextKey | undefined {
    if (this.dbus && key === "label") return "profile";
    if (this.dbus && key === "exe") return "daemonExe";
    return TEXT_KEYS.get(key);
  }

  private unknown(field: Field, text: string): void {
    if (field.open) this.cut = true;
    if (field.key === "") return;
    if (this.extra.has(field.key)) this.again(field.key, text);
    else this.extra.set(field.key, text);
  }

  private again(key: string, text: string): void {
    const before = this.duplicates.get(key);
    if (before === undefined) this.duplicates.set(key, [text]);
    else before.push(text);
  }

  private address(field: Field, last: boolean): void {
    const address = addressValue(field, last);
    const key = field.key === "addr" ? "addr" : "peerAddr";
    if (!Object.hasOwn(this.draft, key) && address.bytes !== undefined) this.draft[`${key}Bytes`] = address.bytes;
    this.once(field, key, address.value);
  }
}

/**
 * A number with what got behind it on its way: a comma, a quote, a bracket, or the names that auditd adds, when the separator in front of
 * them is lost. Further digits, letters or a dot would make it another value.
 */
const LEADING_NUMBER = /^(-?\d{1,20})(?:$|[^0-9A-Za-z.]|[A-Z]+=)/;

/** A number that JavaScript holds exactly; any other stays text. */
function safeNumber(raw: string): number | undefined {
  if (!/^-?\d{1,20}$/.test(raw)) return undefined;
  const value = Number(raw);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The event of a record that has a body; `undefined` when it holds nothing but its type. */
export function normalise(record: FoundRecord, body: string): AuditEvent | undefined {
  const fields = splitFields(body);
  if (!fields.some((field) => field.key !== "apparmor" && field.key !== "")) return undefined;
  const operation = fields.find((field) => field.key === "operation")?.raw ?? "";
  const collector = new Collector(operation.startsWith("dbus_"));
  const at = new Set<string>();
  for (const [index, field] of fields.entries()) {
    if (field.key === "name" && at.has("name")) collector.draft.duplicateName ??= textValue(field, false).text;
    at.add(field.key);
    collector.take(field, index === fields.length - 1);
  }
  return finish(record, collector, fields);
}

function finish(record: FoundRecord, collector: Collector, fields: readonly Field[]): AuditEvent {
  const { draft } = collector;
  const marked = fields.find((field) => field.key === "apparmor");
  const type = MARKED_TYPES.get(marked?.raw ?? "") ?? TYPE_OF_RECORD.get(record.recordType ?? 0) ?? "UNKNOWN";
  // kernels of 2007 to 2010 (audit-events 5.8)
  if (draft.operation?.startsWith("inode_") === true) draft.operation = draft.operation.slice("inode_".length);
  const kind = kindOf(type, draft);
  // records of a failed load have the name twice, and only there it means something (audit-events 3)
  if (kind !== "policy") delete draft.duplicateName;
  else collector.duplicates.delete("name");
  addHead(draft, record);
  addMasks(draft, kind);
  addDerived(draft, kind);
  if (collector.cut || lacksTail(draft, record, collector.dbus)) draft.truncated = true;
  if (record.reporter !== undefined) draft.reporter = reporterOf(record.reporter);
  // A daemon's record is followed by the names of the daemon's own ids: nothing of the event.
  else if (record.enriched !== undefined) draft.enriched = enrichment(record.enriched);
  if (collector.extra.size > 0) draft.extra = Object.fromEntries(collector.extra);
  if (collector.duplicates.size > 0) draft.duplicates = Object.fromEntries(collector.duplicates);
  return { ...draft, type, kind, source: record.carrier };
}

function addHead(draft: Draft, record: FoundRecord): void {
  if (record.recordType !== undefined) draft.recordType = record.recordType;
  if (record.time !== undefined) draft.time = record.time;
  if (record.serial !== undefined) draft.serial = record.serial;
}

/** The kernel writes `pid` and `comm` behind the name: without both of them the record was cut between two fields. */
function lacksTail(draft: Draft, record: FoundRecord, dbus: boolean): boolean {
  return !dbus && record.recordType === 1400 && draft.pid === undefined && draft.comm === undefined;
}

const UNPACK = /unpack|interface version|profile format|required dfa|policydb/;

function kindOf(type: string, draft: Draft): EventKind {
  const operation = draft.operation ?? "";
  if (operation.startsWith("dbus_")) return "dbus";
  if (type === "STATUS" || operation.startsWith("profile_")) {
    const policy = operation !== "" || draft.name !== undefined || draft.offset !== undefined;
    return policy || UNPACK.test(draft.info ?? "") ? "policy" : "message";
  }
  const known = KIND_OF_OPERATION.get(operation);
  if (known !== undefined) return known;
  if (operation.startsWith("uring_")) return "io_uring";
  if (draft.class === "posix_mqueue" || draft.class === "sysv_mqueue") return "mqueue";
  if (draft.family !== undefined) return draft.family === "unix" ? "unix" : "network";
  if (operation === "link") return "link";
  return FILE_OPERATIONS.has(operation) || draft.class === "file" || looksLikeFile(draft) ? "file" : "unknown";
}

/** Whose file it is, and by whom: only file events have both, whatever their operation is called (`connect` and `sendmsg` to a socket's path). */
function looksLikeFile({ fsuid, ouid, requestedMask }: Draft): boolean {
  return fsuid !== undefined && ouid !== undefined && requestedMask !== undefined;
}

const LETTER_KINDS: ReadonlySet<EventKind> = new Set(["file", "link", "exec"]);

function addMasks(draft: Draft, kind: EventKind): void {
  if (draft.requestedMask !== undefined) draft.requested = maskItems(draft.requestedMask, kind);
  if (draft.deniedMask !== undefined) draft.denied = maskItems(draft.deniedMask, kind);
}

function maskItems(mask: string, kind: EventKind): readonly string[] {
  if (!LETTER_KINDS.has(kind)) return [...new Set(mask.split(/[\s,]+/).filter((word) => word !== ""))];
  return [...new Set(mask.replaceAll(":", "").split(""))];
}

function addDerived(draft: Draft, kind: EventKind): void {
  if (LETTER_KINDS.has(kind)) addOwner(draft);
  if (draft.flags !== undefined) draft.mountFlags = draft.flags.split(/,\s*/).filter((word) => word !== "");
  if (kind === "capability") addCapability(draft);
  const profile = draft.profile ?? "";
  // a profile that a kernel made while learning: the profile it came from, and the programs on the way (audit-events 2.5)
  if (profile.includes("//null-")) {
    const [base = "", ...chain] = profile.split("//null-");
    draft.nullChain = { base, chain };
  }
}

/** `owner::other` halves are how kernels before 3.x said it. */
function addOwner(draft: Draft): void {
  if (draft.fsuid !== undefined && draft.ouid !== undefined) draft.owner = draft.fsuid === draft.ouid;
  const halves = (draft.deniedMask ?? draft.requestedMask)?.split("::");
  if (draft.owner === undefined && halves?.length === 2) draft.owner = halves[0] !== "" && halves[1] === "";
}

function addCapability(draft: Draft): void {
  const name = draft.capability ?? capabilityName(draft.capabilityNumber ?? -1);
  const number = draft.capabilityNumber ?? capabilityNumber(draft.capability ?? "");
  if (name !== undefined) draft.capability = name;
  if (number !== undefined) draft.capabilityNumber = number;
}

function reporterOf(text: string): Record<string, number | string> {
  const entries = splitFields(text)
    .filter((field) => field.key !== "")
    .map((field) => [field.key, (field.quoted ? undefined : safeNumber(field.raw)) ?? field.raw] as const);
  return Object.fromEntries(entries.toReversed());
}

function enrichment(text: string): Record<string, string> {
  return Object.fromEntries(splitFields(text).map((field) => [field.key, field.raw]));
}
