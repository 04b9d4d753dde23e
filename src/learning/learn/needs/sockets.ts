/** A socket needs a rule of its family and type; an AF_UNIX socket with addresses one of its words, address and peer (audit-events 2.7, 8). */
import { literalPattern } from "../../../language/edit/index.ts";
import type { NetworkAccess, UnixAccess } from "../../access/index.ts";
import { type NeededRule, rule } from "./need.ts";

/** Rules speak of families and types alone; whatever the socket was to do is one rule. */
export function networkNeed(access: NetworkAccess): NeededRule {
  const { family, type } = access;
  return rule({ kind: "network", family, type }, access);
}

/** Permissions that may not be combined with conditions on the peer are those of the socket alone. */
const PEER: ReadonlySet<string> = new Set(["send", "receive", "connect", "accept"]);

export function unixNeed(access: UnixAccess): NeededRule {
  const { permissions, type, address, peerAddress, peerLabel } = access;
  const withPeer = permissions.every((word) => PEER.has(word));
  return rule(
    {
      kind: "unix",
      permissions,
      type,
      address: permissions.includes("create") ? undefined : addressPattern(address),
      peerAddress: withPeer ? addressPattern(peerAddress) : undefined,
      peerLabel: withPeer && peerLabel !== undefined ? literalPattern(peerLabel) : undefined,
    },
    access,
  );
}

/** A socket without an address of its own needs no condition: it may get one before the next step. */
function addressPattern(address: string | null | undefined): string | undefined {
  if (address === undefined || address === null || !address.startsWith("@")) return undefined;
  return `@${literalPattern(address.slice(1))}`;
}
