/** `armorer learn run -- PROGRAM`: a program is run once under its profile, a first one in complain mode where it has none, and its log is read. */
import { type AuditReport, type PolicySettings, refusalText } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { Face } from "../drop-in/dialogue/asks.ts";
import { reload } from "../drop-in/dialogue/work.ts";
import { underFirstProfile, withoutRateLimit } from "../drop-in/first-profile.ts";
import { readLogprofConf } from "../drop-in/logprof-conf.ts";
import { objection } from "../drop-in/new-program.ts";
import { openDirectory, pathOf, profileOf } from "../drop-in/profile-directory.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { callerEnvironment } from "../caller-environment.ts";
import type { CliIo } from "../io.ts";
import { EXIT, type Invocation } from "./command.ts";

/** What came of learning: the status, and the files that were written. */
export interface Learned {
  readonly status: number;
  readonly written: readonly string[];
}

/** How events of that time are read, of one profile and its children. */
type Read = (since: { readonly sinceMs: number; readonly profile: string }) => Promise<AuditReport | string>;

/** What is done about a run. */
interface RunSteps {
  readonly read: Read;
  readonly learn: (report: AuditReport) => Learned;
}

/** Logs are written by others, who may be late. */
const SETTLING_MS = 500;
/** The kernel's stamps come from a clock that stands still between its ticks. */
const TICK_MS = 20;

/** What the options cannot mean beside a run; `undefined`: nothing. */
export function problemOfRun({ has, operands, root }: Invocation): string | undefined {
  if (operands.length < 2) return "run needs a program: armorer learn run -- PROGRAM [ARGUMENT]...";
  const surplus = ["since", "profile", "create"].find((key) => has(key));
  if (surplus !== undefined) return `--${surplus} says nothing beside run, which knows the program and the time`;
  return root === undefined ? undefined : "--root says nothing beside run: a program runs here";
}

/** The path of a program, without links. Errors: why there is none, as far as that is known. */
function programOf(operand: string, io: CliIo): Outcome<string, string> {
  const found = operand.includes("/") ? io.followPath(operand) : ok(pathOf(operand, io));
  if (!found.ok) return fail(`: ${fileRefusalText(found.error)}`);
  if (found.value === undefined) return fail("");
  const status = io.files.status(found.value);
  if (!status.ok) return fail(`: ${fileRefusalText(status.error)}`);
  return status.value.kind === "file" ? ok(found.value) : fail(": it is no file");
}

/** The program that is run, and how. */
interface Started {
  readonly call: Invocation;
  readonly program: string;
  readonly args: readonly string[];
  readonly workshop: Workshop;
  readonly face: Face;
}

interface Workshop {
  readonly io: CliIo;
  readonly kernel: ReturnType<CliIo["kernelAt"]>;
  readonly settings: PolicySettings;
}

function statusOf(value: number | string, isFine: boolean): number | string {
  return isFine || typeof value === "string" ? value : EXIT.bad;
}

/** Runs it and learns from it; the exit status. A text: why there is nothing to learn from. */
export async function learnFromRun(
  call: Invocation,
  settings: PolicySettings,
  steps: RunSteps,
): Promise<number | string> {
  const { io } = call;
  const [, operand = "", ...args] = call.operands;
  const kernel = io.kernelAt({});
  const loaded = kernel.profiles();
  if (!loaded.ok && loaded.error.kind === "no-apparmor") return "this kernel has no AppArmor: a run shows nothing";
  if (!loaded.ok)
    return `a run loads a profile and reads the kernel's log, which only root may do: ${refusalText(loaded.error)}`;
  const found = programOf(operand, io);
  if (!found.ok) return `there is no program ${operand}${found.error}`;
  const program = found.value;
  const face: Face = {
    put: (ask) => {
      if ("text" in ask) io.err(`note: ${displayText(ask.text)}\n`);
      return { kind: "said" };
    },
  };
  const started = { call, program, args, workshop: { io, kernel, settings }, face };
  const known = await knownProfile(started);
  if (!known.ok) return known.error;
  const { isWhole, profile } = known.value;
  if (profile !== undefined) return statusOf((await observe(started, profile, steps)).value, isWhole);
  const conf = readLogprofConf(undefined, io.files);
  if (!conf.ok) return conf.error;
  const against = objection(program, conf.value);
  if (against !== undefined) return against;
  const looked = await underFirstProfile(
    started.workshop,
    { program, face, conf: conf.value, isLearned: true },
    async ({ path }) => {
      const seen = await observe(started, program, steps);
      const isKept = seen.written.length > 0;
      if (isKept)
        face.put({
          kind: "info",
          text: `${program} still complains: run it again, or enforce it with \`aa-enforce ${path}\``,
        });
      return { value: seen.value, isFinished: isKept };
    },
  );
  if (!looked.ok) return looked.error;
  const { isClean, value } = looked.value;
  return statusOf(value, isClean && isWhole);
}

/** Runs it under a profile, learns, and has what was written take effect. */
async function observe(
  { args, call, face, program, workshop }: Started,
  profile: string,
  { learn, read }: RunSteps,
): Promise<{ readonly value: number | string; readonly written: readonly string[] }> {
  const { io } = call;
  const { isBack, value: seen } = await withoutRateLimit({ io, face }, async () => {
    const sinceMs = Date.now() - TICK_MS;
    const ended = await io.runInForeground(program, args, {
      errorOnly: call.json,
      env: callerEnvironment(io.environment),
      // What would end this process ends the program: what was made for it is taken back behind it.
      passSignals: true,
    });
    if (!ended.ok) return `${program} does not start (${ended.error})`;
    await io.pause(SETTLING_MS);
    const report = await read({ sinceMs, profile });
    return typeof report === "string" ? report : { ...ended.value, report };
  });
  if (typeof seen === "string") return { value: seen, written: [] };
  const { report, signal, status } = seen;
  if (status !== 0)
    face.put({
      kind: "info",
      text: `${program} ended ${signal === undefined ? `with status ${status ?? ""}` : `by ${signal}`}`,
    });
  const learned = learn(report);
  let isInForce = true;
  for (const path of learned.written) isInForce = (await reload(workshop, path, face)) && isInForce;
  return { value: isInForce && isBack ? learned.status : EXIT.bad, written: learned.written };
}

/** What is known before the program is run. */
interface Known {
  /** The profile that attaches to the program, where there is one. */
  readonly profile: string | undefined;
  /** All of the directory could be read, in which it may be. */
  readonly isWhole: boolean;
}

/** Looks for the program's profile. Errors: why the directory cannot be read. */
async function knownProfile({ face, program, workshop }: Started): Promise<Outcome<Known, string>> {
  const { io, settings } = workshop;
  const opened = await openDirectory(settings.base, io, {
    sayLine: (line) => void face.put({ kind: "important", text: line.trimEnd() }),
  });
  if (!opened.ok) return opened;
  const { isWhole } = opened.value;
  const known = await profileOf(opened.value, program);
  if (known === undefined) return ok({ profile: undefined, isWhole });
  const profile = known.profiles?.[0] ?? program;
  face.put({
    kind: "info",
    text: `the profile ${profile} of ${known.file.path} attaches to ${program}, and stays in its mode`,
  });
  return ok({ profile, isWhole });
}
