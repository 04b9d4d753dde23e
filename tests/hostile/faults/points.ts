/** A command, made to fail at one of its calls. */
import { runCommandWith } from "../../../src/cli/main.ts";
import { type CliIo, machineOf, processIo } from "../../../src/cli/io.ts";
import { type StreamName } from "../../../src/cli/output.ts";
import { Refused } from "../../../src/foundation/basics/index.ts";
import type { System } from "../../../src/host/index.ts";
import { type Call, hookedSystem } from "../../support/hooked-system.ts";
import type { Machine } from "./machine.ts";
import { type World, atEnd, worldOf } from "./world.ts";

export interface Invocation {
  /** The name it is called by, and its arguments. */
  readonly command: string;
  readonly argv: readonly string[];
  /** Who answers, and what runs meanwhile. */
  readonly world?: World;
}

/** What happens to a call: an errno; of a write, as many bytes as half of it; or everything ends there. */
export const FAULTS = ["EACCES", "EIO", "ENOSPC", "EROFS", "EMFILE", "EINTR", "ENOENT", "short", "kill"] as const;
type FaultKind = (typeof FAULTS)[number];

export interface Point {
  readonly index: number;
  readonly fault: FaultKind;
}

/** A call as it was made, or a write to one of the streams. */
export interface SeenCall {
  readonly name: string;
  /** What it was about. */
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly SeenCall[];
}

/** Not an error that anything could be done about: the process is gone. */
class Killed extends Error {
  override readonly name = "Killed";
}

interface Counter {
  readonly calls: SeenCall[];
  /** Whether everything has ended. */
  readonly isKilled: () => boolean;
  /** Counts a call; what is to become of it. */
  readonly meet: (name: string, path: string) => FaultKind | undefined;
}

function counter(point: Point | undefined): Counter {
  const calls: SeenCall[] = [];
  let isKilled = false;
  return {
    calls,
    isKilled: () => isKilled,
    meet: (name, path) => {
      const index = calls.length;
      calls.push({ name, path });
      if (point?.fault === "kill" && index >= point.index) {
        isKilled = true;
        throw new Killed();
      }
      return index === point?.index ? point.fault : undefined;
    },
  };
}

/** As the table has it: what is not there is no error to these. */
function quietly<Status>(look: (path: string) => Status): (path: string) => Status | undefined {
  return (path) => {
    try {
      return look(path);
    } catch (thrown) {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
      throw thrown;
    }
  };
}

function faultySystem({ system, shown }: Machine, { meet }: Counter): System {
  const before = ({ name, args }: Call): ReturnType<Parameters<typeof hookedSystem>[0]> => {
    const fault = meet(name, shown(args[0]));
    if (fault === undefined) return undefined;
    if (fault !== "short") {
      // Linux lets go of the descriptor whatever it says.
      if (name === "close" && typeof args[0] === "number") system.close(args[0]);
      return { errno: fault };
    }
    const [, bytes, start] = args;
    const isWrite = name === "write" && bytes instanceof Uint8Array && typeof start === "number";
    return isWrite ? { shortBytes: (bytes.length - start) >> 1 } : undefined;
  };
  const hooked = hookedSystem(before, system);
  return { ...hooked, stat: quietly(hooked.stat), lstat: quietly(hooked.lstat) };
}

function outputs({ meet }: Counter): {
  readonly streams: Parameters<typeof processIo>[1] & object;
  readonly text: (stream: StreamName) => string;
} {
  const parts: { readonly stream: StreamName; readonly bytes: Uint8Array }[] = [];
  return {
    streams: {
      isTerminal: () => false,
      write: (stream, bytes) => {
        const path = stream === "out" ? "standard output" : "standard error";
        const fault = meet("write", path);
        // The printer itself goes on after EINTR and after a write that was short.
        if (fault !== undefined && fault !== "short" && fault !== "EINTR") throw new Refused("write", path, fault);
        parts.push({ stream, bytes: bytes.slice() });
      },
    },
    text: (stream) =>
      Buffer.concat(parts.flatMap((part) => (part.stream === stream ? [part.bytes] : []))).toString("latin1"),
  };
}

interface RunOptions {
  readonly point?: Point;
  /** Is called wherever the run waits for somebody else. */
  readonly atRest?: () => void;
}

/** Runs a command on a machine, with a fault or without. */
export async function runAt(
  machine: Machine,
  { command, argv, world }: Invocation,
  { atRest, point }: RunOptions = {},
): Promise<Answer> {
  const count = counter(point);
  const { streams, text } = outputs(count);
  const io: CliIo = {
    ...processIo(command === "armorer" ? "always" : "on-terminals", streams),
    ...machineOf(faultySystem(machine, count)),
    inputPiece: () => {
      const buffer = new Uint8Array(1 << 16);
      const length = machine.system.read(0, buffer, 0, undefined);
      return length === 0 ? undefined : buffer.subarray(0, length);
    },
    environment: { HOME: "/root" },
    workingDirectory: "/",
  };
  const around = worldOf(world ?? {}, { machine, count, shown: () => text("out"), atRest });
  const status = await runCommandWith(command, argv, { ...io, ...around.io });
  const last = atEnd(around.guards, machine);
  return { status, out: text("out"), err: text("err") + last, calls: count.calls };
}
