/** The command `aa-load` (tools 8): loads policy that was compiled before, from files, directories and caches. */
import { openCache, refusalText, skippedName, submit } from "../../app/index.ts";
import { displayText, say } from "../../foundation/text/index.ts";
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import { type FileRefusal, type FileStatus, type KernelPort, MOST_POLICY_BYTES } from "../../foundation/ports/index.ts";
import { errnoText, fileRefusalText, isAbsent } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "force", long: "force", short: "f" },
  { key: "debug", long: "debug", short: "d" },
  { key: "verbose", long: "verbose", short: "v" },
  { key: "dry", long: "dry-run", short: "n" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-load [OPTION]... [FILE | DIRECTORY | CACHE]...

Loads compiled policy into the kernel, replacing what is loaded.

  -f, --force      also from a cache that was made for another kernel
  -n, --dry-run    load nothing
  -v, --verbose    say what was loaded
  -d, --debug      the same
  -h, --help       print this

Without operands the usual caches are loaded, as far as they are there.
`;

const DEFAULTS = ["/var/cache/apparmor", "/etc/apparmor.d/cache.d", "/etc/apparmor.d/cache"];

interface Run {
  readonly io: CliIo;
  readonly kernel: KernelPort;
  readonly has: ToolCall["has"];
}

function fail(run: Run, text: string): false {
  run.io.err(`aa-load: ERROR: ${displayText(text)}\n`);
  return false;
}

/** A file that was named. */
function loadNamed(path: string, run: Run): boolean {
  return loadBytes(path, run.io.files.read(path, { isOperand: true, mostBytes: MOST_POLICY_BYTES }), run);
}

/** A file that lies where blobs are looked for: whoever could have put it there would decide what is in force. */
function loadEntry(path: string, run: Run): boolean {
  const file = run.io.files.readOwn(path);
  return loadBytes(path, file.ok ? ok(file.value.bytes) : file, run);
}

function loadBytes(path: string, bytes: Outcome<Uint8Array, FileRefusal>, run: Run): boolean {
  if (!bytes.ok) return fail(run, `Failed to load policy into kernel '${path}': ${fileRefusalText(bytes.error)}`);
  if (bytes.value.length === 0) return true;
  const done = submit(bytes.value, { kernel: run.has("dry") ? undefined : run.kernel, how: "replace" });
  if (done.ok) return true;
  const { error } = done;
  const why = "errno" in error ? errnoText(error.errno) : refusalText(error);
  return fail(run, `Failed to load policy into kernel '${path}': ${why}`);
}

/** The files of a directory in byte order, without those all tools pass over. None at all is an answer nobody can have wanted. */
function loadFiles(directory: string, run: Run): boolean {
  const listing = run.io.files.list(directory);
  if (!listing.ok) return fail(run, `Failed to open directory '${directory}': ${fileRefusalText(listing.error)}`);
  const blobs = listing.value.filter(({ name, kind }) => kind === "file" && skippedName(name) === undefined);
  if (blobs.length === 0) return fail(run, `'${directory}' holds no policy for this kernel; nothing was loaded`);
  let fine = true;
  for (const { name } of blobs) fine = loadEntry(`${directory}/${name}`, run) && fine;
  return fine;
}

/** A cache, of which the part that was made for this kernel counts, or a plain directory of blobs. */
function loadDirectory(directory: string, run: Run): boolean {
  const features = run.kernel.features();
  // Which part was made for this kernel is not known, then; none is not the answer.
  if (!features.ok && features.error.kind !== "no-apparmor") {
    return fail(run, `Failed to load policy into kernel '${directory}': ${refusalText(features.error)}`);
  }
  const own = features.ok ? openCache(run.io.files, directory, features.value) : ok(undefined);
  if (!own.ok) return fail(run, `Failed to open directory '${directory}': ${fileRefusalText(own.error)}`);
  if (own.value !== undefined) return loadFiles(own.value, run);
  const stored = run.io.files.read(`${directory}/.features`);
  const foreign = stored.ok && features.ok && Buffer.from(stored.value).toString() !== features.value;
  if (foreign && !run.has("force")) {
    return fail(run, `'${directory}' was made for another kernel; use --force to load it anyway`);
  }
  return loadFiles(directory, run);
}

function loadOperand(path: string, status: Outcome<FileStatus, FileRefusal>, run: Run): boolean {
  if (!status.ok) return loadBytes(path, status, run);
  return status.value.kind === "directory" ? loadDirectory(path.replace(/\/+$/, ""), run) : loadNamed(path, run);
}

function loadAll({ operands, io, has }: ToolCall): number {
  const paths = operands.flatMap((operand) => operand.split(":").filter((part) => part !== ""));
  const run = { io, kernel: io.kernelAt({}), has };
  const named = (paths.length > 0 ? paths : DEFAULTS).map((path) => ({ path, status: io.files.status(path) }));
  const present = named.filter(({ status }) => paths.length > 0 || status.ok || !isAbsent(status.error));
  if (present.length === 0) fail(run, `none of ${DEFAULTS.join(", ")} is there; nothing was loaded`);
  let fine = present.length > 0;
  for (const { path, status } of present) {
    const done = loadOperand(path, status, run);
    if (done && (has("verbose") || has("debug"))) io.err(`Success - Loaded policy cache '${displayText(path)}'\n`);
    fine &&= done;
  }
  return fine ? 0 : 1;
}

export const tool: Tool = {
  name: "aa-load",
  options,
  help: HELP,
  examples: [["aa-load -n -v", "what would be loaded from the usual caches"]],
  operands: "any",
  wrong: (text, io) => {
    io.err([...say`aa-load: ${text ?? ""}\n`, HELP]);
    return 1;
  },
  run: loadAll,
};
