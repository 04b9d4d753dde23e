/**
 * The border between a log and the language: a field of an event becomes a value that a rule can hold, or is refused. Words are those of
 * the tables; anything else is a name, which is made harmless when it is written (`literalPattern`, `printWord`; audit-events 8).
 */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import {
  type CapabilityName,
  type FileLetter,
  type MountWord,
  type NetworkType,
  type PermissionWord,
  type SignalName,
  type SocketFamily,
  type UnixType,
  type WordClass,
  capabilityNumber,
  isCapabilityName,
  isFileLetter,
  isMountWord,
  isNetworkType,
  isPermissionWord,
  isSignalName,
  isSocketFamily,
  isUnixType,
  signalNumber,
} from "../../language/tables/index.ts";
import { type AuditEvent, type BytesField, bytesText } from "../audit/index.ts";
import { type Reading, skip } from "./reading.ts";

/** A value, or the reading of an event that lacks it or holds one that nobody knows. */
type Value<T> = Outcome<T, Reading>;

function unknown(field: string, text: string): { readonly ok: false; readonly error: Reading } {
  return fail({ kind: "skip", reason: "unknown-value", detail: `${field} ${JSON.stringify(text.slice(0, 200))}` });
}

const missing = fail(skip("incomplete"));

/** The kernel cuts longer names; a rule for one would never match. */
const MAX_NAME = 8192;

/** A name of any kind: not empty, not longer than a name can be, without NUL. */
export function nameOf(event: AuditEvent, field: BytesField): Value<string> {
  return checkedName(field, bytesText(event, field));
}

export function checkedName(field: string, text: string | undefined): Value<string> {
  if (text === undefined || text === "") return missing;
  return text.length > MAX_NAME || text.includes("\0") ? unknown(field, text) : ok(text);
}

/** A name that may be absent; `""` is no name either way. */
export function optionalName(field: string, text: string | undefined): Value<string | undefined> {
  return text === undefined ? ok(undefined) : checkedName(field, text);
}

/** The name of something in the file system, as the kernel writes it: absolute, and no step of it empty. */
export function pathOf(event: AuditEvent, field: BytesField): Value<string> {
  const name = nameOf(event, field);
  if (!name.ok) return name;
  if (!name.value.startsWith("/")) return missing;
  return name.value.includes("//") ? unknown(field, name.value) : name;
}

function asked(event: AuditEvent): readonly string[] {
  return event.denied ?? event.requested ?? [];
}

/** The mask of an event whose permissions are words. */
export function wordsOf<Class extends WordClass>(
  event: AuditEvent,
  kind: Class,
): Value<readonly PermissionWord<Class>[]> {
  const known: PermissionWord<Class>[] = [];
  for (const word of asked(event)) {
    if (!isPermissionWord(kind, word)) return unknown("mask", word);
    known.push(word);
  }
  return known.length === 0 ? missing : ok(known);
}

/** The mask of a file event. Old kernels wrote how an exec would have gone (`Ix`) and letters in upper case. */
export function lettersOf(event: AuditEvent): Value<readonly FileLetter[]> {
  const known: FileLetter[] = [];
  for (const written of asked(event)) {
    const letter = written.toLowerCase();
    if (isFileLetter(letter)) known.push(letter);
    else if (written !== "I" && written !== "i") return unknown("mask", written);
  }
  return known.length === 0 ? missing : ok(known);
}

interface Capability {
  readonly name: CapabilityName;
  readonly number: number;
}

/** Name and number must mean the same. */
export function capabilityOf({ capability, capabilityNumber: number }: AuditEvent): Value<Capability> {
  if (capability === undefined) return number === undefined ? missing : unknown("capability", String(number));
  const known = capabilityNumber(capability);
  if (known === undefined || !isCapabilityName(capability)) return unknown("capname", capability);
  return number === undefined || number === known
    ? ok({ name: capability, number: known })
    : unknown("capability", `${number} ${capability}`);
}

export function familyOf({ family }: AuditEvent): Value<SocketFamily> {
  if (family === undefined) return missing;
  return isSocketFamily(family) ? ok(family) : unknown("family", family);
}

export function networkTypeOf({ sockType }: AuditEvent): Value<NetworkType | undefined> {
  return sockType === undefined || isNetworkType(sockType) ? ok(sockType) : unknown("sock_type", sockType);
}

export function unixTypeOf({ sockType }: AuditEvent): Value<UnixType | undefined> {
  return sockType === undefined || isUnixType(sockType) ? ok(sockType) : unknown("sock_type", sockType);
}

/** `null`: the socket has no address; file events report paths. */
export function addressOf(event: AuditEvent, field: "addr" | "peerAddr"): Value<string | null | undefined> {
  if (event[field] === null) return ok(null);
  const text = bytesText(event, field);
  if (text === undefined || /^@.|^\//s.test(text)) return text?.includes("\0") ? unknown(field, text) : ok(text);
  return unknown(field, text);
}

interface Signal {
  readonly name: SignalName;
  readonly number: number;
}

export function signalOf({ signal }: AuditEvent): Value<Signal> {
  if (signal === undefined) return missing;
  const number = signalNumber(signal);
  return number !== undefined && isSignalName(signal) ? ok({ name: signal, number }) : unknown("signal", signal);
}

export function mountWordsOf({ mountFlags }: AuditEvent): Value<readonly MountWord[]> {
  const known: MountWord[] = [];
  for (const word of mountFlags ?? ["rw"]) {
    if (!isMountWord(word)) return unknown("flags", word);
    known.push(word);
  }
  return ok(known);
}
