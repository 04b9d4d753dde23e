/**
 * A refused socket asks for its family and type, which is all that most kernels look at; an AF_UNIX socket whose addresses the kernel
 * printed asks for its words, address and peer (audit-events 2.7, 8).
 */
import { literalPattern } from "../../../language/edit/index.ts";
import { familyNumber, networkTypes, unixTypes } from "../../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../../audit/index.ts";
import { type Reading, rule, skip } from "./reading.ts";

function words(event: AuditEvent): readonly string[] {
  return event.denied ?? event.requested ?? [];
}

export function readNetworkEvent(event: AuditEvent): Reading {
  const { family, sockType } = event;
  if (family === undefined) return skip("incomplete");
  if (familyNumber(family) === undefined) return skip("no-rule-helps");
  const type = sockType !== undefined && networkTypes.includes(sockType) ? sockType : undefined;
  const permissions = words(event).length > 0 ? words(event) : ["create"];
  return rule({ kind: "network", family, type }, { kind: "network", family, type, permissions });
}

/** Permissions that may not stand beside conditions on the peer are those of the socket alone. */
const PEER: ReadonlySet<string> = new Set(["send", "receive", "connect", "accept"]);

/** Kernels without addresses in their records mediate the family alone. */
export function readUnixEvent(event: AuditEvent): Reading {
  if (event.addr === undefined && event.peerAddr === undefined) return readNetworkEvent(event);
  const type = event.sockType !== undefined && unixTypes.includes(event.sockType) ? event.sockType : undefined;
  const permissions = words(event);
  if (permissions.length === 0) return skip("incomplete");
  const withPeer = permissions.every((word) => PEER.has(word));
  const address = event.addr === null ? null : bytesText(event, "addr");
  const peerAddress = event.peerAddr === null ? null : bytesText(event, "peerAddr");
  const peerLabel = bytesText(event, "peer");
  const local = permissions.includes("create") ? undefined : addressPattern(address);
  return rule(
    {
      kind: "unix",
      permissions,
      type,
      address: local,
      peerAddress: withPeer ? addressPattern(peerAddress) : undefined,
      peerLabel: withPeer && peerLabel !== undefined ? literalPattern(peerLabel) : undefined,
    },
    { kind: "unix", type, permissions, address, peerAddress, peerLabel },
  );
}

/** A socket without an address of its own needs no condition: it may get one before the next step. */
function addressPattern(address: string | null | undefined): string | undefined {
  if (address === undefined || address === null || !address.startsWith("@")) return undefined;
  return `@${literalPattern(address.slice(1))}`;
}
