/**
 * The command `aa-genprof` (tools 13): a profile for a program, in two terminals. The program gets a first profile in complain mode and is used; what
 * it was noted for is asked here, as aa-logprof asks it, as often as is wanted; at the end it is enforced.
 */
import { type LearnedFile, loadPolicySet } from "../../app/index.ts";
import type { LogSource } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Face, type Flow, choose, hold } from "./dialogue/asks.ts";
import { type LogPart, endOfLog, holdSession, logProblem, openSession, sourcesOf } from "./dialogue/learn-pass.ts";
import { type Work, faceOf, openLearningWork, refuse, reload } from "./dialogue/work.ts";
import { type MadeProfile, makeProfile, takeBack, withoutRateLimit } from "./first-profile.ts";
import { type LogprofConf, readLogprofConf } from "./logprof-conf.ts";
import { problemText, stepsRefusalText } from "./mode-tool.ts";
import { objection } from "./new-program.ts";
import { meaningOf, openDirectory } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "help", long: "help", short: "h" },
  { key: "dir", long: "dir", short: "d", value: "required" },
  { key: "file", long: "file", short: "f", value: "required" },
  { key: "json", long: "json", short: "j" },
  { key: "no-abstraction", long: "no-abstraction" },
  { key: "output", long: "output-dir", short: "o", value: "required" },
  { key: "config", long: "configdir", value: "required" },
  { key: "no-check", long: "no-check-mountpoint" },
] as const;

const USAGE = "usage: aa-genprof [-h] [-d DIR] [-f FILE] [-j] [--no-abstraction] [-o OUTPUT_DIR] program\n";

const HELP = `${USAGE}
Makes a profile for a program: use the program in another terminal, have what it did asked here, and have the profile enforced at the end.

options:
  -h, --help            print this
  -d, --dir DIR         the directory of profiles
  -f, --file FILE       the log
  -j, --json            hold the dialogue in JSON, a line each way
  --no-abstraction      propose no includes
  -o, --output-dir DIR  write what is learned there instead

A program without a profile gets one at once, in complain mode, which permits everything and notes what was not foreseen. Where nothing is saved, it is
taken away again. \`armorer undo\` takes the last writing back. The key ? explains the keys.
`;

/** The program that is looked at. */
interface Profiling {
  readonly work: Work;
  readonly face: Face;
  readonly program: string;
  readonly sources: readonly LogSource[];
  /** The file that was made for it, with its text; absent where there was one. */
  readonly made: MadeProfile | undefined;
}

const say = (face: Face, text: string, kind: "info" | "important" = "info"): void => void face.put({ kind, text });

/** The program, and the file of its profile where there is one; or why there is nothing to do, in a sentence. */
async function findProgram(
  work: Work,
  operand: string,
  face: Face,
): Promise<{ readonly program: string; readonly file: string | undefined; readonly conf: LogprofConf } | string> {
  const { call, io, settings } = work;
  const opened = await openDirectory(settings.base, io, (line) => say(face, line.trimEnd(), "important"));
  if (!opened.ok) return opened.error;
  const conf = readLogprofConf(call.value("config"), io.files);
  if (!conf.ok) return conf.error;
  const meant = await meaningOf(operand, opened.value, io);
  if (typeof meant === "string") return meant;
  const { program } = "passedOver" in meant ? { program: undefined } : meant;
  if (program === undefined) return `${operand} is a profile; name the program that it is for`;
  const against = objection(program, conf.value);
  if (against !== undefined) return against;
  if (!("file" in meant)) return { program, file: undefined, conf: conf.value };
  return { program, file: meant.file.path, conf: conf.value };
}

type Mode = "enforce" | "complain";

/** Puts a whole file into a mode; why it is not, in words. */
async function setFile(path: string, mode: Mode, { io, settings }: Work): Promise<string | undefined> {
  const { planSetChange, takeSteps } = await loadPolicySet();
  const opened = await openDirectory(settings.base, io, () => undefined);
  if (!opened.ok) return opened.error;
  const file = opened.value.files.find((one) => one.path === path);
  if (file === undefined) return "it cannot be read as a file of profiles";
  const wish = { kind: "mode", mode, isForced: false } as const;
  const planned = planSetChange({ file, profiles: undefined, wish, linkTarget: path }, opened.value.world, io.links);
  if (!planned.ok) return problemText(planned.error);
  const taken = takeSteps(planned.value.steps, { files: io.files, links: io.links });
  return taken.ok ? undefined : stepsRefusalText(taken.error);
}

/** Puts whole files into a mode and has that take effect. */
async function setMode(paths: readonly string[], mode: Mode, { face, work }: Profiling): Promise<boolean> {
  let isWhole = true;
  for (const path of paths) {
    const problem = await setFile(path, mode, work);
    if (problem !== undefined) say(face, `${path} could not be set to ${mode} mode: ${problem}`, "important");
    isWhole = problem === undefined && (await reload(work, path, face)) && isWhole;
  }
  return isWhole;
}

function* scanMenu(program: string): Flow<string> {
  const { key } = yield* choose({
    headers: [["Profiling", program]],
    explanation:
      "Start the program in another window and use all that it can do.\nThen have the log scanned for what was refused or noted.",
    options: [],
    items: [
      {
        key: "s",
        label: "(S)can system log for AppArmor events",
        about: "ask what the program did since the last time",
      },
      { key: "f", label: "(F)inish", about: "enforce the profile and end" },
    ],
    defaultKey: "s",
    selected: 0,
  });
  return key;
}

type End = {
  readonly kind: "finished" | "abandoned";
  readonly saved: readonly LearnedFile[];
  readonly isWhole: boolean;
};

/** Scans as often as that is wanted; a sentence where the answers ended. */
async function scanAll(profiling: Profiling): Promise<End | string> {
  const { face, program, sources, work } = profiling;
  const saved: LearnedFile[] = [];
  let isWhole = true;
  for (let from: LogPart = endOfLog(sources, work); ;) {
    const asked = hold(scanMenu(program), face);
    if ("ended" in asked) return asked.ended ?? "The answers ended before the questions did.";
    if (asked.result === "f") return { kind: "finished", saved, isWhole };
    const next = endOfLog(sources, work);
    const session = await openSession(work, face, sources, from);
    if (!session.ok) return session.error;
    const pass = await holdSession(work, session.value, face);
    if (typeof pass === "string") return pass;
    isWhole = isWhole && pass.isWhole;
    if (pass.kind === "abandoned") return { kind: "abandoned", saved, isWhole };
    saved.push(...pass.files);
    const fresh = pass.files.filter(({ before }) => before === undefined).map(({ path }) => path);
    // What a program is noted for counts for those that it starts, too.
    if (fresh.length > 0 && work.call.value("output") === undefined)
      isWhole = (await setMode(fresh, "complain", profiling)) && isWhole;
    from = next;
  }
}

async function finish(profiling: Profiling, { isWhole, saved }: End): Promise<number> {
  const { face, made, program, work } = profiling;
  if (made !== undefined && saved.length === 0)
    say(face, `Nothing was learned: the profile of ${program} permits next to nothing.`, "important");
  const isElsewhere = work.call.value("output") !== undefined;
  const fresh = isElsewhere ? [] : saved.filter(({ before }) => before === undefined).map(({ path }) => path);
  const helpers = [...new Set([...(made === undefined ? [] : [made.path]), ...fresh])];
  if (made !== undefined) say(face, `Setting ${program} to enforce mode.`);
  const isSet = await setMode(helpers, "enforce", profiling);
  if (isSet) say(face, "Reloaded AppArmor profiles in enforce mode.");
  say(face, `Finished generating profile for ${program}.`);
  return isSet && isWhole ? 0 : 1;
}

async function profile(work: Work, face: Face): Promise<number> {
  const { call, io, settings } = work;
  const sources = sourcesOf(work);
  if (!sources.ok) return refuse(io, sources.error);
  // a program must not be left in complain mode with nobody to hear of it
  const unheard = await logProblem(sources.value, work);
  if (unheard !== undefined) return refuse(io, unheard);
  const found = await findProgram(work, call.operands[0] ?? "", face);
  if (typeof found === "string") return refuse(io, found);
  say(face, `Updating AppArmor profiles in ${settings.base}.`);
  const made = found.file === undefined ? await makeProfile(work, found.program, found.conf, face) : undefined;
  if (typeof made === "string") return refuse(io, made);
  if (found.file !== undefined) say(face, `The profile of ${found.program} in ${found.file} stays in its mode.`);
  const profiling: Profiling = { work, face, program: found.program, sources: sources.value, made };
  const putBack = withoutRateLimit(io, face);
  const end = await scanAll(profiling);
  const isBack = putBack();
  if (typeof end === "string" || (end.kind === "abandoned" && end.saved.length === 0)) {
    const isGone = await takeBack(work, found.program, made, face);
    return typeof end === "string" ? refuse(io, end) : isGone && isBack && end.isWhole ? 0 : 1;
  }
  if (end.kind === "abandoned") return end.isWhole && isBack ? 0 : 1;
  return Math.max(await finish(profiling, end), isBack ? 0 : 1);
}

async function run(call: ToolCall): Promise<number> {
  const work = await openLearningWork(call);
  return work.ok ? profile(work.value, faceOf(work.value)) : refuse(call.io, work.error);
}

export const tool: Tool = {
  name: "aa-genprof",
  options,
  help: HELP,
  operands: "any",
  wrong: (text, io) => {
    io.err(`${USAGE}aa-genprof: error: ${displayText(text ?? "")}\n`);
    return 2;
  },
  before: (call) => {
    const { has, io, operands } = call;
    if (has("help") || operands.length === 1) return undefined;
    const [, surplus] = operands;
    const what =
      surplus === undefined
        ? "the following arguments are required: program"
        : `unrecognized arguments: ${displayText(surplus)}`;
    io.err(`${USAGE}aa-genprof: error: ${what}\n`);
    return 2;
  },
  run,
};
