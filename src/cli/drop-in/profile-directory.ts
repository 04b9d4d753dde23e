/**
 * What the tools that work on profiles have in common (tools 2.2, 2.3, 2.4, 2.5): the directory, its profiles, and what an operand means: a file of
 * profiles, a program, the name of a profile.
 */
import {
  type PolicySettings,
  type ProfileOutline,
  defaultPolicySettings,
  fullNames,
  loadEngine,
  loadLinter,
  skippedName,
} from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { compareBytes, displayText } from "../../foundation/text/index.ts";
import { compilePool, packageDirectory } from "../../service/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { runParser } from "./apparmor-parser/index.ts";

export const directoryOptions = [
  { key: "dir", long: "dir", short: "d", value: "required" },
  { key: "configdir", long: "configdir", value: "required" },
] as const;

/** A file of the directory, as far as it could be read. */
interface PolicyFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly profiles: readonly ProfileOutline[];
}

export interface ProfileDirectory {
  readonly path: string;
  readonly settings: PolicySettings;
  readonly files: readonly PolicyFile[];
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

/** Reads the profiles of a directory. What cannot be read is said, and passed over. */
export async function openDirectory(given: string | undefined, io: CliIo): Promise<Outcome<ProfileDirectory, string>> {
  const path = absolute(given ?? "/etc/apparmor.d", io);
  const listing = io.files.list(path);
  if (!listing.ok) return fail(`Can't find AppArmor profiles in ${path}: ${fileRefusalText(listing.error)}`);
  const features = io.featureText(`${packageDirectory()}${NEWEST}`);
  if (!features.ok) return fail(fileRefusalText(features.error));
  const settings = defaultPolicySettings({
    base: path,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  const engine = await loadEngine();
  const disabled = io.files.list(`${path}/disable`);
  const off = new Set(disabled.ok ? disabled.value.map(({ name }) => name) : []);
  const names = listing.value
    .filter(({ name, kind }) => kind === "file" && skippedName(name) === undefined && !off.has(name))
    .map(({ name }) => name)
    .toSorted(compareBytes);
  const files = names.flatMap((name): readonly PolicyFile[] => {
    const file = `${path}/${name}`;
    const bytes = io.files.read(file);
    const skip = (reason: string): readonly PolicyFile[] => {
      io.out(`skipping unparseable profile ${displayText(`${file} (${reason})`)}\n`);
      return [];
    };
    if (!bytes.ok) return skip(fileRefusalText(bytes.error));
    const read = engine.check({ path: file, bytes: bytes.value }, settings, io.files);
    const wrong = read.diagnostics.find(({ severity }) => severity === "error");
    return wrong === undefined ? [{ path: file, bytes: bytes.value, profiles: read.profiles }] : skip(wrong.message);
  });
  return ok({ path, settings, files });
}

/** What of the directory is meant. */
export interface Choice {
  readonly file: PolicyFile;
  /** Whole names; `undefined`: all of the file. */
  readonly profiles: readonly string[] | undefined;
  /** What it was found by. */
  readonly program: string | undefined;
}

/** A program: the path that leads to it, without links. */
type Program = { readonly program: string };

/** What the operand is, where it is no profile that is there; or why it is nothing. */
type Meant = Choice | Program | string;

export function fileNamed(directory: ProfileDirectory, path: string): PolicyFile | undefined {
  return directory.files.find((file) => file.path === path);
}

/** The profile of that whole name. */
export function profileNamed(directory: ProfileDirectory, name: string): Choice | undefined {
  const file = directory.files.find(({ profiles }) => profiles.some((one) => fullNames(one).includes(name)));
  return file && { file, profiles: [name], program: undefined };
}

/** The profile of a program: one that names it exactly, else the first whose pattern holds it. */
export async function profileOf(directory: ProfileDirectory, program: string): Promise<Choice | undefined> {
  const { attaches } = await loadLinter();
  const all = directory.files.flatMap((file) => file.profiles.map((profile) => ({ file, profile })));
  const found =
    all.find(({ profile }) => profile.attachment === program) ??
    all.find(({ profile: { attachment } }) => attachment !== undefined && attaches(attachment, program));
  return found && { file: found.file, profiles: [found.profile.name], program };
}

/** `/usr/local/bin/notes` is kept in `usr.local.bin.notes` (tools 2.5). */
export function fileNameOf(program: string): string {
  return program.replace(/^\//, "").replaceAll("/", ".");
}

/** The program that `PATH` leads to, without links. */
export function pathOf(name: string, io: CliIo): string | undefined {
  const places = (io.environment["PATH"] ?? "").split(":").filter((place) => place !== "");
  const found = places.map((place) => `${place}/${name}`).find((path) => io.files.kind(path) === "file");
  return found === undefined ? undefined : io.realPath(found);
}

/** What an operand means (tools 2.4). */
export async function meaningOf(operand: string, directory: ProfileDirectory, io: CliIo): Promise<Meant> {
  const isThere = io.files.kind(operand) !== undefined;
  if (isThere || operand.startsWith("/")) {
    const path = absolute(operand, io);
    if (path.startsWith(`${directory.path}/`)) return inDirectory(directory, path);
    const named = (await profileOf(directory, path)) ?? derived(directory, path);
    if (named !== undefined) return named;
    return isThere ? { program: path } : `${operand} does not exist, please double-check the path.`;
  }
  const profile = profileNamed(directory, operand);
  if (profile !== undefined) return profile;
  const program = operand.includes("/") ? undefined : pathOf(operand, io);
  if (program !== undefined) return (await profileOf(directory, program)) ?? derived(directory, program) ?? { program };
  const inside = fileNamed(directory, `${directory.path}/${operand}`);
  if (inside !== undefined) return { file: inside, profiles: undefined, program: undefined };
  if (operand.includes("/")) return `${operand} does not exist, please double-check the path.`;
  return `Can't find ${operand} in the system path list. If the name of the application is correct, please run 'which ${operand}' as a user with correct PATH environment set up in order to find the fully-qualified path and use the full path as parameter.`;
}

function inDirectory(directory: ProfileDirectory, path: string): Meant {
  const file = fileNamed(directory, path);
  return file === undefined
    ? `${path} holds no profile that can be read.`
    : { file, profiles: undefined, program: undefined };
}

function derived(directory: ProfileDirectory, program: string): Choice | undefined {
  const file = fileNamed(directory, `${directory.path}/${fileNameOf(program)}`);
  return file && { file, profiles: undefined, program };
}

/** Loads the profiles of a file in place of those that are in force; whether that went well. */
export async function reload(path: string, directory: ProfileDirectory, io: CliIo): Promise<boolean> {
  const argv = ["-I", directory.path, "--base", directory.path, "-r", "--", path];
  return (await runParser(argv, { io, openPool: compilePool })) === 0;
}
