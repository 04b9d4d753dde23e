/**
 * The command `aa-cleanprof` (tools 16): takes rules out of profiles that other rules of the profile say already. What is taken out was tried: the
 * text without it compiles to the same policy. Comments and layout stay.
 */
import { loadCleaner } from "../../app/index.ts";
import { displayLines, displayText, encodeBytes, unifiedDiff } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { SELECTOR_HELP, byFile, chooseProfiles, namesNothing, selectorOptions } from "./chosen-profiles.ts";
import { directoryOptions, openDirectory, refuse, reload } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  ...directoryOptions,
  { key: "silent", long: "silent", short: "s" },
  { key: "no-reload", long: "no-reload" },
  ...selectorOptions,
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-cleanprof [OPTION]... [PROGRAM | PROFILE]...

Takes rules out of profiles that other rules of the same profile say already.

  -d, --dir DIR             profiles are in DIR (/etc/apparmor.d)
  -s, --silent              write without asking
      --no-reload           do not load what was written into the kernel
${SELECTOR_HELP}  -h, --help                print this
`;

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
  const { cleanFiles, createEngine, ...reader } = await loadCleaner();
  const opened = await openDirectory(call.value("dir"), io, { reader: { ...reader, engine: createEngine() } });
  if (!opened.ok) return refuse(opened.error, io);
  const directory = opened.value;
  const { chosen, missing } = await chooseProfiles(call, directory);
  let status = missing.length > 0 || !directory.isWhole ? 1 : 0;
  let { world } = directory;
  for (const { file, profiles } of byFile(chosen).values()) {
    const [cleaned] = cleanFiles([{ path: file.path, bytes: file.bytes, profiles }], world);
    if (cleaned === undefined) continue;
    if (cleaned.problem !== undefined) {
      status = refuse(`${file.path} was left as it is: ${cleaned.problem}`, io);
      continue;
    }
    const count = [...cleaned.removed.values()].reduce((sum, one) => sum + one, 0);
    io.out(`\nDeleted ${count} rules.\n`);
    if (cleaned.after === cleaned.before) continue;
    if (!has("silent") && !isConfirmed(cleaned, io)) {
      io.out("Nothing was written.\n");
      return 1;
    }
    // A profile may be included by another.
    world.engine.forgetFiles();
    world = { ...world, files: io.files };
    const written = io.files.write(file.path, encodeBytes(cleaned.after), { expected: file.bytes });
    if (!written.ok) status = refuse(`${file.path} was not written: ${fileRefusalText(written.error)}`, io);
    else if (!has("no-reload") && !(await reload([file.path], directory, io))) {
      status = refuse(`${file.path} was written, and is not in force: loading it failed`, io);
    }
  }
  return status;
}

export const tool: Tool = {
  name: "aa-cleanprof",
  options,
  help: HELP,
  examples: [["aa-cleanprof -s --no-reload /usr/sbin/nginx", "without a question, and without loading the profile"]],
  operands: "any",
  wrong: (text, io) => {
    io.err(`${HELP}aa-cleanprof: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: (call) => {
    if (call.has("help") || !namesNothing(call)) return undefined;
    call.io.err(`${HELP}aa-cleanprof: error: name a program or a profile\n`);
    return 2;
  },
  run: cleanAll,
};
