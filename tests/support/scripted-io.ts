/** A command's world over a table of system calls, with output that is kept. */
import { type CliIo, processIo } from "../../src/cli/io.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { type System, nodeFiles, nodeKernel, nodeProcesses } from "../../src/host/index.ts";

export interface Scripted {
  readonly io: CliIo;
  readonly out: () => string;
  readonly err: () => string;
}

export function scriptedIo(system: System, directory: string, input = ""): Scripted {
  let out = "";
  let err = "";
  const io: CliIo = {
    ...processIo(),
    out: (text) => void (out += typeof text === "string" ? text : Buffer.from(text).toString("latin1")),
    err: (text) => void (err += text),
    input: () => encodeBytes(input),
    files: nodeFiles(system),
    kernelAt: (place) => nodeKernel(place, system),
    processesAt: (place) => nodeProcesses(place, system),
    environment: { HOME: directory },
    workingDirectory: directory,
    isTerminal: () => false,
  };
  return { io, out: () => out, err: () => err };
}
