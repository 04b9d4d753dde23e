import { createReadStream } from "node:fs";
import { type Outcome, Refused, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource } from "../../foundation/ports/index.ts";
import { Troubled, attempt, errnoOf } from "../errno.ts";
import { descriptorOf, openGrowing } from "../reading.ts";
import { type KernelPlace, under } from "../securityfs.ts";
import { type System, O_NOCTTY, O_NONBLOCK, O_RDONLY, retrying } from "../system.ts";
import { readLines, rotatedFiles } from "./audit-log.ts";
import { openJournal } from "./journal.ts";
import { readKmsg } from "./kmsg.ts";
import { LineSplitter } from "./lines.ts";

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
  if (source.kind === "journal") return openJournal(options);
  const handed = source.kind === "file" ? descriptorNamed(source.path) : undefined;
  if (handed !== undefined) return openHanded(system, handed);
  const path = source.kind === "file" ? source.path : under(place, defaultPath(source));
  const readable = attempt(path, () => mustBeReadable(system, path, source.kind));
  if (!readable.ok) return readable;
  if (source.kind === "kmsg") return ok(refusing(path, readKmsg(system, path, options)));
  const lines = source.kind === "audit-log" ? readRotated(system, path, options) : readLines(system, path, options);
  return ok(refusing(path, lines));
}

/** A log that cannot be read on in the middle of it ends with `Refused`: what was read is not all. */
async function* refusing(path: string, items: AsyncIterable<LogItem>): AsyncGenerator<LogItem> {
  try {
    yield* items;
  } catch (thrown) {
    throw new Refused("read", path, errnoOf(thrown));
  }
}

function defaultPath(source: Exclude<LogSource, { kind: "file" | "journal" }>): string {
  return source.kind === "kmsg" ? "/dev/kmsg" : (source.path ?? "/var/log/audit/audit.log");
}

/** A refusal is to come before the first line. */
function mustBeReadable(system: System, path: string, kind: LogSource["kind"]): void {
  const isDevice = kind === "kmsg" && system.stat(path)?.isCharacterDevice() === true;
  system.close(isDevice ? system.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) : openGrowing(system, path));
}

async function* readRotated(system: System, path: string, options: LogOptions): AsyncGenerator<LogItem> {
  if (options.follow && options.onlyNew === true) {
    yield* readLines(system, path, options);
    return;
  }
  for (const file of [...rotatedFiles(system, path), path]) {
    yield* readLines(system, file, { ...options, follow: options.follow && file === path });
  }
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
  return opened.ok ? ok(refusing(path, readHanded(descriptor))) : fail(opened.error);
}

async function* readHanded(descriptor: number): AsyncGenerator<LogItem> {
  const splitter = new LineSplitter();
  const stream = descriptor === 0 ? process.stdin : createReadStream("", { fd: descriptor, autoClose: false });
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield* splitter.push(bytes);
  yield* splitter.end();
}
