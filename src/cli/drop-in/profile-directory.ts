/**
 * What the tools that work on profiles have in common (tools 2.2, 2.3, 2.4, 2.5): the directory, its profiles, and what an operand means: a file of
 * profiles, a program, the name of a profile.
 */
import {
  type PolicyEngine,
  type PolicySettings,
  type SetDepth,
  type SetFile,
  type SetWorld,
  defaultPolicySettings,
  fullNames,
  loadEngine,
  loadPolicySet,
  skippedName,
} from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { displayText, withoutTrailing } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { fileRefusalText, isAbsent } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { isOfSystem, pathInSystem } from "../system-paths.ts";

export const directoryOptions = [
  { key: "dir", long: "dir", short: "d", value: "required" },
  { key: "configdir", long: "configdir", value: "required" },
] as const;

export interface ProfileDirectory {
  readonly path: string;
  readonly settings: PolicySettings;
  /** The directory that holds all of the system it belongs to; empty: that is this one. */
  readonly root: string;
  /** Those that are switched off come behind the others: where both have a profile, the one in force is meant. */
  readonly files: readonly SetFile[];
  /** Whether a file's rules are right, too, which is asked of what is chosen alone. Where they are not, that is said once, and nothing in it is found. */
  readonly isFine: (file: SetFile) => boolean;
  /** All of them could be opened, with what they include. Where not, tools do what they can and their status says so. */
  readonly isWhole: boolean;
  readonly world: SetWorld;
}

/** The newest kernel whose features the package knows: what is so there does not depend on where a tool runs. */
const NEWEST = "policy/abi/5.0";

/** Says what went wrong as these tools do; the exit status. */
export function refuse(text: string, io: CliIo): 1 {
  io.err(`\nERROR: ${displayText(text)}\n`);
  return 1;
}

function absolute(path: string, io: CliIo): string {
  const whole = path.startsWith("/") ? path : `${io.workingDirectory}/${path}`;
  return io.realPath(whole) ?? whole.replace(/(?<=.)\/+$/, "");
}

interface Opening {
  /** A directory that holds all of another system; default: this one. */
  readonly root?: string | undefined;
  /** Hears what cannot be read; default: standard output. */
  readonly sayLine?: (line: string) => void;
  /** Default: headers. */
  readonly depth?: SetDepth;
  /** What reads policy, where the caller has loaded it with what it does; default: what there is. */
  readonly reader?: Pick<Awaited<ReturnType<typeof loadPolicySet>>, "readPolicySet" | "ruleFlaw"> & {
    readonly engine: PolicyEngine;
  };
}

/** Reads the profiles of a directory, or their headers. What cannot be read is said, and passed over. */
export async function openDirectory(
  given: string | undefined,
  io: CliIo,
  { depth = "headers", reader, root: tree = "/", sayLine = io.out }: Opening = {},
): Promise<Outcome<ProfileDirectory, string>> {
  const root = withoutTrailing(absolute(tree, io), "/");
  const path = absolute(given ?? `${root}/etc/apparmor.d`, io);
  const features = io.featureText(`${packageDirectory()}${NEWEST}`);
  if (!features.ok) return fail(`${features.error.path}: ${fileRefusalText(features.error)}`);
  const settings = defaultPolicySettings({
    base: path,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  const { engine, readPolicySet, ruleFlaw } = reader ?? { ...(await loadPolicySet()), engine: await loadEngine() };
  const set = readPolicySet({ settings, files: io.files, engine }, depth);
  if (!set.ok) return fail(`Can't find AppArmor profiles in ${path}: ${fileRefusalText(set.error)}`);
  const { files, hidden, skipped, world } = set.value;
  const [mark] = hidden;
  if (mark !== undefined) return fail(`Can't tell which profiles are in force: ${mark.path}: ${fileRefusalText(mark)}`);
  const saySkipped = (file: string, why: string): void =>
    sayLine(`skipping unparseable profile ${displayText(`${file} (${why})`)}\n`);
  for (const { path: file, reason, refusal } of skipped)
    saySkipped(file, refusal === undefined ? reason : fileRefusalText(refusal));
  const known = new Map<string, boolean>();
  const isFine = (file: SetFile): boolean => {
    const before = known.get(file.path);
    if (before !== undefined) return before;
    const flaw = depth === "headers" ? ruleFlaw(file, world) : undefined;
    if (flaw !== undefined) saySkipped(file.path, flaw.reason);
    known.set(file.path, flaw === undefined);
    return flaw === undefined;
  };
  const isWhole = skipped.every(({ isUnread }) => !isUnread);
  const inOrder = [...files.filter(isOn), ...files.filter((file) => !isOn(file))];
  return ok({ path, root, settings, files: inOrder, isFine, isWhole, world });
}

function isOn({ state }: SetFile): boolean {
  return state !== "disabled";
}

/** What of the directory is meant. */
export interface Choice {
  readonly file: SetFile;
  /** Whole names; `undefined`: all of the file. */
  readonly profiles: readonly string[] | undefined;
  /** What it was found by. */
  readonly program: string | undefined;
}

/** A program: the path that leads to it, without links. */
type Program = { readonly program: string };

/** A directory, or a file that every tool passes over: such are among the operands where all of a directory is named, as `/etc/apparmor.d/*`. */
type PassedOver = { readonly passedOver: string };

/** What the operand is, where it is no profile that is there; or why it is nothing. */
type Meant = Choice | Program | PassedOver | string;

/** A file of the directory by its path. */
export function fileNamed(directory: ProfileDirectory, path: string): SetFile | undefined {
  return directory.files.find((file) => file.path === path && directory.isFine(file));
}

/** The profile of that whole name. */
export function profileNamed(directory: ProfileDirectory, name: string): Choice | undefined {
  const file = directory.files.find(
    (one) => one.outlines.some((outline) => fullNames(outline).includes(name)) && directory.isFine(one),
  );
  return file && { file, profiles: [name], program: undefined };
}

/** The profile of a program: one that names it exactly, else the first whose pattern holds it. */
export async function profileOf(directory: ProfileDirectory, program: string): Promise<Choice | undefined> {
  const { attaches } = await loadPolicySet();
  const all = directory.files.flatMap((file) => file.outlines.map((profile) => ({ file, profile })));
  const find = (isMeant: (attachment: string) => boolean): (typeof all)[number] | undefined =>
    all.find(
      ({ file, profile: { attachment } }) => attachment !== undefined && isMeant(attachment) && directory.isFine(file),
    );
  const found = find((attachment) => attachment === program) ?? find((attachment) => attaches(attachment, program));
  return found && { file: found.file, profiles: [found.profile.name], program };
}

/** `/usr/local/bin/notes` is kept in `usr.local.bin.notes` (tools 2.5). */
export function fileNameOf(program: string): string {
  return program.replace(/^\//, "").replaceAll("/", ".");
}

/** What leads to it in the directory's system; a path of this machine that is below that system's root is taken, too, as a shell completes it. */
function machinePath(operand: string, root: string, io: CliIo): string {
  return operand.startsWith("/") ? pathInSystem(operand, root, io) : `${io.workingDirectory}/${operand}`;
}

/** The path without links, as the directory's system has it; `undefined`: it is not there, or not in that system. */
export function programIn(operand: string, { root }: Pick<ProfileDirectory, "root">, io: CliIo): string | undefined {
  const path = io.realPath(machinePath(operand, root, io));
  return path !== undefined && isOfSystem(path, root, io) ? path.slice(root.length) : undefined;
}

/** The file of the directory that a path leads to. */
export function fileGiven(path: string, directory: ProfileDirectory, io: CliIo): SetFile | undefined {
  return fileNamed(directory, absolute(machinePath(path, directory.root, io), io));
}

/** The program that `PATH` leads to, without links. */
export function pathOf(name: string, io: CliIo, root = ""): string | undefined {
  const places = (io.environment["PATH"] ?? "").split(":").filter((place) => place !== "");
  const found = places.map((place) => `${root}${place}/${name}`).find((path) => io.files.kind(path) === "file");
  return found === undefined ? undefined : io.realPath(found)?.slice(root.length);
}

/** What an operand means (tools 2.4). */
export async function meaningOf(operand: string, directory: ProfileDirectory, io: CliIo): Promise<Meant> {
  const { root } = directory;
  const place = machinePath(operand, root, io);
  const looked = io.files.status(place);
  // Names of profiles may be longer than any file's.
  if (!looked.ok && !isAbsent(looked.error) && looked.error.errno !== "ENAMETOOLONG")
    return `${operand} cannot be looked at: ${fileRefusalText(looked.error)}`;
  const isThere = looked.ok && isOfSystem(place, root, io);
  if (isThere || operand.startsWith("/")) {
    const path = absolute(place, io);
    if (path.startsWith(`${directory.path}/`)) return inDirectory(directory, path, io);
    const program = path.slice(root.length);
    const named = (await profileOf(directory, program)) ?? derived(directory, program);
    if (named !== undefined) return named;
    return isThere ? { program } : `${operand} does not exist, please double-check the path.`;
  }
  const profile = profileNamed(directory, operand);
  if (profile !== undefined) return profile;
  const program = operand.includes("/") ? undefined : pathOf(operand, io, root);
  if (program !== undefined) return (await profileOf(directory, program)) ?? derived(directory, program) ?? { program };
  const inside = fileNamed(directory, `${directory.path}/${operand}`);
  if (inside !== undefined) return { file: inside, profiles: undefined, program: undefined };
  if (operand.includes("/")) return `${operand} does not exist, please double-check the path.`;
  return `Can't find ${operand} in the system path list. If the name of the application is correct, please run 'which ${operand}' as a user with correct PATH environment set up in order to find the fully-qualified path and use the full path as parameter.`;
}

function inDirectory(directory: ProfileDirectory, path: string, io: CliIo): Meant {
  const file = fileNamed(directory, path);
  if (file !== undefined) return { file, profiles: undefined, program: undefined };
  const name = path.slice(path.lastIndexOf("/") + 1);
  const isPolicy = io.files.kind(path) === "file" && skippedName(name) === undefined;
  return isPolicy ? `${path} holds no profile that can be read.` : { passedOver: path };
}

function derived(directory: ProfileDirectory, program: string): Choice | undefined {
  const file = fileNamed(directory, `${directory.path}/${fileNameOf(program)}`);
  return file && { file, profiles: undefined, program };
}

/** Loads the profiles of files in place of those that are in force, or unloads them; whether that went well. */
export async function reload(
  paths: readonly string[],
  directory: ProfileDirectory,
  io: CliIo,
  action: "-r" | "-R" = "-r",
): Promise<boolean> {
  const argv = ["-I", directory.path, "--base", directory.path, action, "--", ...paths];
  const { runOwnParser } = await import("./own-parser.ts");
  return (await runOwnParser(argv, io)) === 0;
}
