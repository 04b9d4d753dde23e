/** The command `aa-features-abi` (tools 7): a feature tree as a feature file. */
import { writeOutput } from "../../foundation/ports/index.ts";
import { encodeBytes, say } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { featureFileText } from "../feature-files.ts";
import { scanOptions } from "../getopt.ts";
import type { CliIo } from "../io.ts";

const specs = [
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

/** Runs the command; the exit status. */
export function runAaFeaturesAbi(words: readonly string[], io: CliIo): number {
  const fail = (text: string): number => {
    io.err(say`aa-features-abi: ERROR: ${text}\n`);
    return 1;
  };
  const values = new Map<string, string>();
  for (const event of scanOptions<string>(specs, words)) {
    if (event.kind === "error") return fail(event.text);
    if (event.kind === "option") values.set(event.key, event.value ?? "");
  }
  if (values.has("help")) {
    io.out(HELP);
    return 0;
  }
  const path = values.get("file");
  if (values.has("extract") === (path !== undefined)) {
    if (path !== undefined) return fail("options --extract and --file are mutually exclusive - Success");
    io.err(HELP);
    return 1;
  }
  const read = path === undefined ? io.kernelAt({}).features() : featureFileText(path, io);
  if (!read.ok) {
    const errno = "errno" in read.error ? read.error.errno : "ENOENT";
    return fail(`failed to read features from '${path ?? "the kernel"}' - ${errnoText(errno)}`);
  }
  const target = values.get("write");
  if (target === undefined) {
    io.verbatim(read.value);
    return 0;
  }
  const written = writeOutput(io.files, target, encodeBytes(read.value), { mode: 0o600 });
  return written.ok ? 0 : fail(`failed to write features to '${target}' - ${fileRefusalText(written.error)}`);
}
