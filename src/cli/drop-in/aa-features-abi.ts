/** The command `aa-features-abi` (tools 7): a feature tree as a feature file. */
import { writeOutput } from "../../foundation/ports/index.ts";
import { encodeBytes, say } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { plainFeatureText } from "../feature-files.ts";
import type { CliIo } from "../io.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "extract", long: "extract", short: "x" },
  { key: "file", long: "file", short: "f", value: "required" },
  { key: "write", long: "write", short: "w", value: "required" },
  { key: "stdout", long: "stdout" },
  { key: "debug", long: "debug", short: "d" },
  { key: "verbose", long: "verbose", short: "v" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-features-abi (-x | -f FILE) [--stdout | -w FILE]

Writes the features of a kernel as a feature file.

  -x, --extract      the running kernel's
  -f, --file=FILE    those of a file
  -w, --write=FILE   write to FILE
      --stdout       write to standard output (default)
  -h, --help         print this
`;

function fail(io: CliIo, text: string): number {
  io.err(say`aa-features-abi: ERROR: ${text}\n`);
  return 1;
}

function run({ has, value, io }: ToolCall): number {
  const path = value("file");
  if (has("extract") === (path !== undefined)) {
    if (path !== undefined) return fail(io, "options --extract and --file are mutually exclusive - Success");
    io.err(HELP);
    return 1;
  }
  const read = path === undefined ? io.kernelAt({}).features() : plainFeatureText(path, io);
  if (!read.ok) {
    const errno = "errno" in read.error ? read.error.errno : "ENOENT";
    return fail(io, `failed to read features from '${path ?? "the kernel"}' - ${errnoText(errno)}`);
  }
  const target = value("write");
  if (target === undefined) {
    io.verbatim(read.value);
    return 0;
  }
  const written = writeOutput(io.files, target, encodeBytes(read.value), { mode: 0o600 });
  return written.ok ? 0 : fail(io, `failed to write features to '${target}' - ${fileRefusalText(written.error)}`);
}

export const tool: Tool = {
  name: "aa-features-abi",
  options,
  help: HELP,
  examples: [
    ["aa-features-abi -x", "the features of the running kernel"],
    ["aa-features-abi -x -w /etc/apparmor.d/abi/ours", "a file that profiles can name as their ABI"],
  ],
  operands: "any",
  wrong: (text, io) => fail(io, text ?? ""),
  run,
};
