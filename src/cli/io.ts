/**
 * What a command line tool has of the world beside the ports: its output, its input, its environment. Output is written at
 * once and in order; Node's own streams would cost start-up time and, into a pipe, lose what is not written when we leave.
 */
import { readSync, writeSync } from "node:fs";
import { type Outcome, Refused, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FileStorePort, KernelPort, ProcessesPort } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { type KernelPlace, isTerminal, nodeFiles, nodeKernel, nodeProcesses } from "../host/index.ts";
import { type Output, OutputGone, type OutputOptions, STREAM_NAMES, type Streams, createOutput } from "./output.ts";

export interface CliIo extends Output {
  /** All of standard input. */
  readonly input: () => Outcome<Uint8Array, FileRefusal>;
  /** A line of standard input, without its end; `undefined` when there is no more. */
  readonly inputLine: () => string | undefined;
  readonly files: FileStorePort;
  readonly kernelAt: (place: KernelPlace) => KernelPort;
  readonly processesAt: (place: KernelPlace) => ProcessesPort;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/** The errno name of what a system call threw. */
function errnoOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  throw thrown;
}

/** What a call gives that may have to wait: descriptors are shared, and somebody may have set this one to non-blocking. */
function retry<T>(action: () => T, waitMs: number): T {
  for (;;) {
    try {
      return action();
    } catch (thrown) {
      const errno = errnoOf(thrown);
      if (errno === "EAGAIN") Atomics.wait(nap, 0, 0, waitMs);
      else if (errno !== "EINTR") throw thrown;
    }
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, path: string): void {
  try {
    for (let at = 0; at < bytes.length;) {
      const from = at;
      at += retry(() => writeSync(descriptor, bytes, from), 2);
    }
  } catch (thrown) {
    const errno = errnoOf(thrown);
    throw errno === "EPIPE" ? new OutputGone() : new Refused("write", path, errno);
  }
}

/** Reads into the buffer; the number of bytes, 0 at the end. */
function readSome(buffer: Uint8Array): number {
  try {
    return retry(() => readSync(0, buffer, 0, buffer.length, null), 5);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EOF") return 0;
    throw new Refused("read", STREAM_NAMES.in, errno);
  }
}

function readAll(): Outcome<Uint8Array, FileRefusal> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let length = readSome(buffer); length > 0; length = readSome(buffer)) parts.push(buffer.slice(0, length));
    return ok(Buffer.concat(parts));
  } catch (thrown) {
    if (thrown instanceof Refused) return fail({ path: thrown.path, errno: thrown.errno });
    throw thrown;
  }
}

/** Byte by byte: what follows the line is for the next question. */
function readLine(): string | undefined {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (readSome(byte) > 0) {
    if (byte[0] === 10) return decodeBytes(Uint8Array.from(bytes));
    bytes.push(byte[0] ?? 0);
  }
  return bytes.length === 0 ? undefined : decodeBytes(Uint8Array.from(bytes));
}

/** Where this process is. A directory that was removed, or that has no path, still has this one, and nothing else is under it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/proc/self/cwd";
  }
}

const DESCRIPTORS = { out: 1, err: 2 } as const;

const processStreams: Streams = {
  write: (stream, bytes) => writeAll(DESCRIPTORS[stream], bytes, STREAM_NAMES[stream]),
  isTerminal: (stream) => isTerminal(DESCRIPTORS[stream]),
};

/** This process; `streams` in place of its own. */
export function processIo(escapes: OutputOptions["escapes"] = "on-terminals", streams = processStreams): CliIo {
  return {
    ...createOutput(streams, { escapes, colors: process.env["NO_COLOR"] === undefined }),
    input: readAll,
    inputLine: readLine,
    files: nodeFiles(),
    kernelAt: nodeKernel,
    processesAt: nodeProcesses,
    environment: process.env,
    workingDirectory: workingDirectory(),
  };
}
