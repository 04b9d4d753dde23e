import { loadDecoder, refusalText } from "../../app/index.ts";
import { fail } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { MOST_POLICY_BYTES } from "../../foundation/ports/index.ts";
import { paintLines } from "./paint.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { STREAM_NAMES } from "../output.ts";

interface Stream {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const RULE_STYLES = [
  [/^\s*#/, "frame"],
  [/^\s*(?:profile|hat) /, "bold"],
  [/^\s*(?:audit )?deny /, "error"],
] as const;

interface Unread {
  readonly name: string;
  readonly message: string;
}

function kernelStreams(call: Invocation): readonly Stream[] | string {
  const streams = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).streams();
  if (!streams.ok) return refusalText(streams.error);
  return streams.value.map(({ id, bytes }) => ({ name: `kernel stream ${id}`, bytes }));
}

/** What there is to decode; what cannot be read takes nothing from the rest. */
function readStreams(call: Invocation): readonly (Stream | Unread)[] {
  if (call.has("kernel")) {
    const streams = kernelStreams(call);
    return typeof streams === "string" ? [{ name: "kernel", message: streams }] : streams;
  }
  const streams: (Stream | Unread)[] = [];
  for (const path of call.operands) {
    const bytes =
      path === "-"
        ? call.io.input({ mostBytes: MOST_POLICY_BYTES })
        : call.io.files.read(path, { isOperand: true, mostBytes: MOST_POLICY_BYTES });
    streams.push(
      bytes.ok ? streamOf(nameOf(path), bytes.value) : { name: nameOf(path), message: fileRefusalText(bytes.error) },
    );
  }
  return streams;
}

function streamOf(name: string, bytes: Uint8Array): Stream | Unread {
  return bytes.length === 0 ? { name, message: "it is empty" } : { name, bytes };
}

function nameOf(path: string): string {
  return path === "-" ? STREAM_NAMES.in : path;
}

/** Whether bytes are what people write, and no stream: streams begin with a name whose length is in front of it. */
function looksLikeText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 512);
  return start.length > 0 && start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  if (call.operands.length === 0 && !call.has("kernel")) {
    return usageError(io, "decode", "name a file, `-` for standard input, or --kernel for what is loaded");
  }
  if (call.json && call.has("dot")) return usageError(io, "decode", "choose one of --json and --dot");
  const streams = readStreams(call);
  const decode = await loadDecoder();
  const documents: object[] = [];
  const form = call.json ? "data" : call.has("dot") ? "graph" : "text";
  let status: number = EXIT.fine;
  for (const stream of streams) {
    const { name } = stream;
    const decoded = "message" in stream ? fail(stream.message) : decode(stream.bytes, form);
    if (!decoded.ok) {
      const isText = "bytes" in stream && looksLikeText(stream.bytes);
      if (isText && !call.json) io.err(`note: ${displayText(name)} is text; \`armorer check\` reads profiles\n`);
      status = EXIT.bad;
      documents.push({ name, ok: false, message: decoded.error });
      if (!call.json) io.err(`armorer decode: ${displayText(name)}: ${displayText(decoded.error)}\n`);
    } else if (typeof decoded.value !== "string") documents.push({ name, ok: true, profiles: decoded.value });
    else if (call.has("dot")) io.verbatim(decoded.value);
    else io.out(paintLines(`${streams.length > 1 ? `# ${displayText(name)}\n` : ""}${decoded.value}`, RULE_STYLES));
  }
  if (call.json) printJson(io, "armorer/decode/1", { streams: documents });
  return status;
}

export const command: Command = {
  name: "decode",
  summary: "show what compiled policy says, whichever tool compiled it",
  isSlow: true,
  paths: "all",
  usage: "[OPTION]... FILE...",
  examples: [
    ["armorer decode /var/cache/apparmor/*/usr.bin.man", "what is in the cache of apparmor_parser"],
    ["armorer decode --kernel", "what the kernel enforces"],
    ["armorer decode --dot man.bin | dot -Tsvg > man.svg", "a drawing of the automata"],
  ],
  options: [
    { key: "kernel", long: "kernel", about: "decode the policy that the running kernel holds" },
    { key: "dot", long: "dot", about: "print the automata for Graphviz" },
  ],
  details:
    "The rules are rebuilt from the automata: they have the effect of those that were compiled, spelled differently, unless the\n" +
    "list says that it is shortened. Flags are in the heads, and hats and children in their parents, so that the text can be\n" +
    "compiled again. What would grow too long ends in `…`.",
  run,
};
