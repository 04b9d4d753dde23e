import { fstatSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { type Outcome, Refused, fail, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource } from "../../foundation/ports/index.ts";
import { errnoOf } from "../errno.ts";
import { type KernelPlace, under } from "../securityfs.ts";
import { readLines, rotatedFiles } from "./audit-log.ts";
import { openJournal } from "./journal.ts";
import { readKmsg } from "./kmsg.ts";
import { LineSplitter } from "./lines.ts";

/** Opens a log; `-` is standard input. */
export async function openLog(
  place: KernelPlace,
  source: LogSource,
  options: LogOptions,
): Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>> {
  if (source.kind === "journal") return openJournal(options);
  if (source.kind === "file" && source.path === "-") return openStandardInput();
  const path = source.kind === "file" ? source.path : under(place, defaultPath(source));
  const refusal = await readable(path);
  if (refusal !== undefined) return fail(refusal);
  if (source.kind === "kmsg") return ok(refusing(path, readKmsg(path, options)));
  return ok(refusing(path, source.kind === "audit-log" ? readRotated(path, options) : readLines(path, options)));
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

async function readable(path: string): Promise<FileRefusal | undefined> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isDirectory() ? { path, errno: "EISDIR" } : undefined;
  } catch (thrown) {
    return { path, errno: errnoOf(thrown) };
  }
}

async function* readRotated(path: string, options: LogOptions): AsyncGenerator<LogItem> {
  if (options.follow && options.onlyNew === true) {
    yield* readLines(path, options);
    return;
  }
  for (const file of await rotatedFiles(path)) {
    yield* readLines(file, { ...options, follow: options.follow && file === path });
  }
}

/** Node reads nothing from a directory, and says nothing either. */
function openStandardInput(): Outcome<AsyncIterable<LogItem>, FileRefusal> {
  const path = "standard input";
  try {
    if (fstatSync(0).isDirectory()) return fail({ path, errno: "EISDIR" });
    return ok(refusing(path, readStandardInput()));
  } catch (thrown) {
    return fail({ path, errno: errnoOf(thrown) });
  }
}

async function* readStandardInput(): AsyncGenerator<LogItem> {
  const splitter = new LineSplitter();
  for await (const bytes of process.stdin) if (bytes instanceof Uint8Array) yield* splitter.push(bytes);
  yield* splitter.end();
}
