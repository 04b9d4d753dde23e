/**
 * Who holds the other end of a TCP connection on this machine: `/proc/net/tcp` has both ends of it, one the mirror of the other, with their inode
 * numbers, and `/proc/PID/fd` says which processes have a socket open. Of unix sockets `/proc/net/unix` has no such pairs.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { attempt } from "./errno.ts";
import { readKernelFile } from "./reading.ts";
import { type KernelPlace, under } from "./securityfs.ts";
import { holdersOf } from "./sockets.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** An address as Node writes it, and a port. */
interface SocketEnd {
  readonly address: string;
  readonly port: number;
}

interface PeerHolders {
  readonly pids: ReadonlySet<number>;
  /** Processes whose descriptors may not be looked at; the holder may be among them. */
  readonly hidden: number;
}

/** The bytes of an address; IPv4 in IPv6's clothes is IPv4, for one end may be written one way and the other the other way. */
function addressBytes(address: string): readonly number[] | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(plain)) return plain.split(".").map(Number);
  const [head = "", tail] = plain.split("::");
  const [before, after] = [wordsOf(head), wordsOf(tail ?? "")];
  const middle =
    tail === undefined ? [] : Array.from({ length: Math.max(8 - before.length - after.length, 0) }, () => 0);
  const all = [...before, ...middle, ...after];
  return all.length === 8 && all.every((word) => word >= 0 && word <= 0xffff)
    ? all.flatMap((word) => [word >> 8, word & 0xff])
    : undefined;
}

function wordsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16));
}

/** An end as the kernel writes it: words of four bytes in this machine's order, in hexadecimal, and the port. */
function writtenEnd(text: string): string {
  const [hex = "", port = ""] = text.split(":");
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed(),
  );
  const mapped = bytes.length === 16 && bytes.slice(0, 12).join() === "0,0,0,0,0,0,0,0,0,0,255,255";
  return endKey(mapped ? bytes.slice(12) : bytes, Number.parseInt(port, 16));
}

function endKey(bytes: readonly number[], port: number): string {
  return `${bytes.join(".")} ${port}`;
}

/** The inode number of the socket whose own end is `own`, and whose other end is `other`. */
function findInode(system: System, place: KernelPlace, own: string, other: string): string | undefined {
  for (const table of ["tcp", "tcp6"]) {
    const path = under(place, `/proc/thread-self/net/${table}`);
    const text = attempt(path, () => decodeBytes(readKernelFile(system, path)));
    for (const line of text.ok ? text.value.split("\n").slice(1) : []) {
      const [, local = "", remote = "", , , , , , , inode] = line.trim().split(/\s+/);
      if (inode !== undefined && inode !== "0" && writtenEnd(local) === own && writtenEnd(remote) === other)
        return inode;
    }
  }
  return undefined;
}

/**
 * The processes that hold the end of a TCP connection that is not ours.
 *
 * Errors: `EADDRNOTAVAIL`: that end is not in this network namespace, or is closed already.
 */
export function holdersOfPeer(
  own: SocketEnd,
  peer: SocketEnd,
  place: KernelPlace = {},
  given: System = nodeSystem,
): Outcome<PeerHolders, FileRefusal> {
  const system = retrying(given);
  const [ownBytes, peerBytes] = [addressBytes(own.address), addressBytes(peer.address)];
  const inode =
    ownBytes === undefined || peerBytes === undefined
      ? undefined
      : findInode(system, place, endKey(peerBytes, peer.port), endKey(ownBytes, own.port));
  if (inode === undefined) return fail({ path: "/proc/thread-self/net/tcp", errno: "EADDRNOTAVAIL" });
  return ok(holdersOf(system, place, new Set([inode])));
}
