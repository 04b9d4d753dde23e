/**
 * A refused D-Bus message is a word on its bus with path, interface, member and peer, a queue the words for its name (audit-events 5.6, 8).
 */
import { type AuditEvent, bytesText } from "../audit/index.ts";
import type { MessageAccess } from "./access.ts";
import { type Reading, skip } from "./reading.ts";
import { checkedName, nameOf, optionalName, wordsOf } from "./values.ts";

export function readDbusEvent(event: AuditEvent): Reading {
  const words = wordsOf(event, "dbus");
  if (!words.ok) return words.error;
  const [permission] = words.value;
  if (permission === undefined || words.value.length > 1) return skip("incomplete");
  const bus = checkedName("bus", event.bus);
  if (!bus.ok) return bus.error;
  const optional = optionalName("name", bytesText(event, "name"));
  if (!optional.ok) return optional.error;
  const name = optional.value;
  const head = { kind: "dbus", bus: bus.value } as const;
  if (permission === "eavesdrop") return { ...head, permission, name };
  if (permission !== "bind") return readMessage(event, { ...head, permission, name });
  // Without a name it would be all of them.
  return name === undefined ? skip("incomplete") : { ...head, permission, name };
}

function readMessage(event: AuditEvent, head: Pick<MessageAccess, "kind" | "bus" | "permission" | "name">): Reading {
  const path = optionalName("path", event.path);
  if (!path.ok) return path.error;
  const contract = optionalName("interface", event.interface);
  if (!contract.ok) return contract.error;
  const member = optionalName("member", event.member);
  if (!member.ok) return member.error;
  const label = optionalName("peer", bytesText(event, "peer"));
  if (!label.ok) return label.error;
  return { ...head, path: path.value, interface: contract.value, member: member.value, peerLabel: label.value };
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
  return { kind: "mqueue", type, name: name.value, permissions: words.value };
}
