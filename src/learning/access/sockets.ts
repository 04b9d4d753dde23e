/**
 * A refused socket asks for its family and type, which is all that most kernels look at; an AF_UNIX socket whose addresses the kernel
 * printed asks for its words, address and peer (audit-events 2.7, 8).
 */
import { literalPattern } from "../../language/edit/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { type Reading, rule } from "./reading.ts";
import { addressOf, familyOf, networkTypeOf, optionalName, unixTypeOf, wordsOf } from "./values.ts";

/** Rules speak of families and types alone; whatever the socket was to do is one rule. */
export function readNetworkEvent(event: AuditEvent): Reading {
  const family = familyOf(event);
  if (!family.ok) return family.error;
  const type = networkTypeOf(event);
  if (!type.ok) return type.error;
  const asked = event.denied ?? event.requested ?? [];
  const permissions = asked.length > 0 ? asked : ["create"];
  const socket = { family: family.value, type: type.value };
  return rule({ kind: "network", ...socket }, { kind: "network", ...socket, permissions });
}

/** Permissions that may not stand beside conditions on the peer are those of the socket alone. */
const PEER: ReadonlySet<string> = new Set(["send", "receive", "connect", "accept"]);

/** Kernels without addresses in their records mediate the family alone. */
export function readUnixEvent(event: AuditEvent): Reading {
  if (event.addr === undefined && event.peerAddr === undefined) return readNetworkEvent(event);
  const type = unixTypeOf(event);
  if (!type.ok) return type.error;
  const words = wordsOf(event, "unix");
  if (!words.ok) return words.error;
  const address = addressOf(event, "addr");
  if (!address.ok) return address.error;
  const peerAddress = addressOf(event, "peerAddr");
  if (!peerAddress.ok) return peerAddress.error;
  const peer = optionalName("peer", bytesText(event, "peer"));
  if (!peer.ok) return peer.error;
  const permissions = words.value;
  const withPeer = permissions.every((word) => PEER.has(word));
  const local = permissions.includes("create") ? undefined : addressPattern(address.value);
  return rule(
    {
      kind: "unix",
      permissions,
      type: type.value,
      address: local,
      peerAddress: withPeer ? addressPattern(peerAddress.value) : undefined,
      peerLabel: withPeer && peer.value !== undefined ? literalPattern(peer.value) : undefined,
    },
    {
      kind: "unix",
      type: type.value,
      permissions,
      address: address.value,
      peerAddress: peerAddress.value,
      peerLabel: peer.value,
    },
  );
}

/** A socket without an address of its own needs no condition: it may get one before the next step. */
function addressPattern(address: string | null | undefined): string | undefined {
  if (address === undefined || address === null || !address.startsWith("@")) return undefined;
  return `@${literalPattern(address.slice(1))}`;
}
