/**
 * What a command line tool has of the world beside the ports: its output, its input, its environment. Output is written at
 * once and in order; Node's own streams would cost start-up time and, into a pipe, lose what is not written when we leave.
 */
import { readSync, writeSync } from "node:fs";
import type { FileStorePort, KernelPort, ProcessesPort } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { type KernelPlace, isTerminal, nodeFiles, nodeKernel, nodeProcesses } from "../host/index.ts";

export interface CliIo {
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string) => void;
  /** All of standard input. */
  readonly input: () => Uint8Array;
  readonly files: FileStorePort;
  readonly kernelAt: (place: KernelPlace) => KernelPort;
  readonly processesAt: (place: KernelPlace) => ProcessesPort;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Whether a person looks at it. */
  readonly isTerminal: (stream: "out" | "err") => boolean;
}

/** The reader of our output is gone: nothing more can be said to anybody. */
export class OutputGone extends Error {
  override readonly name = "OutputGone";
}

const nap = new Int32Array(new SharedArrayBuffer(4));

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (thrown) {
      // A pipe that somebody set to non-blocking and that is full for now.
      if (codeOf(thrown) === "EAGAIN") Atomics.wait(nap, 0, 0, 2);
      else if (codeOf(thrown) === "EPIPE") throw new OutputGone();
      else throw thrown;
    }
  }
}

function readAll(descriptor: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    try {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      if (length === 0) return Buffer.concat(parts);
      parts.push(buffer.slice(0, length));
    } catch (thrown) {
      if (codeOf(thrown) === "EAGAIN") Atomics.wait(nap, 0, 0, 5);
      else if (codeOf(thrown) === "EOF") return Buffer.concat(parts);
      else throw thrown;
    }
  }
}

/** This process. */
export function processIo(): CliIo {
  return {
    out: (text) => writeAll(1, typeof text === "string" ? encodeBytes(text) : text),
    err: (text) => writeAll(2, encodeBytes(text)),
    input: () => readAll(0),
    files: nodeFiles(),
    kernelAt: nodeKernel,
    processesAt: nodeProcesses,
    environment: process.env,
    workingDirectory: process.cwd(),
    isTerminal: (stream) => isTerminal(stream === "out" ? 1 : 2),
  };
}
