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
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/remove-unknown/1";

const options = [
  { key: "dry", short: "n", long: "dry-run" },
  { key: "all", long: "all" },
  { key: "json", long: "json" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = fitted(`Usage: aa-remove-unknown [OPTION]...

Unloads loaded profiles that no file in /etc/apparmor.d defines. What Docker, containerd, CRI-O, BuildKit, Podman, LXC, Incus, LXD,
libvirt and snapd load for themselves is left alone: containers, snaps and virtual machines would lose their confinement.

  -n, --dry-run   only print what would be removed
      --all       also what these have loaded, but for libvirt's
      --json      print one JSON document instead of text
  -h, --help      print this
`);

const BASE = "/etc/apparmor.d";

/** Profiles that their owners make and unmake, with all that is in them. */
const OWNERS: readonly (readonly [owner: string, names: RegExp])[] = [
  ["libvirt", /^libvirt-[0-9a-f-]+/],
  ["Docker", /^docker-default/],
  ["Podman", /^containers-default-/],
  ["containerd", /^(?:cri-containerd\.apparmor\.d|nerdctl-default)/],
  ["CRI-O", /^crio-default/],
  ["BuildKit", /^buildkit-default/],
  ["LXC", /^lxc-/],
  ["LXD", /^lxd-/],
  ["Incus", /^incus-/],
  ["snapd", /^(?:snap\.|snap-update-ns\.|.*snap-confine)/],
  ["libvirt", /^virt-aa-helper/],
];
const [[, LIBVIRT] = ["", /^$/] as const] = OWNERS;

/** Who has loaded a profile for himself; `undefined`: nobody who is known to. */
function ownerOf(name: string): string | undefined {
  return OWNERS.find(([, names]) => names.test(name))?.[0];
}

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
function removeOne(name: string, kernel: KernelPort): undefined | "missed" | { readonly text: string } {
  const removed = kernel.remove(name);
  if (removed.ok) return undefined;
  if (removed.error.kind === "policy-rejected" && removed.error.errno === "ENOENT") return "missed";
  return removed.error.kind === "not-permitted"
    ? { text: "Unable to write to apparmorfs remove file" }
    : { text: `'${displayText(name)}' was not removed: ${displayText(refusalText(removed.error))}` };
}

/** What is to be done, known before anything is. */
interface RemovalPlan {
  /** Children come before their parents, which would take them along. */
  readonly remove: readonly string[];
  readonly leave: readonly { readonly name: string; readonly owner: string }[];
}

function planOf(loaded: readonly string[], known: ReadonlySet<string>, isAll: boolean): RemovalPlan {
  const strange = loaded.filter((name) => !known.has(name)).toSorted((a, b) => compareBytes(b, a));
  const isLeft = (name: string): boolean => (isAll ? LIBVIRT.test(name) : ownerOf(name) !== undefined);
  return {
    remove: strange.filter((name) => !isLeft(name)),
    leave: strange.filter(isLeft).map((name) => ({ name, owner: ownerOf(name) ?? "libvirt" })),
  };
}

function tellPlan({ leave, remove }: RemovalPlan, { has, io }: ToolCall): void {
  for (const { name, owner } of leave) io.err(`'${displayText(name)}' is left alone: ${owner} has loaded it\n`);
  if (has("dry") || remove.length < 2) return;
  io.err(`${remove.length} profiles are unloaded now: ${remove.map((name) => displayText(name)).join(", ")}\n`);
}

interface Removed {
  readonly removed: readonly string[];
  readonly problems: readonly string[];
}

function removeAll({ remove }: RemovalPlan, kernel: KernelPort, { has, io }: ToolCall): Removed {
  const removed: string[] = [];
  const missed: string[] = [];
  const problem = (text: string): string => {
    io.err(`ERROR: ${text}\n`);
    return text;
  };
  for (const name of remove) {
    if (!has("json")) io.out(`Removing '${displayText(name)}'\n`);
    const refused = removeOne(name, kernel);
    if (refused === undefined) removed.push(name);
    else if (refused === "missed") missed.push(name);
    else return { removed, problems: [problem(refused.text)] };
  }
  const left = stillLoaded(missed, kernel);
  const why = left.ok ? left.value.map((name) => `'${name}' is still loaded`) : [left.error];
  return { removed, problems: why.map((text) => problem(displayText(text))) };
}

function printPlan({ leave, remove }: RemovalPlan, done: Removed, { has, io }: ToolCall): void {
  const document = { ok: done.problems.length === 0, dryRun: has("dry"), remove, leave, ...done };
  io.json(`${JSON.stringify({ schema: SCHEMA, ...document })}\n`);
}

async function run(call: ToolCall): Promise<number> {
  const { has, io } = call;
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
  const names = loaded.value.map(({ name }) => name);
  const plan = planOf(names, known.names, has("all"));
  tellPlan(plan, call);
  if (has("dry") && !has("json")) for (const name of plan.remove) io.out(`Would remove '${displayText(name)}'\n`);
  const done = has("dry") ? { removed: [], problems: [] } : removeAll(plan, kernel, call);
  if (has("json")) printPlan(plan, done, call);
  return done.problems.length === 0 ? 0 : 1;
}

export const tool: Tool = {
  name: "aa-remove-unknown",
  schema: SCHEMA,
  options,
  help: HELP,
  examples: [["aa-remove-unknown -n", "what is loaded, and defined by no file"]],
  operands: "none",
  wrong: (text, io) => {
    io.err(`${HELP}aa-remove-unknown: error: ${displayText(text ?? "takes no operands")}\n`);
    return 1;
  },
  run,
};
