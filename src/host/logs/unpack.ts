/** What files of logs are packed in, told by their first bytes: compression, UTF-16, marks of UTF-8. */
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { LogItem } from "../../foundation/ports/index.ts";
import { childProcess } from "../child-process.ts";
import { errnoOf } from "../errno.ts";
import { toolEnvironment, toolPath } from "../tools.ts";

/** Bytes as they come; `undefined`: from here on it is another file of the same name. */
type ByteSource = AsyncIterable<Uint8Array | undefined>;

/** xz takes what memory the file asks for, up to 4 GiB, unless it is told; its largest preset needs 65 MiB. */
const LIMITS: Readonly<Record<string, readonly string[]>> = { xz: ["-M256MiB"] };
const MAGIC: readonly (readonly [program: string, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];
const MOST_MAGIC = 6;
/** Logs shrink to a tenth or a hundredth. What grows more than that is made to keep whoever reads it busy: 60 kB can become gigabytes. */
const MOST_GROWTH = 250;
/** So much of whatever grows so is read all the same. */
const GROWN_BYTES = 128 << 20;

/** The pieces of a file. What cannot be unpacked is skipped, and that is said. */
export async function* itemsOf(path: string, source: ByteSource): AsyncGenerator<LogItem> {
  yield { kind: "file", path };
  yield* piecesOf(path, source);
}

/** `isUnpacked`: what comes was packed; it is not unpacked again, for there are files that hold themselves. */
async function* piecesOf(path: string, source: ByteSource, isUnpacked = false): AsyncGenerator<LogItem> {
  let read: ((bytes: Uint8Array) => Uint8Array) | undefined;
  let head: Uint8Array = new Uint8Array(0);
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      if (next.value === undefined) {
        if (head.length > 0) yield piece(same, head);
        [head, read] = [new Uint8Array(0), undefined];
        yield { kind: "file", path };
        continue;
      }
      if (read !== undefined) {
        yield piece(read, next.value);
        continue;
      }
      // The buffer of the source is filled again.
      head = Buffer.concat([head, next.value]);
      if (head.length < MOST_MAGIC) continue;
      const packer = MAGIC.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte))?.[0];
      if (packer !== undefined && isUnpacked) throw new Unpackable("what it holds is packed again");
      if (packer !== undefined) {
        yield* unpacked(path, packer, behind(head, iterator));
        return;
      }
      read = readerOf(head);
      yield piece(read, head);
      head = new Uint8Array(0);
    }
    if (head.length > 0) yield piece(same, head);
  } finally {
    await iterator.return?.();
  }
}

function piece(read: (bytes: Uint8Array) => Uint8Array, bytes: Uint8Array): LogItem {
  return { kind: "bytes", bytes: read(bytes) };
}

function same(bytes: Uint8Array): Uint8Array {
  return bytes;
}

async function* behind(head: Uint8Array, rest: AsyncIterator<Uint8Array | undefined>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true && next.value !== undefined; next = await rest.next()) {
    yield new Uint8Array(next.value);
  }
}

/** How bytes become those of the log. UTF-16, which some programs on other systems write, becomes UTF-8 first. */
function readerOf(head: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  const wide = wideEncoding(a, b, c, d);
  if (wide !== undefined) {
    const decoder = new TextDecoder(wide);
    return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }), "utf8");
  }
  if (a !== 0xef || b !== 0xbb || c !== 0xbf) return same;
  let isFirst = true;
  return (bytes) => {
    const marked = isFirst;
    isFirst = false;
    return marked ? bytes.subarray(3) : bytes;
  };
}

function wideEncoding(a: number, b: number, c: number, d: number): "utf-16le" | "utf-16be" | undefined {
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0)) return "utf-16le";
  return (a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0) ? "utf-16be" : undefined;
}

async function* unpacked(path: string, packer: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<LogItem> {
  const counted = { bytes: 0 };
  const source = counting(packed, counted);
  try {
    const whole = packer === "gzip" ? gunzipped(source) : await throughTool(packer, source);
    yield* piecesOf(path, withoutBomb(whole, counted), true);
  } catch (thrown) {
    if (!(thrown instanceof Unpackable) && !errnoOf(thrown).startsWith("Z_")) throw thrown;
    const reason =
      thrown instanceof Unpackable ? thrown.message : "it is damaged or cut off, and what follows is missing";
    yield { kind: "skipped", path, reason };
  }
}

/** Thrown and caught inside this file only. */
class Unpackable extends Error {
  override readonly name = "Unpackable";
}

async function* counting(source: AsyncIterable<Uint8Array>, counted: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    counted.bytes += bytes.length;
    yield bytes;
  }
}

/** What is unpacked, as long as it is in proportion to what was packed. */
async function* withoutBomb(
  whole: AsyncIterable<Uint8Array>,
  packed: { readonly bytes: number },
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const bytes of whole) {
    length += bytes.length;
    if (length > GROWN_BYTES && length > packed.bytes * MOST_GROWTH)
      throw new Unpackable(`it unpacks to more than ${MOST_GROWTH} times its size, and what follows is left out`);
    yield bytes;
  }
}

// COST: node:stream and node:zlib take 3 ms to load, and few logs are packed.
async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [{ Readable, pipeline }, { createGunzip }] = await Promise.all([import("node:stream"), import("node:zlib")]);
  const stream = pipeline(Readable.from(packed), createGunzip(), () => {
    // The reader of the stream is told of what goes wrong.
  });
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield bytes;
}

async function throughTool(program: string, packed: AsyncIterable<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const tool = toolPath(program);
  if (tool === undefined) throw new Unpackable(`it is packed, and this system has no \`${program}\` to unpack it`);
  const child = childProcess().spawn(tool, ["-dc", ...(LIMITS[program] ?? [])], {
    stdio: ["pipe", "pipe", "ignore"],
    cwd: "/",
    env: toolEnvironment(undefined),
  });
  await once(child, "spawn");
  return outputOf(child, packed);
}

async function* outputOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const exited = once(child, "exit");
  const { Readable, pipeline } = await import("node:stream");
  pipeline(Readable.from(packed), child.stdin, () => {
    // A program that goes before it has read all says so by its status.
  });
  try {
    for await (const bytes of child.stdout) if (bytes instanceof Uint8Array) yield bytes;
    const [status] = await exited;
    if (status !== 0) throw new Unpackable("it is damaged or cut off, and what follows is missing");
  } finally {
    child.kill();
  }
}
