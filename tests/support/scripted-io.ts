/** A command's world over a table of system calls, with output that is kept. */
import { type CliIo, machineOf } from "../../src/cli/io.ts";
import { ok } from "../../src/foundation/basics/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import type { System } from "../../src/host/index.ts";
import { capturedIo } from "./captured-io.ts";

interface Scripted {
  readonly io: CliIo;
  readonly out: () => string;
  readonly err: () => string;
}

export function scriptedIo(system: System, directory: string, input = ""): Scripted {
  const { io: captured, bytes, text } = capturedIo();
  const io: CliIo = {
    ...captured,
    ...machineOf(system),
    input: () => ok(encodeBytes(input)),
    environment: { HOME: directory },
    workingDirectory: directory,
  };
  return { io, out: () => bytes("out").toString("latin1"), err: () => text("err") };
}
