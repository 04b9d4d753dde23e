/**
 * The command `rcapparmor` (tools 9.2): what a boot does with policy, and what an administrator asks of it afterwards. The
 * profiles of the directory are compiled in this process, through the cache.
 */
import { type Outcome, ok } from "../../foundation/basics/index.ts";
import type { FileRefusal } from "../../foundation/ports/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { configuredCaches } from "./apparmor-parser/index.ts";
import { errnoText, fileRefusalText, isAbsent } from "../errno-texts.ts";
import {
  type BrokenFile,
  defaultPolicySettings,
  loadEngine,
  loadPolicySet,
  refusalText,
  skippedName,
  submit,
} from "../../app/index.ts";
import { nodeDigest } from "../../host/index.ts";
import type { CliIo } from "../io.ts";
import { runOwnParser } from "./own-parser.ts";
import { tool as status } from "./aa-status.ts";
import { tool as teardown } from "./aa-teardown.ts";
import { type Tool, type ToolCall, runTool } from "./tool.ts";

const PROFILES = "/etc/apparmor.d";
const USAGE = "Usage: rcapparmor start|stop|restart|reload|force-reload|try-restart|kill|status\n";
const HELP = `${USAGE}
Loads the profiles of /etc/apparmor.d, each file for itself, unloads them, or
shows what is loaded.

  -h, --help   print this
`;

const CONTAINER = "/run/systemd/container";

/** In a container without policy of its own, loading would change the host's. What cannot be read says neither. */
function inForeignContainer(io: CliIo): Outcome<boolean, FileRefusal> {
  const container = io.files.status(CONTAINER);
  if (!container.ok) return isAbsent(container.error) ? ok(false) : container;
  const directory = io.kernelAt({}).directory();
  if (directory === undefined) return ok(true);
  const texts: string[] = [];
  for (const name of [".ns_stacked", ".ns_name"]) {
    const bytes = io.files.read(`${directory}/${name}`);
    if (!bytes.ok && !isAbsent(bytes.error)) return bytes;
    texts.push(bytes.ok ? decodeBytes(bytes.value).trim() : "");
  }
  const [stacked = "", name = ""] = texts;
  return ok(!(stacked === "yes" && /^(?:lxd|incus|lxc)-/.test(name)));
}

/** The status to leave with where nothing is to be loaded. */
function beforeLoading(io: CliIo): number | undefined {
  const foreign = inForeignContainer(io);
  if (!foreign.ok) {
    const { errno, path } = foreign.error;
    io.err(`Error: ${displayText(path)} cannot be read (${errnoText(errno)}), so it is unknown whose policy this is\n`);
    return 1;
  }
  if (foreign.value) io.out("Not starting AppArmor in container\n");
  return foreign.value ? 0 : undefined;
}

/** Loads the directory; the exit status. */
async function loadAll(action: "--add" | "--replace", io: CliIo): Promise<number> {
  const quiet = io.environment["RCAPPARMOR_QUIET"] === undefined ? [] : ["--quiet"];
  const argv = [...quiet, "--write-cache", action, "--", PROFILES];
  const listing = io.files.list(PROFILES);
  if (listing.ok && listing.value.every(({ kind, name }) => kind === "directory" || skippedName(name) !== undefined)) {
    io.err(`Error: there are no profiles in ${PROFILES}\n`);
    return 1;
  }
  const failed = await runOwnParser(argv, io);
  if (failed === 0) return 0;
  io.err("Error: At least one profile failed to load\n");
  await tellBroken(io);
  return 1;
}

/** Says what is in force of each file that is broken, and whose it is. */
async function tellBroken(io: CliIo): Promise<void> {
  const kernel = io.kernelAt({});
  const features = kernel.features();
  if (!features.ok) return;
  const settings = defaultPolicySettings({
    base: PROFILES,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  const { restoreBroken } = await loadPolicySet();
  const engine = await loadEngine();
  const replace = (stream: Uint8Array): ReturnType<typeof submit> => submit(stream, { kernel, how: "replace" });
  const world = {
    engine,
    settings,
    files: io.files,
    kernel,
    replace,
    digest: nodeDigest,
    caches: configuredCaches(io),
  };
  for (const file of restoreBroken(world)) {
    const owner = ownerOf(file.path, io);
    const whose = owner === undefined ? "" : ` (of the package ${displayText(owner)})`;
    io.err(`${displayText(file.path)}${whose} is broken: ${whyText(file.reason)}; ${inForceText(file)}\n`);
  }
}

function whyText(why: string | FileRefusal): string {
  return displayText(typeof why === "string" ? why : `${why.path}: ${fileRefusalText(why)}`);
}

function inForceText({ inForce, why }: BrokenFile): string {
  switch (inForce) {
    case "kept":
      return "its last good policy stays in force";
    case "restored":
      return "its last good policy was loaded from the cache";
    case "none":
      return `nothing of it is in force: ${whyText(why ?? "")}`;
  }
}

const DPKG = "/var/lib/dpkg/info";

/** The package of Debian's that a file of configuration came with. */
function ownerOf(path: string, io: CliIo): string | undefined {
  const listing = io.files.list(DPKG);
  if (!listing.ok) return undefined;
  for (const { name } of listing.value) {
    if (!name.endsWith(".conffiles")) continue;
    const bytes = io.files.read(`${DPKG}/${name}`);
    if (bytes.ok && decodeBytes(bytes.value).split("\n").includes(path))
      return name.replace(/(?::[^:]*)?\.conffiles$/, "");
  }
  return undefined;
}

function unavailable(why: string, io: CliIo): number {
  io.err(`AppArmor is not available: ${displayText(why)}\n`);
  return 1;
}

async function start(io: CliIo): Promise<number> {
  const early = beforeLoading(io);
  if (early !== undefined) return early;
  io.out("Starting AppArmor\n");
  const profiles = io.kernelAt({}).profiles();
  if (!profiles.ok) return unavailable(refusalText(profiles.error), io);
  if (io.kernelAt({}).enabled() !== true) {
    return unavailable("/sys/module/apparmor/parameters/enabled does not say that it is enabled", io);
  }
  if (profiles.value.length > 0) {
    io.out("Skipped: : already loaded with profiles.\n");
    return 0;
  }
  io.out("Loading AppArmor profiles \n");
  return loadAll("--add", io);
}

async function reload(io: CliIo): Promise<number> {
  const early = beforeLoading(io);
  if (early !== undefined) return early;
  io.out("Restarting AppArmor\n");
  const profiles = io.kernelAt({}).profiles();
  if (!profiles.ok) return unavailable(refusalText(profiles.error), io);
  io.out("Reloading AppArmor profiles \n");
  return loadAll("--replace", io);
}

function run({ argv, io }: ToolCall): number | Promise<number> {
  const [action = "", ...others] = argv;
  // Who names a profile here means it alone, and everything would be unloaded.
  if (others.length > 0) {
    io.err(`${USAGE}rcapparmor: ${displayText(action)} is about all profiles, and takes no others: nothing was done\n`);
    return 1;
  }
  switch (action) {
    case "start":
      return start(io);
    case "restart":
    case "reload":
    case "force-reload":
    case "try-restart":
      return reload(io);
    case "stop":
    case "kill":
      return runTool(teardown, [], io);
    case "status":
      return runTool(status, ["--verbose"], io);
    default:
      return refuseWords(undefined, io);
  }
}

function refuseWords(_: string | undefined, io: CliIo): number {
  io.err(USAGE);
  return 1;
}

export const tool: Tool = {
  name: "rcapparmor",
  options: [{ key: "help", long: "help", short: "h" }],
  help: HELP,
  examples: [
    ["rcapparmor reload", "load the profiles of /etc/apparmor.d again"],
    ["rcapparmor status", "what is loaded"],
  ],
  operands: "program",
  wrong: refuseWords,
  run,
};
