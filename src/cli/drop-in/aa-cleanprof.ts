/**
 * The command `aa-cleanprof` (tools 16): takes rules out of profiles that other rules of the profile say already. What is taken out was tried: the
 * text without it compiles to the same policy. Comments and layout stay.
 */
import { loadLinter } from "../../app/index.ts";
import { displayLines, displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import {
  type Choice,
  type ProfileDirectory,
  directoryOptions,
  fileNamed,
  meaningOf,
  openDirectory,
  profileNamed,
  profileOf,
  refuse,
  reload,
} from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  ...directoryOptions,
  { key: "silent", long: "silent", short: "s" },
  { key: "no-reload", long: "no-reload" },
  { key: "profile", long: "profile", value: "required" },
  { key: "profile-file", long: "profile-file", value: "required" },
  { key: "executable-file", long: "executable-file", value: "required" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-cleanprof [OPTION]... [PROGRAM | PROFILE]...

Takes rules out of profiles that other rules of the same profile say already.

  -d, --dir DIR             profiles are in DIR (/etc/apparmor.d)
  -s, --silent              write without asking
      --no-reload           do not load what was written into the kernel
      --profile NAME        the profile of that name
      --profile-file FILE   all profiles of a file
      --executable-file P   the profile of a program
  -h, --help                print this
`;

interface Chosen {
  readonly choices: readonly Choice[];
  /** Something that was asked for is not there. */
  readonly isShort: boolean;
}

/** What is to be cleaned; what is not there is said. */
async function choose({ operands, value, has, io }: ToolCall, directory: ProfileDirectory): Promise<Chosen> {
  const choices: Choice[] = [];
  let isShort = false;
  const take = (found: Choice | undefined, missing: string): void => {
    if (found !== undefined) choices.push(found);
    else {
      io.out(`${displayText(missing)}\n`);
      isShort = true;
    }
  };
  if (has("profile-file")) {
    const path = value("profile-file") ?? "";
    const whole = io.realPath(path) ?? path;
    const file = fileNamed(directory, whole) ?? fileNamed(directory, `${directory.path}/${path}`);
    take(
      file && { file, profiles: undefined, program: undefined },
      `${path} is no file with profiles in ${directory.path}.`,
    );
  }
  if (has("profile"))
    take(profileNamed(directory, value("profile") ?? ""), `There is no profile ${value("profile") ?? ""}.`);
  if (has("executable-file")) {
    const path = value("executable-file") ?? "";
    take(await profileOf(directory, io.realPath(path) ?? path), `There is no profile for ${path}.`);
  }
  for (const operand of operands) {
    const meant = await meaningOf(operand, directory, io);
    if (typeof meant === "string") take(undefined, meant);
    else take("file" in meant ? meant : undefined, `There is no profile for ${operand}.`);
  }
  return { choices, isShort };
}

/** The choices of each file together; a whole file holds what else is chosen of it. */
function byFile(choices: readonly Choice[]): ReadonlyMap<string, Choice> {
  const files = new Map<string, Choice>();
  for (const choice of choices) {
    const before = files.get(choice.file.path);
    const profiles =
      before === undefined
        ? choice.profiles
        : before.profiles === undefined || choice.profiles === undefined
          ? undefined
          : [...before.profiles, ...choice.profiles];
    files.set(choice.file.path, { ...choice, profiles });
  }
  return files;
}

/** Asks whether the new text may be written; nobody to answer is a no. */
function isConfirmed(file: { path: string; before: string; after: string }, io: CliIo): boolean {
  io.out(`\nChanged Local Profiles\n\n${displayText(file.path)} was changed. Save it?\n`);
  for (;;) {
    io.out("(S)ave Changes / [(V)iew Changes] / Abo(r)t\n");
    const key = io.inputLine()?.trim().toLowerCase();
    if (key === undefined || key === "r") return false;
    if (key === "s") return true;
    if (key === "v" || key === "") {
      const { path, before, after } = file;
      io.out(displayLines(unifiedDiff(before, after, { oldName: path, newName: path })));
    }
  }
}

async function cleanAll(call: ToolCall): Promise<number> {
  const { io, has } = call;
  const opened = await openDirectory(call.value("dir"), io);
  if (!opened.ok) return refuse(opened.error, io);
  const directory = opened.value;
  const { choices, isShort } = await choose(call, directory);
  let status = isShort ? 1 : 0;
  const { cleanFiles } = await loadLinter();
  for (const { file, profiles } of byFile(choices).values()) {
    const [cleaned] = cleanFiles([{ path: file.path, bytes: file.bytes, profiles }], directory.settings, io.files);
    if (cleaned === undefined) continue;
    if (cleaned.problem !== undefined) {
      status = refuse(`${file.path} was left as it is: ${cleaned.problem}`, io);
      continue;
    }
    for (const gap of cleaned.gaps) status = refuse(`not looked at: ${gap}`, io);
    const count = [...cleaned.removed.values()].reduce((sum, one) => sum + one, 0);
    io.out(`\nDeleted ${count} rules.\n`);
    if (cleaned.after === cleaned.before) continue;
    if (!has("silent") && !isConfirmed(cleaned, io)) {
      io.out("Nothing was written.\n");
      return 1;
    }
    const written = io.files.write(file.path, encodeBytes(cleaned.after), { expected: file.bytes });
    if (!written.ok) status = refuse(`${file.path} was not written: ${fileRefusalText(written.error)}`, io);
    else if (!has("no-reload") && !(await reload(file.path, directory, io))) {
      status = refuse(`${file.path} was written, and is not in force: loading it failed`, io);
    }
  }
  return status;
}

const SELECTORS = ["profile", "profile-file", "executable-file"];

export const tool: Tool = {
  name: "aa-cleanprof",
  options,
  help: HELP,
  operands: "any",
  wrong: (text, io) => {
    io.err(`${HELP}aa-cleanprof: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: ({ operands, has, io }) => {
    if (has("help") || operands.length > 0 || SELECTORS.some((key) => has(key))) return undefined;
    io.err(`${HELP}aa-cleanprof: error: name a program or a profile\n`);
    return 2;
  },
  run: cleanAll,
};
