import { loadDecoder, refusalText } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { MOST_POLICY_BYTES } from "../../foundation/ports/index.ts";
import { fileRefusalText } from "../errno-texts.ts";

interface Stream {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function kernelStreams(call: Invocation): readonly Stream[] | string {
  const streams = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).streams();
  if (!streams.ok) return refusalText(streams.error);
  return streams.value.map(({ id, bytes }) => ({ name: `kernel stream ${id}`, bytes }));
}

function readStreams(call: Invocation): readonly Stream[] | string {
  if (call.has("kernel")) return kernelStreams(call);
  const streams: Stream[] = [];
  for (const path of call.operands) {
    const bytes =
      path === "-"
        ? call.io.input({ mostBytes: MOST_POLICY_BYTES })
        : call.io.files.read(path, { isOperand: true, mostBytes: MOST_POLICY_BYTES });
    if (!bytes.ok) return `${bytes.error.path}: ${fileRefusalText(bytes.error)}`;
    streams.push({ name: path, bytes: bytes.value });
  }
  return streams;
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  if (call.operands.length === 0 && !call.has("kernel")) {
    return usageError(io, "decode", "name a file, `-` for standard input, or --kernel for what is loaded");
  }
  const streams = readStreams(call);
  if (typeof streams === "string") {
    io.err(`armorer decode: ${displayText(streams)}\n`);
    return EXIT.bad;
  }
  const decode = await loadDecoder();
  const documents: object[] = [];
  let status: number = EXIT.fine;
  for (const { name, bytes } of streams) {
    const decoded = call.json ? decode(bytes, "data") : decode(bytes, call.has("dot") ? "graph" : "text");
    if (!decoded.ok) {
      status = EXIT.bad;
      documents.push({ name, ok: false, message: decoded.error });
      if (!call.json) io.err(`armorer decode: ${displayText(name)}: ${displayText(decoded.error)}\n`);
    } else if (typeof decoded.value !== "string") documents.push({ name, ok: true, profiles: decoded.value });
    else if (call.has("dot")) io.verbatim(decoded.value);
    else io.out(`${streams.length > 1 ? `# ${displayText(name)}\n` : ""}${decoded.value}`);
  }
  if (call.json) printJson(io, "armorer/decode/1", { streams: documents });
  return status;
}

export const command: Command = {
  name: "decode",
  summary: "show what compiled policy says, whichever tool compiled it",
  usage: "[OPTION]... FILE...",
  options: [
    { key: "kernel", long: "kernel", about: "decode the policy that the running kernel holds" },
    { key: "dot", long: "dot", about: "print the automata for Graphviz" },
  ],
  details:
    "The rules are rebuilt from the automata. File rules have the effect of those that were compiled, spelled differently, unless\n" +
    "the list says that it is shortened. For other classes the rules are approximate; what would grow too long ends in `…`.",
  run,
};
