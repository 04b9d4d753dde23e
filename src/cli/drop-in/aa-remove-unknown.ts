/**
 * The command `aa-remove-unknown` (tools 9.5): unloads what is loaded and stands in no profile file. What other programs
 * load for themselves is left alone unless it is asked for: containers lose their confinement otherwise.
 */
import { fullNames } from "../../app/index.ts";
import { compareBytes, displayText } from "../../foundation/text/index.ts";
import { compilePool } from "../../service/index.ts";
import { scanOptions } from "../getopt.ts";
import { listInputs } from "../inputs.ts";
import type { CliIo } from "../io.ts";

const specs = [
  { key: "dry", short: "n" },
  { key: "all", long: "all" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-remove-unknown [-n] [--all] [-h]

Unloads profiles that are loaded and stand in no file of /etc/apparmor.d.

  -n       only print what would be removed
  --all    also what other programs load for themselves (containers, snaps, virtual machines)
  -h       print this
`;

const BASE = "/etc/apparmor.d";

/** Profiles that their owners make and unmake: libvirt, Docker, Podman, containerd, CRI-O, LXC, Incus, LXD, snapd. */
const OWNED =
  /^(?:libvirt-[0-9a-f-]+|docker-default|containers-default-.*|cri-containerd\.apparmor\.d|crio-default.*|nerdctl-default|buildkit-default|lxc-.*|lxd-.*|incus-.*|snap\.|snap-update-ns\.|.*snap-confine.*|virt-aa-helper)/;
const LIBVIRT = /^libvirt-[0-9a-f-]+/;

/** The names in the profile directory; `undefined` when a file of it cannot be read. */
async function knownNames(io: CliIo): Promise<ReadonlySet<string> | undefined> {
  const pool = compilePool(1);
  const policy = {
    base: BASE,
    includePath: [],
    kernelFeatures: "",
    policyFeatures: { kind: "default" },
    overrideAbi: false,
    namespace: undefined,
    forceComplain: false,
    readImpliesExec: false,
    workingDirectory: io.workingDirectory,
    encoding: {},
  } as const;
  const requests = listInputs([BASE], io).flatMap((input) => {
    const bytes = input.kind === "file" ? io.files.read(input.path) : undefined;
    if (input.kind !== "file" || bytes?.ok !== true) return [];
    return [{ path: input.path, bytes: bytes.value, policy, goal: "check" as const, observe: false }];
  });
  const names = new Set<string>();
  let fine = true;
  for await (const { source } of pool.run(requests)) {
    fine &&= source.ok;
    for (const profile of source.profiles) for (const name of fullNames(profile)) names.add(name);
  }
  return fine ? names : undefined;
}

/** Runs the command; the exit status. */
export async function runAaRemoveUnknown(words: readonly string[], io: CliIo): Promise<number> {
  const events = scanOptions<string>(specs, words);
  if (events.some((event) => event.kind !== "option")) {
    io.err(HELP);
    return 1;
  }
  const keys = new Set(events.flatMap((event) => (event.kind === "option" ? [event.key] : [])));
  if (keys.has("help")) {
    io.out(HELP);
    return 0;
  }
  const kernel = io.kernelAt({});
  const loaded = kernel.profiles();
  if (!loaded.ok) {
    io.err("ERROR: Unable to read apparmorfs profiles file\n");
    return 1;
  }
  const known = await knownNames(io);
  if (known === undefined) {
    io.err("apparmor_parser exited with failure, aborting.\n");
    return 1;
  }
  const owned = keys.has("all") ? LIBVIRT : OWNED;
  const unknown = loaded.value.map(({ name }) => name).filter((name) => !known.has(name) && !owned.test(name));
  // Children come before their parents, which would take them along.
  for (const name of unknown.toSorted((a, b) => compareBytes(b, a))) {
    io.out(`${keys.has("dry") ? "Would remove" : "Removing"} '${displayText(name)}'\n`);
    if (keys.has("dry")) continue;
    const removed = kernel.remove(name);
    if (!removed.ok && removed.error.kind === "not-permitted") {
      io.err("ERROR: Unable to write to apparmorfs remove file\n");
      return 1;
    }
  }
  return 0;
}
