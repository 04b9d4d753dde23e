import { createReadStream } from "node:fs";
import { type Outcome, Refused, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource } from "../../foundation/ports/index.ts";
import { Troubled, attempt, errnoOf } from "../errno.ts";
import { descriptorOf, openGrowing } from "../reading.ts";
import { type KernelPlace, under } from "../securityfs.ts";
import { type System, O_NOCTTY, O_NONBLOCK, O_RDONLY, retrying } from "../system.ts";
import { readFile, readRotated } from "./files.ts";
import { openJournal } from "./journal.ts";
import { readKmsg } from "./kmsg.ts";
import { itemsOf } from "./unpack.ts";

interface World {
  readonly place: KernelPlace;
  readonly system: System;
}

/** Opens a log; `-` is standard input. What was handed over as a descriptor is read as it comes, a pipe as well; else only plain files are. */
export async function openLog(
  { place, system: given }: World,
  source: LogSource,
  options: LogOptions,
): Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>> {
  const system = retrying(given);
  if (source.kind === "journal") return openPlaced(place, system, options);
  if (source.kind === "syslog") return openSyslog({ place, system }, options);
  const handed = source.kind === "file" ? descriptorNamed(source.path) : undefined;
  if (handed !== undefined) return openHanded(system, handed);
  const path = source.kind === "file" ? source.path : under(place, defaultPath(source));
  const readable = attempt(path, () => mustBeReadable(system, path, source.kind));
  if (!readable.ok) return readable;
  if (source.kind === "kmsg") return ok(refusing(path, readKmsg(system, path, options)));
  const items = source.kind === "audit-log" ? readRotated(system, path, options) : readFile(system, path, options);
  return ok(refusing(path, items));
}

/** Of another system than the one that runs, the journal is the one in its own directory. */
async function openPlaced(
  place: KernelPlace,
  system: System,
  options: LogOptions,
): Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>> {
  if (place.root === undefined || place.root === "/") return openJournal(options);
  const path = under(place, JOURNAL);
  const status = attempt(path, () => system.stat(path));
  if (!status.ok) return status;
  return status.value?.isDirectory() === true ? openJournal(options, path) : fail({ path, errno: "ENOENT" });
}

const JOURNAL = "/var/log/journal";

/** Where syslog daemons of the distributions put what the kernel says. */
const SYSLOGS = ["/var/log/syslog", "/var/log/kern.log", "/var/log/messages"];

async function openSyslog(
  { place, system }: World,
  options: LogOptions,
): Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>> {
  let refused: FileRefusal | undefined;
  for (const name of SYSLOGS) {
    const path = under(place, name);
    const readable = attempt(path, () => mustBeReadable(system, path, "syslog"));
    if (readable.ok) return ok(refusing(path, readRotated(system, path, options)));
    // That one may not be read says more than that others are not there.
    if (refused === undefined || readable.error.errno !== "ENOENT") refused = readable.error;
  }
  return fail(refused ?? { path: SYSLOGS[0] ?? "", errno: "ENOENT" });
}

/** A log that cannot be read on in the middle of it ends with `Refused`: what was read is not all. */
async function* refusing(path: string, items: AsyncIterable<LogItem>): AsyncGenerator<LogItem> {
  try {
    yield* items;
  } catch (thrown) {
    throw new Refused("read", path, errnoOf(thrown));
  }
}

function defaultPath(source: Exclude<LogSource, { kind: "file" | "journal" | "syslog" }>): string {
  return source.kind === "kmsg" ? "/dev/kmsg" : (source.path ?? "/var/log/audit/audit.log");
}

/** A refusal is to come before the first line. */
function mustBeReadable(system: System, path: string, kind: LogSource["kind"]): void {
  const isDevice = kind === "kmsg" && system.stat(path)?.isCharacterDevice() === true;
  system.close(isDevice ? system.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) : openGrowing(system, path));
}

function descriptorNamed(path: string): number | undefined {
  return path === "-" ? 0 : descriptorOf(path);
}

/** Node reads nothing from a directory, and says nothing either. */
function openHanded(system: System, descriptor: number): Outcome<AsyncIterable<LogItem>, FileRefusal> {
  const path = descriptor === 0 ? "standard input" : `/dev/fd/${descriptor}`;
  const opened = attempt(path, () => {
    if (system.fstat(descriptor).isDirectory()) throw new Troubled("EISDIR", { kind: "special", is: "directory" });
  });
  return opened.ok ? ok(refusing(path, itemsOf(path, readHanded(descriptor)))) : fail(opened.error);
}

/** Pieces as they come. */
async function* readHanded(descriptor: number): AsyncGenerator<Uint8Array> {
  const stream = descriptor === 0 ? process.stdin : createReadStream("", { fd: descriptor, autoClose: false });
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield bytes;
}
