/**
 * The command `rcapparmor` (tools 9.2): what a boot does with policy, and what an administrator asks of it afterwards. The
 * profiles of the directory are compiled in this process, through the cache.
 */
import { runParser } from "./apparmor-parser/index.ts";
import { compilePool } from "../../service/index.ts";
import type { CliIo } from "../io.ts";
import { runAaStatus } from "./aa-status.ts";
import { runAaTeardown } from "./aa-teardown.ts";

const PROFILES = "/etc/apparmor.d";
const USAGE = "Usage: rcapparmor {start|stop|restart|reload|force-reload|try-restart|kill|status}\n";

/** In a container without policy of its own, loading would change the host's. */
function inForeignContainer(io: CliIo): boolean {
  if (io.files.kind("/run/systemd/container") === undefined) return false;
  const directory = io.kernelAt({}).directory();
  const small = (name: string): string => {
    const bytes = io.files.read(`${directory}/${name}`);
    return bytes.ok ? Buffer.from(bytes.value).toString().trim() : "";
  };
  return !(small(".ns_stacked") === "yes" && /^(?:lxd|incus|lxc)-/.test(small(".ns_name")));
}

/** Loads the directory; the exit status. */
async function loadAll(action: "--add" | "--replace", io: CliIo): Promise<number> {
  const quiet = io.environment["RCAPPARMOR_QUIET"] === undefined ? [] : ["--quiet"];
  const words = [...quiet, "--write-cache", action, "--", PROFILES];
  const status = await runParser(words, { io, openPool: compilePool });
  if (status === 0) return 0;
  io.err("Error: At least one profile failed to load\n");
  return 1;
}

async function start(io: CliIo): Promise<number> {
  if (inForeignContainer(io)) {
    io.out("Not starting AppArmor in container\n");
    return 0;
  }
  io.out("Starting AppArmor\n");
  const profiles = io.kernelAt({}).profiles();
  if (io.kernelAt({}).enabled() !== true || !profiles.ok) {
    io.err("AppArmor is not available\n");
    return 1;
  }
  if (profiles.value.length > 0) {
    io.out("Skipped: : already loaded with profiles.\n");
    return 0;
  }
  io.out("Loading AppArmor profiles \n");
  return loadAll("--add", io);
}

async function reload(io: CliIo): Promise<number> {
  if (inForeignContainer(io)) {
    io.out("Not starting AppArmor in container\n");
    return 0;
  }
  io.out("Restarting AppArmor\n");
  if (io.kernelAt({}).directory() === undefined) {
    io.err("AppArmor is not available\n");
    return 1;
  }
  io.out("Reloading AppArmor profiles \n");
  return loadAll("--replace", io);
}

/** Runs the command; the exit status. */
export async function runRcapparmor(words: readonly string[], io: CliIo): Promise<number> {
  switch (words[0] ?? "") {
    case "start":
      return start(io);
    case "restart":
    case "reload":
    case "force-reload":
    case "try-restart":
      return reload(io);
    case "stop":
    case "kill":
      return runAaTeardown([], io);
    case "status":
      return runAaStatus(["--verbose"], io);
    default:
      io.err(USAGE);
      return 1;
  }
}
