/**
 * A refused socket is its family and type, which is all that most kernels look at; an AF_UNIX socket whose addresses the kernel printed
 * is its words, address and peer (audit-events 2.7, 8).
 */
import { type AuditEvent, bytesText } from "../audit/index.ts";
import type { Reading } from "./reading.ts";
import { addressOf, familyOf, networkTypeOf, optionalName, unixTypeOf, wordsOf } from "./values.ts";

export function readNetworkEvent(event: AuditEvent): Reading {
  const family = familyOf(event);
  if (!family.ok) return family.error;
  const type = networkTypeOf(event);
  if (!type.ok) return type.error;
  const asked = event.denied ?? event.requested ?? [];
  const permissions = asked.length > 0 ? asked : ["create"];
  return { kind: "network", family: family.value, type: type.value, permissions };
}

/** A socket that a program was started with, in a record without a mask: what sockets are for (audit-events 2.7). */
function inherited(event: AuditEvent): AuditEvent {
  const isBare = event.operation === "file_inherit" && event.denied === undefined && event.requested === undefined;
  return isBare ? { ...event, denied: ["send", "receive"] } : event;
}

/** Kernels without addresses in their records mediate the family alone. */
export function readUnixEvent(event: AuditEvent): Reading {
  if (event.addr === undefined && event.peerAddr === undefined) return readNetworkEvent(event);
  const type = unixTypeOf(event);
  if (!type.ok) return type.error;
  const words = wordsOf(inherited(event), "unix");
  if (!words.ok) return words.error;
  const address = addressOf(event, "addr");
  if (!address.ok) return address.error;
  const peerAddress = addressOf(event, "peerAddr");
  if (!peerAddress.ok) return peerAddress.error;
  const peer = optionalName("peer", bytesText(event, "peer"));
  if (!peer.ok) return peer.error;
  return {
    kind: "unix",
    permissions: words.value,
    type: type.value,
    address: address.value,
    peerAddress: peerAddress.value,
    peerLabel: peer.value,
  };
}
