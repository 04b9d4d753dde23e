/**
 * A refused D-Bus message asks for a rule of its bus, path, interface, member and peer, a queue for its words on its name (audit-events
 * 5.6, 8).
 */
import type { DbusQuestion } from "../../../analysis/monitor/index.ts";
import { literalPattern } from "../../../language/edit/index.ts";
import { type AuditEvent, bytesText } from "../../audit/index.ts";
import { type Reading, rule, skip } from "./reading.ts";

const DBUS: ReadonlySet<string> = new Set(["send", "receive", "bind", "eavesdrop"]);

function isDbusWord(word: string | undefined): word is DbusQuestion["permission"] {
  return word !== undefined && DBUS.has(word);
}

function pattern(text: string | undefined): string | undefined {
  return text === undefined ? undefined : literalPattern(text);
}

export function readDbusEvent(event: AuditEvent): Reading {
  const permission = (event.denied ?? event.requested ?? [])[0];
  const { bus } = event;
  if (!isDbusWord(permission) || bus === undefined) return skip("incomplete");
  const name = bytesText(event, "name");
  const label = bytesText(event, "peer");
  const question: DbusQuestion = {
    kind: "dbus",
    permission,
    bus,
    name: name ?? "",
    label: label ?? "",
    path: event.path ?? "",
    interface: event.interface ?? "",
    member: event.member ?? "",
  };
  const head = { kind: "dbus", permissions: [permission], bus: literalPattern(bus) } as const;
  if (permission === "eavesdrop") return rule(head, question);
  if (permission === "bind") return rule({ ...head, name: pattern(name) }, question);
  const message = {
    ...head,
    path: pattern(event.path),
    interface: pattern(event.interface),
    member: pattern(event.member),
    peerLabel: pattern(label),
  };
  // The sender's name of a received message is a number the bus gave it: no rule can know it.
  return rule(permission === "send" ? { ...message, peerName: pattern(name) } : message, question);
}

export function readMqueueEvent(event: AuditEvent): Reading {
  const name = bytesText(event, "name");
  const permissions = event.denied ?? event.requested ?? [];
  if (name === undefined || permissions.length === 0) return skip("incomplete");
  const type = event.class === "sysv_mqueue" ? "sysv" : "posix";
  return rule(
    { kind: "mqueue", permissions, type, name: type === "posix" ? literalPattern(name) : name },
    { kind: "mqueue", type, name, permissions, label: undefined },
  );
}
