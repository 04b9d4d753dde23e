import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { compareText } from "../src/foundation/basics/index.ts";

/** One entry of an archive the kernel unpacks as its first file system (format "newc": a magic word, 13 numbers of 8 hex digits, the name, the data). */
export interface ArchiveEntry {
  /** Without a leading slash. */
  readonly path: string;
  /** File type and permission bits, as `stat` gives them. */
  readonly mode: number;
  readonly data: Uint8Array;
  readonly uid: number;
  readonly gid: number;
  /** Of a device node. */
  readonly device?: { readonly major: number; readonly minor: number };
}

const MAGIC = "070701";

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

/** One entry as bytes. Times are 0 and inode numbers come from the caller, so that equal content gives equal bytes. */
function encodeEntry(entry: ArchiveEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`);
  const device = entry.device ?? { major: 0, minor: 0 };
  const [linkCount, time, checksum] = [1, 0, 0];
  const own = [inode, entry.mode, entry.uid, entry.gid, linkCount, time, entry.data.length];
  const fields = [...own, 0, 0, device.major, device.minor, name.length, checksum];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, "0")).join(""));
  return Buffer.concat([header, name, padding(header.length + name.length), entry.data, padding(entry.data.length)]);
}

/** A whole archive. Archives may be concatenated: the kernel unpacks them one after the other, later files win. */
export function encodeArchive(entries: Iterable<ArchiveEntry>): Buffer {
  const parts: Buffer[] = [];
  let inode = 1;
  for (const entry of entries) parts.push(encodeEntry(entry, inode++));
  const end = { path: "TRAILER!!!", mode: 0, data: new Uint8Array(), uid: 0, gid: 0 };
  parts.push(encodeEntry(end, 0));
  return Buffer.concat(parts);
}

function readEntry(root: string, path: string): ArchiveEntry {
  const file = join(root, path);
  const { mode, uid, gid } = lstatSync(file);
  const type = mode & 0o170000;
  const data =
    type === 0o100000 ? readFileSync(file) : type === 0o120000 ? Buffer.from(readlinkSync(file)) : new Uint8Array();
  return { path, mode, uid, gid, data };
}

/** The entries of a directory of the host, parents first, names in order; `skip` leaves out a path and all below it. */
export function* walkTree(root: string, skip: (path: string) => boolean, below = ""): Generator<ArchiveEntry> {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => compareText(a.name, b.name))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const known = entry.isDirectory() || entry.isFile() || entry.isSymbolicLink();
    if (!known || skip(path)) continue;
    yield readEntry(root, path);
    if (entry.isDirectory()) yield* walkTree(root, skip, path);
  }
}

/** Writes an archive piece by piece: trees of some hundred megabytes do not have to fit into memory twice. */
export function writeArchive(file: string, entries: Iterable<ArchiveEntry>): void {
  const descriptor = openSync(file, "w");
  try {
    let inode = 1;
    for (const entry of entries) writeSync(descriptor, encodeEntry(entry, inode++));
    writeSync(descriptor, encodeArchive([]));
  } finally {
    closeSync(descriptor);
  }
}
