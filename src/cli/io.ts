/**
 * What a command line tool has of the world beside the ports: its output, its input, its environment. Output is written at
 * once and in order; Node's own streams would cost start-up time and, into a pipe, lose what is not written when we leave.
 */
import { readSync, writeSync } from "node:fs";
import { type Outcome, Refused } from "../foundation/basics/index.ts";
import type {
  FileRefusal,
  FileStorePort,
  KernelPort,
  LinksPort,
  LogsPort,
  ProcessDetailsPort,
  ProcessesPort,
  ReadOptions,
} from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import {
  type DirectoryOptions,
  type DirectoryRefusal,
  type KernelPlace,
  type System,
  isTerminal,
  nodeFiles,
  nodeKernel,
  nodeLinks,
  nodeLogs,
  nodeProcesses,
  nodeSystem,
  endProcess,
  followPath,
  isOver,
  openDirectory,
  readAttribute,
  readFeatureText,
  realPath,
  removeAfterEnd,
  rootedSystem,
  runInForeground,
  readSetting,
  readStandardInput,
  splitLabel,
  startAside,
  startCompanion,
  takeBackAfterEnd,
  toolPath,
  writeAttribute,
  writeAfterEnd,
  writeSetting,
} from "../host/index.ts";
import { type Output, OutputGone, type OutputOptions, STREAM_NAMES, type Streams, createOutput } from "./output.ts";

/** What commands look at, and change, of a system that runs or of one below a directory. */
interface SystemPorts {
  readonly files: FileStorePort;
  readonly links: LinksPort;
  readonly kernelAt: (place: KernelPlace) => KernelPort;
  readonly processesAt: (place: KernelPlace) => ProcessesPort & ProcessDetailsPort;
  readonly logsAt: (place: KernelPlace) => LogsPort;
  /** As the host's function of that name. */
  readonly openDirectory: (path: string, options: DirectoryOptions) => Outcome<string, DirectoryRefusal>;
  /** A path without links; `undefined`: it leads nowhere that can be reached. */
  readonly realPath: (path: string) => string | undefined;
  /** The same; why it leads nowhere. */
  readonly followPath: (path: string) => Outcome<string, FileRefusal>;
  /** The text of a feature file or of a directory of features. */
  readonly featureText: (path: string) => Outcome<string, FileRefusal>;
}

/** What of the machine commands work with. */
export interface Machine extends SystemPorts {
  /** The same with what is below a directory as it is for the system whose root that is. */
  readonly under: (root: string) => SystemPorts;
  /** A setting of the kernel, a file below `/proc/sys`. */
  readonly readSetting: (path: string) => Outcome<string, FileRefusal>;
  /** Writes a setting of the kernel, a file below `/proc/sys`. */
  readonly writeSetting: (path: string, text: string) => Outcome<void, FileRefusal>;
  /** Writes a setting once this process is gone, however it ends, unless what is given back is called before. */
  readonly writeAfterEnd: (path: string, text: string) => Outcome<() => void, FileRefusal>;
  /** Runs a program on this terminal. */
  readonly runInForeground: typeof runInForeground;
  /** Removes a file once this process is gone, however it ends, unless what is given back is called before. */
  readonly removeAfterEnd: typeof removeAfterEnd;
  /** Takes a profile back once this process is gone, however it ends, unless what is given back is called before. */
  readonly takeBackAfterEnd: typeof takeBackAfterEnd;
  /** Lets so much time go by. */
  readonly pause: (ms: number) => Promise<void>;
  /** Starts a program that works for this one until its input ends. */
  readonly startCompanion: typeof startCompanion;
  /** Starts a program that others are to use. */
  readonly startAside: typeof startAside;
  /** Ends a process at once. */
  readonly endProcess: typeof endProcess;
  /** Whether a process does nothing any more, although it is still there. */
  readonly isOver: (pid: number) => boolean;
  /** What a process gets at its next exec; nothing where that is what it has. */
  readonly nextLabel: (pid: number) => string | undefined;
  /** Has this thread's next program run under a label. */
  readonly setNextLabel: (label: string) => Outcome<void, FileRefusal>;
  /** Where a program of the system is. */
  readonly toolPath: (name: string) => string | undefined;
  /** Whose process this is. */
  readonly userId: () => number;
  /** All of standard input, as far as the limit allows. */
  readonly input: (options?: Pick<ReadOptions, "mostBytes">) => Outcome<Uint8Array, FileRefusal>;
}

export interface CliIo extends Output, Machine {
  /** A line of standard input, without its end; `undefined` when there is no more. */
  readonly inputLine: () => string | undefined;
  /** What has come on standard input, as it comes; `undefined` when there is no more. */
  readonly inputPiece: () => Uint8Array | undefined;
  /** One key: its letter, `up` or `down`; `undefined` when there is no more. */
  readonly inputKey: () => string | undefined;
  /** Whether a terminal gives keys as they are pressed, Ctrl-C too, and shows none; before anything is asked, so that no key comes too early. */
  readonly setKeys: (wanted: boolean) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** The root below which it is kept what can be undone; absent: this system's own. */
  readonly keptBelow?: string;
  /** Where another thread may write to the terminal that standard error is; absent where it is none. */
  readonly terminalDescriptor?: number;
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

/** Longer than any answer; what goes on has no end. */
const MOST_LINE_BYTES = 1 << 16;

/** Byte by byte: what follows the line is for the next question. */
function readLine(): string | undefined {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (readSome(byte) > 0) {
    if (byte[0] === 10) return decodeBytes(Uint8Array.from(bytes));
    if (bytes.length === MOST_LINE_BYTES) throw new Refused("read", STREAM_NAMES.in, "a line is longer than 64 KiB");
    bytes.push(byte[0] ?? 0);
  }
  return bytes.length === 0 ? undefined : decodeBytes(Uint8Array.from(bytes));
}

function readPiece(): Uint8Array | undefined {
  const buffer = new Uint8Array(1 << 16);
  const count = readSome(buffer);
  return count === 0 ? undefined : buffer.subarray(0, count);
}

const DESCRIPTORS = { in: 0, out: 1, err: 2 } as const;

const ESCAPE = 0x1b;
const ARROWS: Readonly<Record<string, string>> = { A: "up", B: "down" };

function readKey(): string | undefined {
  const byte = new Uint8Array(1);
  if (readSome(byte) === 0) return undefined;
  if (byte[0] !== ESCAPE) return decodeBytes(byte);
  const bytes = [0, 0].map(() => (readSome(byte) === 0 ? 0 : (byte[0] ?? 0)));
  return ARROWS[String.fromCharCode(bytes[1] ?? 0)] ?? "";
}

/** Node puts the terminal back when the process ends, however it ends. */
function setKeys(wanted: boolean): void {
  if (isTerminal(DESCRIPTORS.in)) process.stdin.setRawMode(wanted);
}

/** Where this process is. A directory that was removed, or that has no path, still has this one, and nothing else is under it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/proc/self/cwd";
  }
}

const processStreams: Streams = {
  write: (stream, bytes) => writeAll(DESCRIPTORS[stream], bytes, STREAM_NAMES[stream]),
  isTerminal: (stream) => isTerminal(DESCRIPTORS[stream]),
};

function systemPorts(system: System): SystemPorts {
  // One look at each place counts for the whole command: policy made for no kernel must not reach one that is there a moment later.
  const kernels = new Map<string, KernelPort>();
  return {
    files: nodeFiles(system),
    links: nodeLinks(system),
    kernelAt: (place) => {
      const key = JSON.stringify([place.root, place.directory]);
      const known = kernels.get(key) ?? nodeKernel(place, system);
      kernels.set(key, known);
      return known;
    },
    processesAt: (place) => nodeProcesses(place, system),
    logsAt: (place) => nodeLogs(place, system),
    openDirectory: (path, options) => openDirectory(path, options, system),
    realPath: (path) => realPath(path, system),
    followPath: (path) => followPath(path, system),
    featureText: (path) => readFeatureText(path, system),
  };
}

/** The machine behind a table of system calls. */
export function machineOf(system: System): Machine {
  return {
    ...systemPorts(system),
    under: (root) => systemPorts(rootedSystem(system, root)),
    readSetting: (path) => readSetting(path, system),
    writeSetting: (path, text) => writeSetting(path, text, system),
    writeAfterEnd,
    removeAfterEnd,
    takeBackAfterEnd,
    pause: async (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    runInForeground,
    startCompanion,
    startAside,
    endProcess,
    isOver: (pid) => isOver(pid, system),
    nextLabel: (pid) => {
      const read = readAttribute(String(pid), "exec", {}, system);
      return read.ok && read.value !== undefined ? splitLabel(read.value).label : undefined;
    },
    setNextLabel: (label) => writeAttribute("exec", `exec ${label}`, {}, system),
    toolPath: (name) => toolPath(name, system),
    userId: () => system.geteuid(),
    input: (options) => readStandardInput(options, system),
  };
}

/** Whether a terminal says that it understands no control sequences. */
export function isDumb(environment: NodeJS.ProcessEnv): boolean {
  return environment["TERM"] === "dumb";
}

/** NO_COLOR, then FORCE_COLOR (`0` and `false` mean none), then whether it is a terminal that knows colours. */
function colorsOf(environment: NodeJS.ProcessEnv): OutputOptions["colors"] {
  const { NO_COLOR: none = "", FORCE_COLOR: forced } = environment;
  if (none !== "" || forced === "0" || forced === "false") return "nowhere";
  if (forced !== undefined) return "everywhere";
  return isDumb(environment) ? "nowhere" : "on-terminals";
}

/** This process; `streams` in place of its own. */
export function processIo(escapes: OutputOptions["escapes"] = "on-terminals", streams = processStreams): CliIo {
  const isOwnTerminal =
    escapes === "always" && streams === processStreams && isTerminal(DESCRIPTORS.err) && !isDumb(process.env);
  return {
    ...createOutput(streams, { escapes, colors: colorsOf(process.env) }),
    ...(isOwnTerminal && { terminalDescriptor: DESCRIPTORS.err }),
    ...machineOf(nodeSystem),
    inputLine: readLine,
    inputPiece: readPiece,
    inputKey: readKey,
    setKeys,
    environment: process.env,
    workingDirectory: workingDirectory(),
  };
}
