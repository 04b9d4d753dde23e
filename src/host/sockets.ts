/** Which processes hold sockets: the tables of `/proc/net` name sockets by inode, and descriptors lead to `socket:[INODE]`. */
import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal, SocketHolders, SocketUse } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { attempt, errnoOf } from "./errno.ts";
import { MOST_ENTRIES, readKernelFile } from "./reading.ts";
import { type KernelPlace, under } from "./securityfs.ts";
import type { System } from "./system.ts";

/** The tables that have a state and an inode in these columns. */
const TABLES = ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"].map((name) => ({
  name,
  state: 3,
  inode: 9,
}));
/** Packets have no peers: whoever takes them waits for them. */
const PACKET = { name: "packet", state: -1, inode: 8 };

/** TCP_LISTEN; and TCP_CLOSE, which is what a socket without connections is in while it is not connected. */
const LISTEN = "0A";
const CLOSE = "07";

function isWanted(name: string, state: string | undefined, use: SocketUse): boolean {
  const isServer = state === undefined || state === (name.startsWith("tcp") ? LISTEN : CLOSE);
  return use === "network" || isServer === (use === "server");
}

/** The inodes of wanted sockets. */
function inodesOf(text: string, { name, state, inode }: (typeof TABLES)[number], use: SocketUse): readonly string[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      const found = columns[inode];
      return found !== undefined && found !== "0" && isWanted(name, columns[state], use) ? [found] : [];
    });
}

/** The ids of all processes, from the first. */
export function processIds(system: System, path: string): Outcome<readonly number[], FileRefusal> {
  return attempt(path, () =>
    system
      .readdir(path, MOST_ENTRIES)
      .map((entry) => entry.name)
      .filter((name) => /^[0-9]+$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b),
  );
}

/** `undefined`: its descriptors may not be seen. A process that is gone holds nothing. */
function holdsOne(system: System, path: string, inodes: ReadonlySet<string>): boolean | undefined {
  try {
    return system.readdir(path, MOST_ENTRIES).some(({ name }) => inodes.has(socketInode(system, `${path}/${name}`)));
  } catch (thrown) {
    return errnoOf(thrown) === "EACCES" || errnoOf(thrown) === "EPERM" ? undefined : false;
  }
}

function socketInode(system: System, path: string): string {
  try {
    return /^socket:\[([0-9]+)\]$/.exec(system.readlink(path))?.[1] ?? "";
  } catch {
    return "";
  }
}

export function socketHolders(system: System, place: KernelPlace, use: SocketUse): SocketHolders {
  const inodes = new Set<string>();
  const unread: string[] = [];
  for (const table of [...TABLES, PACKET]) {
    const path = under(place, `/proc/net/${table.name}`);
    try {
      for (const inode of inodesOf(decodeBytes(readKernelFile(system, path)), table, use)) inodes.add(inode);
    } catch (thrown) {
      // a kernel without IPv6 has no table of it
      if (errnoOf(thrown) !== "ENOENT") unread.push(path);
    }
  }
  return { ...holdersOf(system, place, inodes), unread };
}

/** The processes that hold one of these sockets; `hidden`: of so many it cannot be seen what they hold. */
export function holdersOf(
  system: System,
  place: KernelPlace,
  inodes: ReadonlySet<string>,
): { readonly pids: ReadonlySet<number>; readonly hidden: number } {
  const pids = new Set<number>();
  let hidden = 0;
  const listed = processIds(system, under(place, "/proc"));
  for (const pid of listed.ok ? listed.value : []) {
    const holds = holdsOne(system, under(place, `/proc/${pid}/fd`), inodes);
    if (holds === undefined) hidden += 1;
    else if (holds) pids.add(pid);
  }
  return { pids, hidden };
}
