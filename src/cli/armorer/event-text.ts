/** An event on one line for a person. Nothing of a log reaches a terminal but through `displayText`. */
import type { AuditEvent, EventGroup } from "../../app/index.ts";
import { type Style, type StyledText, displayText } from "../../foundation/text/index.ts";
import { paint } from "./paint.ts";

type Parts = readonly (string | undefined)[];

function labelled(label: string, value: string | number | null | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : `${label} ${value ?? "none"}`;
}

function endpoint(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined && port === undefined) return undefined;
  const host = address?.includes(":") === true ? `[${address}]` : (address ?? "");
  return port === undefined ? host : `${host}:${port}`;
}

function socketParts(event: AuditEvent): Parts {
  return [
    event.name,
    event.family,
    event.sockType,
    labelled("protocol", event.protocol === 0 ? undefined : event.protocol),
    labelled("from", endpoint(event.laddr, event.lport)),
    labelled("to", endpoint(event.faddr, event.fport)),
    labelled("address", event.addr),
    labelled("peer address", event.peerAddr),
  ];
}

function messageParts(event: AuditEvent): Parts {
  const member = event.member === undefined ? event.interface : `${event.interface ?? "?"}.${event.member}`;
  return [labelled("bus", event.bus), event.path, member, labelled("name", event.name)];
}

/** What distinguishes the events of one kind, beside what any may have; the others have a name alone. */
const KIND_PARTS: Partial<Record<AuditEvent["kind"], (event: AuditEvent) => Parts>> = {
  network: socketParts,
  unix: socketParts,
  dbus: messageParts,
  capability: (event) => [event.capability],
  signal: (event) => [event.signal],
  rlimit: (event) => [event.rlimit, event.value === undefined ? undefined : String(event.value)],
  mount: mountParts,
  pivotroot: mountParts,
  userns: (event) => [event.execPath],
  policy: (event) => [event.name, labelled("in namespace", event.policyNamespace)],
};

function mountParts(event: AuditEvent): Parts {
  return [labelled("type", event.fsType), event.srcName, labelled("on", event.name), labelled("flags", event.flags)];
}

/** With a blank between what there is. COST: up to 16,384 events are printed, and no list is made of each that has no holes. */
function joined(parts: Parts): string {
  let text = "";
  for (const part of parts) if (part !== undefined && part !== "") text = text === "" ? part : `${text} ${part}`;
  return text;
}

function maskText(mask: readonly string[] | undefined): string | undefined {
  if (mask === undefined || mask.length < 2) return mask?.[0];
  return mask.join(mask.every((letter) => letter.length === 1) ? "" : " ");
}

/** What an event is about. */
function describeEvent(event: AuditEvent): string {
  const error = event.error === undefined ? "" : ` (error ${event.error})`;
  const parts = KIND_PARTS[event.kind];
  return joined([
    parts === undefined ? event.name : joined(parts(event)),
    maskText(event.denied ?? event.requested),
    event.owner === true ? "as its owner" : undefined,
    event.target === undefined ? undefined : `-> ${event.target}`,
    labelled("peer", event.peer),
    event.info === undefined ? undefined : `"${event.info}"${error}`,
    event.truncated === true ? "(cut off)" : undefined,
  ]);
}

type Time = EventGroup["first"];

function secondText(sec: number): string | undefined {
  const date = new Date(sec * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** COST: events of one second come together. */
const latest: { sec: number; text: string | undefined } = { sec: Number.NaN, text: undefined };

/** In universal time, to the second. */
export function timeText(time: Time): string | undefined {
  if (time === undefined) return undefined;
  if (time.sec !== latest.sec) {
    latest.text = secondText(time.sec);
    latest.sec = time.sec;
  }
  return latest.text;
}

const TYPE_STYLES: Readonly<Record<string, Style>> = {
  DENIED: "error",
  KILLED: "error",
  ERROR: "error",
  ALLOWED: "warning",
  AUDIT: "info",
};

function subjectText(event: AuditEvent): string {
  const profile = event.profile ?? event.label ?? "?";
  const where = event.namespace === undefined ? profile : `${profile} in ${event.namespace}`;
  return `${where}: ${event.operation ?? event.kind}`;
}

/** Whom it was refused, and what. */
export function eventWords(event: AuditEvent): string {
  return `${subjectText(event)} ${describeEvent(event)}`;
}

/** One event, without its line's end. */
export function eventLine(event: AuditEvent): StyledText {
  const who = event.comm === undefined ? "" : ` by ${event.comm}[${event.pid ?? "?"}]`;
  const time = timeText(event.time);
  const type = paint(displayText(event.type).padEnd(7), TYPE_STYLES[event.type]);
  const text = displayText(` ${eventWords(event)}${who}`);
  return [time === undefined ? "" : `${time} `, type, text];
}

/** How often, and until when. */
export function countText({ count, first, last }: EventGroup): string {
  if (count === 1) return "";
  const [from, until] = [timeText(first), timeText(last)];
  return ` (${count} times${until === undefined || until === from ? "" : `, the last at ${until}`})`;
}
