/**
 * A refused D-Bus message asks for a rule of its bus, path, interface, member and peer, a queue for its words on its name (audit-events
 * 5.6, 8).
 */
import type { DbusQuestion } from "../../analysis/monitor/index.ts";
import { literalPattern } from "../../language/edit/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { type Reading, rule, skip } from "./reading.ts";
import { checkedName, nameOf, optionalName, wordsOf } from "./values.ts";

function pattern(text: string | undefined): string | undefined {
  return text === undefined ? undefined : literalPattern(text);
}

export function readDbusEvent(event: AuditEvent): Reading {
  const words = wordsOf(event, "dbus");
  if (!words.ok) return words.error;
  const [permission] = words.value;
  if (permission === undefined || words.value.length > 1) return skip("incomplete");
  const bus = checkedName("bus", event.bus);
  if (!bus.ok) return bus.error;
  const name = optionalName("name", bytesText(event, "name"));
  if (!name.ok) return name.error;
  const head = { kind: "dbus", permissions: [permission], bus: literalPattern(bus.value) } as const;
  const nobody = { label: "", path: "", interface: "", member: "" };
  const question = { kind: "dbus", permission, bus: bus.value, name: name.value ?? "", ...nobody } as const;
  if (permission === "eavesdrop") return rule(head, question);
  if (permission !== "bind") return readMessage(event, { ...question, permission }, head);
  // Without a name the rule would be for all of them.
  return name.value === undefined ? skip("incomplete") : rule({ ...head, name: literalPattern(name.value) }, question);
}

interface MessageHead {
  readonly kind: "dbus";
  readonly permissions: readonly DbusQuestion["permission"][];
  readonly bus: string;
}

function readMessage(event: AuditEvent, question: DbusQuestion, head: MessageHead): Reading {
  const path = optionalName("path", event.path);
  if (!path.ok) return path.error;
  const contract = optionalName("interface", event.interface);
  if (!contract.ok) return contract.error;
  const member = optionalName("member", event.member);
  if (!member.ok) return member.error;
  const label = optionalName("peer", bytesText(event, "peer"));
  if (!label.ok) return label.error;
  const message = {
    ...head,
    path: pattern(path.value),
    interface: pattern(contract.value),
    member: pattern(member.value),
    peerLabel: pattern(label.value),
  };
  const asked: DbusQuestion = {
    ...question,
    label: label.value ?? "",
    path: path.value ?? "",
    interface: contract.value ?? "",
    member: member.value ?? "",
  };
  // The sender's name of a received message is a number the bus gave it: no rule can know it.
  const peerName = question.permission === "send" && question.name !== "" ? literalPattern(question.name) : undefined;
  return rule({ ...message, peerName }, asked);
}

/** The name of a queue says of which kind it is: a path, or a number. */
const QUEUE = { posix: /^\//, sysv: /^\d{1,10}$/ } as const;

export function readMqueueEvent(event: AuditEvent): Reading {
  const words = wordsOf(event, "mqueue");
  if (!words.ok) return words.error;
  const name = nameOf(event, "name");
  if (!name.ok) return name.error;
  const type = event.class === "sysv_mqueue" ? "sysv" : "posix";
  if (!QUEUE[type].test(name.value)) {
    return { kind: "skip", reason: "unknown-value", detail: `name ${JSON.stringify(name.value.slice(0, 200))}` };
  }
  const permissions = words.value;
  return rule(
    { kind: "mqueue", permissions, type, name: literalPattern(name.value) },
    { kind: "mqueue", type, name: name.value, permissions, label: undefined },
  );
}
