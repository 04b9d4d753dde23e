/**
 * The command `aa-autodep` (tools 11): writes the first profile of a program, in complain mode. What is written compiles; what is there is not
 * replaced unless that is asked for.
 */
import { skippedName } from "../../app/index.ts";
import { ok } from "../../foundation/basics/index.ts";
import { displayText, encodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { beginningOf } from "./inactive-profile.ts";
import { type LogprofConf, expression, readLogprofConf } from "./logprof-conf.ts";
import { textFace } from "./dialogue/text-face.ts";
import { newProfileOf, objection } from "./new-program.ts";
import {
  type ProfileDirectory,
  directoryOptions,
  fileNameOf,
  meaningOf,
  openDirectory,
  refuse,
  reload,
} from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { isWithoutAppArmor } from "../without-apparmor.ts";

const options = [
  ...directoryOptions,
  { key: "force", long: "force" },
  { key: "no-reload", long: "no-reload" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-autodep [OPTION]... PROGRAM...

Writes a first profile for each program, in complain mode.

  -d, --dir DIR     profiles are in DIR (/etc/apparmor.d)
      --force       replace a profile that is there
      --no-reload   do not load what was written into the kernel
  -h, --help        print this
`;

/** A status, or that nothing more is wanted. */
type Done = number | "abandoned";

interface Run {
  readonly call: ToolCall;
  readonly directory: ProfileDirectory;
  readonly conf: LogprofConf;
}

async function writeProfile(program: string, { call, conf, directory }: Run): Promise<Done> {
  const { has, io } = call;
  const path = `${directory.path}/${fileNameOf(program)}`;
  if (skippedName(fileNameOf(program)) !== undefined)
    return refuse(
      `no profile is written for ${program}: a file called ${fileNameOf(program)} would be passed over by all tools`,
      io,
    );
  const held = io.files.read(path);
  if (held.ok && !has("force")) {
    io.out(`Profile for ${displayText(program)} already exists - skipping.\n`);
    return 0;
  }
  if (!held.ok && held.error.errno !== "ENOENT")
    return refuse(`${path} cannot be read: ${fileRefusalText(held.error)}`, io);
  const { settings } = directory;
  const beginning = await beginningOf(program, { conf, settings }, io, () => textFace(io));
  if (!beginning.ok) return refuse(beginning.error, io);
  if (beginning.value.kind === "abandoned") return "abandoned";
  const made =
    beginning.value.kind === "inactive"
      ? ok({ text: beginning.value.text, missing: [] })
      : await newProfileOf({ program }, conf, directory, io);
  if (!made.ok) return refuse(made.error, io);
  for (const name of made.value.missing) {
    io.err(`WARNING: Can't find ${displayText(name)}, therefore not adding it to the new profile.\n`);
  }
  const expected = held.ok ? held.value : "absent";
  const written = io.files.write(path, encodeBytes(made.value.text), { mode: 0o600, expected });
  if (!written.ok) return refuse(`${path} was not written: ${fileRefusalText(written.error)}`, io);
  io.out(`Writing updated profile for ${displayText(program)}.\n`);
  const isLoaded = has("no-reload") || isWithoutAppArmor(io.kernelAt({})) || (await reload([path], directory, io));
  return isLoaded ? 0 : refuse(`${path} was written, and is not in force: loading it failed`, io);
}

async function handle(operand: string, run: Run): Promise<Done> {
  const { io } = run.call;
  const meant = await meaningOf(operand, run.directory, io);
  if (typeof meant === "string") {
    io.out(`${displayText(meant)}\n`);
    return 1;
  }
  const program = "passedOver" in meant ? undefined : meant.program;
  if (program === undefined) {
    const what = "file" in meant ? meant.file.path : operand;
    io.out(
      `Please pass an application to generate a profile for, not a profile itself - skipping ${displayText(what)}.\n`,
    );
    return 1;
  }
  const against = objection(program, run.conf);
  if (against !== undefined) return refuse(against, io);
  const isElsewhere = "file" in meant && meant.file.path !== `${run.directory.path}/${fileNameOf(program)}`;
  if (isElsewhere) {
    io.out(`Profile for ${displayText(program)} already exists in ${displayText(meant.file.path)} - skipping.\n`);
    return 0;
  }
  return writeProfile(program, run);
}

async function runAll(call: ToolCall): Promise<number> {
  const opened = await openDirectory(call.value("dir"), call.io);
  if (!opened.ok) return refuse(opened.error, call.io);
  const read = readLogprofConf(call.value("configdir"), call.io.files);
  if (!read.ok) return refuse(read.error, call.io);
  const conf = read.value;
  let status = opened.value.isWhole ? 0 : 1;
  for (const pattern of conf.get("required_hats")?.keys() ?? []) {
    if (expression(pattern) !== undefined) continue;
    call.io.err(
      `aa-autodep: logprof.conf: [required_hats] holds \`${displayText(pattern)}\`, which is no regular expression\n`,
    );
    status = 1;
  }
  for (const operand of call.operands) {
    const done = await handle(operand, { call, directory: opened.value, conf });
    if (done === "abandoned") break;
    status = Math.max(status, done);
  }
  return status;
}

export const tool: Tool = {
  name: "aa-autodep",
  options,
  help: HELP,
  examples: [["aa-autodep /usr/local/bin/backup", "a first profile, which permits everything and notes what it lacks"]],
  operands: "any",
  wrong: (text, io) => {
    io.err(`${HELP}aa-autodep: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: ({ operands, has, io }) => {
    if (has("help") || operands.length > 0) return undefined;
    io.err(`${HELP}aa-autodep: error: name a program\n`);
    return 2;
  },
  run: runAll,
};
