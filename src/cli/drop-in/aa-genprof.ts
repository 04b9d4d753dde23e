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
import { type MadeProfile, underFirstProfile, withoutRateLimit } from "./first-profile.ts";
import { despiteRefusals, sayAnyhow } from "./last-words.ts";
import { type LogprofConf, readLogprofConf } from "./logprof-conf.ts";
import { problemText, stepsRefusalText } from "./mode-tool.ts";
import { beginningOf } from "./inactive-profile.ts";
import { objection } from "./new-program.ts";
import { meaningOf, openDirectory } from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

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

const USAGE = fitted("usage: aa-genprof [-h] [-d DIR] [-f FILE] [-j] [--no-abstraction] [-o OUTPUT_DIR] program\n");

const HELP = fitted(`${USAGE}
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
`);

/** The program that is looked at. */
interface Profiling {
  readonly work: Work;
  readonly face: Face;
  readonly program: string;
  readonly sources: readonly LogSource[];
  /** The file that was made for it, with its text; absent where there was one. */
  readonly made: MadeProfile | undefined;
  /** What was saved by now. */
  readonly saved: LearnedFile[];
}

const say = (face: Face, text: string, kind: "info" | "important" = "info"): void => void face.put({ kind, text });

/** What there is to look at. */
interface Found {
  readonly program: string;
  /** The file of its profile, where there is one. */
  readonly file: string | undefined;
  readonly conf: LogprofConf;
  /** All of the directory could be read, in which its profile may be. */
  readonly isWhole: boolean;
}

/** The program, and the file of its profile where there is one; or why there is nothing to do, in a sentence. */
async function findProgram(work: Work, operand: string, face: Face): Promise<Found | string> {
  const { call, io, settings } = work;
  const opened = await openDirectory(settings.base, io, {
    sayLine: (line) => say(face, line.trimEnd(), "important"),
  });
  if (!opened.ok) return opened.error;
  const conf = readLogprofConf(call.value("config"), io.files);
  if (!conf.ok) return conf.error;
  const meant = await meaningOf(operand, opened.value, io);
  if (typeof meant === "string") return meant;
  const { program } = "passedOver" in meant ? { program: undefined } : meant;
  if (program === undefined) return `${operand} is a profile; name the program that it is for`;
  const against = objection(program, conf.value);
  if (against !== undefined) return against;
  const { isWhole } = opened.value;
  return { program, file: "file" in meant ? meant.file.path : undefined, conf: conf.value, isWhole };
}

type Mode = "enforce" | "complain";

/** Puts a whole file into a mode; why it is not, in words. */
async function setFile(path: string, mode: Mode, { io, settings }: Work): Promise<string | undefined> {
  const { planSetChange, takeSteps } = await loadPolicySet();
  const why: string[] = [];
  const opened = await openDirectory(settings.base, io, {
    sayLine: (line) => {
      if (line.includes(path)) why.push(line.trimEnd());
    },
  });
  if (!opened.ok) return opened.error;
  const file = opened.value.files.find((one) => one.path === path);
  if (file === undefined) return why.length === 0 ? "it cannot be read as a file of profiles" : why.join("; ");
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

/** The files that were not there before. */
function freshOf(files: readonly LearnedFile[], { call }: Work): readonly string[] {
  const isElsewhere = call.value("output") !== undefined;
  return isElsewhere ? [] : files.filter(({ before }) => before === undefined).map(({ path }) => path);
}

type End = {
  readonly kind: "finished" | "abandoned";
  readonly isWhole: boolean;
};

/** Scans as often as that is wanted; a sentence where the answers ended. */
async function scanAll(profiling: Profiling): Promise<End | string> {
  const { face, program, saved, sources, work } = profiling;
  let isWhole = true;
  for (let from: LogPart = endOfLog(sources, work); ;) {
    const asked = hold(scanMenu(program), face);
    if ("ended" in asked) return asked.ended ?? "The answers ended before the questions did.";
    if (asked.result === "f") return { kind: "finished", isWhole };
    const next = endOfLog(sources, work);
    const session = await openSession(work, face, sources, from);
    if (!session.ok) return session.error;
    const pass = await holdSession(work, session.value, face);
    if (typeof pass === "string") return pass;
    isWhole = isWhole && pass.isWhole;
    if (pass.kind === "abandoned") return { kind: "abandoned", isWhole };
    saved.push(...pass.files);
    const fresh = freshOf(pass.files, work);
    // What a program is noted for counts for those that it starts, too.
    if (fresh.length > 0) isWhole = (await setMode(fresh, "complain", profiling)) && isWhole;
    // What could not be read or written is asked again, and what was written is not.
    if (pass.isWhole) from = next;
  }
}

/** Enforces what was made; whether that went well, and what went before. */
async function finish(
  profiling: Profiling,
  { isWhole }: End,
): Promise<{ readonly isSet: boolean; readonly isWhole: boolean }> {
  const { face, made, program, saved, work } = profiling;
  if (made !== undefined && saved.length === 0)
    say(face, `Nothing was learned: the profile of ${program} permits next to nothing.`, "important");
  const helpers = [...new Set([...(made === undefined ? [] : [made.path]), ...freshOf(saved, work)])];
  if (made !== undefined) say(face, `Setting ${program} to enforce mode.`);
  const isSet = await setMode(helpers, "enforce", profiling);
  saved.length = 0;
  if (isSet) say(face, "Reloaded AppArmor profiles in enforce mode.");
  say(face, `Finished generating profile for ${program}.`);
  return { isSet, isWhole: isSet && isWhole };
}

/** What a look came to: a status, or why it ended, and whether all that was wanted was done. */
interface Looked {
  readonly value: number | string;
  readonly isFinished: boolean;
}

/** Names the profiles that were saved for what the program starts, and that only the end would have enforced. */
function sayStaying({ face, saved, work }: Profiling): void {
  for (const path of new Set(freshOf(saved, work)))
    sayAnyhow(face, `${path}, which was made meanwhile, stays in complain mode.`, "important", work.io);
}

/** Asks as often as is wanted, and does what that comes to. */
async function look(profiling: Profiling): Promise<Looked> {
  const { face, work } = profiling;
  try {
    const { isBack, value: end } = await withoutRateLimit({ io: work.io, face }, async () => await scanAll(profiling));
    if (typeof end !== "string" && end.kind === "finished") {
      const { isSet, isWhole } = await finish(profiling, end);
      return { value: isWhole && isBack ? 0 : 1, isFinished: isSet };
    }
    sayStaying(profiling);
    return { value: typeof end === "string" ? end : end.isWhole && isBack ? 0 : 1, isFinished: false };
  } catch (thrown) {
    despiteRefusals(() => sayStaying(profiling));
    throw thrown;
  }
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
  const { conf, file, isWhole, program } = found;
  const profiling = { work, face, program, sources: sources.value, saved: [] };
  if (file !== undefined) {
    say(face, `The profile of ${program} in ${file} stays in its mode.`);
    const { value } = await look({ ...profiling, made: undefined });
    return typeof value === "string" ? refuse(io, value) : Math.max(value, isWhole ? 0 : 1);
  }
  const beginning = await beginningOf(program, { conf, settings }, io, () => face);
  if (!beginning.ok) return refuse(io, beginning.error);
  if (beginning.value.kind === "abandoned") return isWhole ? 0 : 1;
  const text = beginning.value.kind === "inactive" ? beginning.value.text : undefined;
  const looked = await underFirstProfile(
    work,
    { program, face, conf, text },
    async (made) => await look({ ...profiling, made }),
  );
  if (!looked.ok) return refuse(io, looked.error);
  const { isClean, value } = looked.value;
  return typeof value === "string" ? refuse(io, value) : Math.max(value, isClean && isWhole ? 0 : 1);
}

async function run(call: ToolCall): Promise<number> {
  const work = await openLearningWork(call);
  return work.ok ? profile(work.value, faceOf(work.value)) : refuse(call.io, work.error);
}

export const tool: Tool = {
  name: "aa-genprof",
  options,
  help: HELP,
  examples: [["aa-genprof /usr/local/bin/backup", "a profile from what the program does meanwhile"]],
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
