/**
 * The command `aa-remove-unknown` (tools 9.5): unloads what is loaded and no profile file defines. What other programs
 * load for themselves is left alone unless it is asked for: containers lose their confinement otherwise.
 */
import { defaultPolicySettings, fullNames, loadEngine, refusalText, skippedName } from "../../app/index.ts";
import type { FileRefusal, FileStorePort, FilesPort, KernelPort } from "../../foundation/ports/index.ts";
import { compareBytes, displayText } from "../../foundation/text/index.ts";
import { errnoText } from "../errno-texts.ts";
import { listInputs } from "../inputs.ts";
import type { CliIo } from "../io.ts";
import { stillLoaded } from "./still-loaded.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "dry", short: "n" },
  { key: "all", long: "all" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-remove-unknown [-n] [--all] [-h]

Unloads loaded profiles that no file in /etc/apparmor.d defines.

  -n       only print what would be removed
  --all    also what other programs load for themselves (containers, snaps, virtual machines)
  -h       print this
`;

const BASE = "/etc/apparmor.d";

/** Profiles that their owners make and unmake: libvirt, Docker, Podman, containerd, CRI-O, LXC, Incus, LXD, snapd. */
const OWNED =
  /^(?:libvirt-[0-9a-f-]+|docker-default|containers-default-.*|cri-containerd\.apparmor\.d|crio-default.*|nerdctl-default|buildkit-default|lxc-.*|lxd-.*|incus-.*|snap\.|snap-update-ns\.|.*snap-confine.*|virt-aa-helper)/;
const LIBVIRT = /^libvirt-[0-9a-f-]+/;

type Named =
  | { readonly ok: true; readonly names: ReadonlySet<string> }
  /** Why the names of some file are not known. */
  | { readonly ok: false; readonly why: string; readonly isParserFailure: boolean };

const unknown = (path: string, errno: string): Named => ({
  ok: false,
  why: `${displayText(path)} cannot be read: ${errnoText(errno)}`,
  isParserFailure: false,
});

/** The files a policy is read from, and the first of them that is there, or may be there, and cannot be read. */
function watchReading(files: FileStorePort): {
  readonly files: FilesPort;
  readonly refusal: () => FileRefusal | undefined;
} {
  let first: FileRefusal | undefined;
  const note = (refusal: FileRefusal): void => {
    // Policy may include what need not be there; anything else that was refused may hold names.
    if (refusal.errno !== "ENOENT" && refusal.errno !== "ENOTDIR") first ??= refusal;
  };
  return {
    refusal: () => first,
    files: {
      read: (path) => {
        const bytes = files.read(path);
        if (!bytes.ok) note(bytes.error);
        return bytes;
      },
      list: (path) => {
        const entries = files.list(path);
        if (!entries.ok) note(entries.error);
        const leading = entries.ok
          ? entries.value.find(({ kind, name }) => kind === "dangling" && skippedName(name) === undefined)
          : undefined;
        if (leading !== undefined) first ??= { path: `${path}/${leading.name}`, errno: "ENOENT" };
        return entries;
      },
      kind: (path) => {
        const status = files.status(path);
        if (!status.ok) note(status.error);
        return status.ok ? status.value.kind : undefined;
      },
    },
  };
}

/** The names in the profile directory. What cannot be read, or read as policy, may hold any name. */
async function knownNames(io: CliIo): Promise<Named> {
  const inputs = listInputs([BASE], io);
  const paths = inputs.flatMap((input) => (input.kind === "file" ? [input.path] : []));
  for (const input of inputs) {
    if (input.kind === "missing") return unknown(input.path, input.errno);
    if (input.kind === "broken-directory") return unknown(`an entry of ${input.path}`, input.errno);
  }
  const engine = await loadEngine();
  const { files, refusal } = watchReading(io.files);
  const names = new Set<string>();
  for (const path of paths) {
    const bytes = files.read(path);
    if (!bytes.ok) return unknown(path, bytes.error.errno);
    const source = engine.check(
      { path, bytes: bytes.value },
      defaultPolicySettings({ base: BASE, kernelFeatures: "", workingDirectory: io.workingDirectory }),
      files,
    );
    const refused = refusal();
    if (refused !== undefined) return unknown(refused.path, refused.errno);
    const [wrong] = source.diagnostics.filter(({ severity }) => severity === "error");
    if (wrong !== undefined)
      return { ok: false, why: `${displayText(path)}: ${displayText(wrong.message)}`, isParserFailure: true };
    for (const name of source.profiles.flatMap(fullNames)) names.add(name);
  }
  if (names.size === 0) return { ok: false, why: `there are no profiles in ${BASE}`, isParserFailure: false };
  return { ok: true, names };
}

/** Unloads one profile. `missed`: the kernel says that there is none, for a child may have gone with its parent. */
function removeOne(name: string, kernel: KernelPort, io: CliIo): "removed" | "missed" | "refused" {
  const removed = kernel.remove(name);
  if (removed.ok) return "removed";
  if (removed.error.kind === "policy-rejected" && removed.error.errno === "ENOENT") return "missed";
  io.err(
    removed.error.kind === "not-permitted"
      ? "ERROR: Unable to write to apparmorfs remove file\n"
      : `ERROR: '${displayText(name)}' was not removed: ${displayText(refusalText(removed.error))}\n`,
  );
  return "refused";
}

async function run({ has, io }: ToolCall): Promise<number> {
  const kernel = io.kernelAt({});
  const loaded = kernel.profiles();
  if (!loaded.ok) {
    io.err("ERROR: Unable to read apparmorfs profiles file\n");
    return 1;
  }
  const known = await knownNames(io);
  if (!known.ok) {
    io.err(`ERROR: ${known.why}${known.isParserFailure ? "" : "; nothing was removed"}\n`);
    if (known.isParserFailure) io.err("apparmor_parser exited with failure, aborting.\n");
    return 1;
  }
  const owned = has("all") ? LIBVIRT : OWNED;
  const strange = loaded.value.map(({ name }) => name).filter((name) => !known.names.has(name) && !owned.test(name));
  const missed: string[] = [];
  // Children come before their parents, which would take them along.
  for (const name of strange.toSorted((a, b) => compareBytes(b, a))) {
    io.out(`${has("dry") ? "Would remove" : "Removing"} '${displayText(name)}'\n`);
    const done = has("dry") ? "removed" : removeOne(name, kernel, io);
    if (done === "refused") return 1;
    if (done === "missed") missed.push(name);
  }
  const left = stillLoaded(missed, kernel);
  for (const why of left.ok ? left.value.map((name) => `'${name}' is still loaded`) : [left.error]) {
    io.err(`ERROR: ${displayText(why)}\n`);
  }
  return left.ok && left.value.length === 0 ? 0 : 1;
}

export const tool: Tool = {
  name: "aa-remove-unknown",
  options,
  help: HELP,
  operands: "none",
  wrong: (_, io) => {
    io.err(HELP);
    return 1;
  },
  run,
};
