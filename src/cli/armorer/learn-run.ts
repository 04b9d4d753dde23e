/** `armorer learn run -- PROGRAM`: a program is run once under its profile, a first one in complain mode where it has none, and its log is read. */
import { setTimeout as pause } from "node:timers/promises";
import type { AuditReport, PolicySettings } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { Face } from "../drop-in/dialogue/asks.ts";
import { reload } from "../drop-in/dialogue/work.ts";
import { type MadeProfile, makeProfile, takeBack, withoutRateLimit } from "../drop-in/first-profile.ts";
import { readLogprofConf } from "../drop-in/logprof-conf.ts";
import { objection } from "../drop-in/new-program.ts";
import { openDirectory, pathOf, profileOf } from "../drop-in/profile-directory.ts";
import { callerEnvironment } from "../caller-environment.ts";
import type { CliIo } from "../io.ts";
import type { Invocation } from "./command.ts";

/** What a run has shown. */
interface Observed {
  readonly report: AuditReport;
  /** The profile that it ran under. */
  readonly profile: string;
  /** Ends it: what was written takes effect, and a profile that was made for it is kept only where something was. Whether all went well. */
  readonly finish: (written: readonly string[]) => Promise<boolean>;
}

/** How events of that time are read, of one profile and its children. */
type Read = (since: { readonly sinceMs: number; readonly profile: string }) => Promise<AuditReport | string>;

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

/** Runs it. A text: why there is nothing to learn from. */
export async function observeRun(call: Invocation, settings: PolicySettings, read: Read): Promise<Observed | string> {
  const { io } = call;
  const [, operand = "", ...args] = call.operands;
  const kernel = io.kernelAt({});
  const loaded = kernel.profiles();
  if (!loaded.ok && loaded.error.kind === "no-apparmor") return "this kernel has no AppArmor: a run shows nothing";
  if (!loaded.ok) return "a run loads a profile and reads the kernel's log, which only root may do";
  const program = operand.includes("/") ? io.realPath(operand) : pathOf(operand, io);
  if (program === undefined || io.files.kind(program) !== "file") return `there is no program ${operand}`;
  const say = (text: string): void => io.err(`note: ${displayText(text)}\n`);
  const face: Face = {
    put: (ask) => {
      if ("text" in ask) say(ask.text);
      return { kind: "said" };
    },
  };
  const workshop = { io, kernel, settings };
  const first = await firstProfile(program, workshop, face);
  if (typeof first === "string") return first;
  const { made, profile } = first;
  const putBack = withoutRateLimit(io, face);
  const sinceMs = Date.now() - TICK_MS;
  const ended = await io.runInForeground(program, args, {
    errorOnly: call.json,
    env: callerEnvironment(io.environment),
  });
  if (ended.ok) await pause(SETTLING_MS);
  const report = ended.ok ? await read({ sinceMs, profile }) : `${program} does not start (${ended.error})`;
  const isBack = putBack();
  if (!ended.ok || typeof report === "string") {
    await takeBack(workshop, program, made, face);
    return typeof report === "string" ? report : "";
  }
  const { signal, status } = ended.value;
  if (status !== 0) say(`${program} ended ${signal === undefined ? `with status ${status ?? ""}` : `by ${signal}`}`);
  const finish = async (written: readonly string[]): Promise<boolean> => {
    if (written.length === 0) return (await takeBack(workshop, program, made, face)) && isBack;
    let isInForce = true;
    for (const path of written) isInForce = (await reload(workshop, path, face)) && isInForce;
    if (made !== undefined)
      say(`${program} still complains: run it again, or enforce it with \`aa-enforce ${made.path}\``);
    return isInForce && isBack;
  };
  return { report, profile, finish };
}

/** The profile that attaches to the program, or a new one that complains; why there is none. */
async function firstProfile(
  program: string,
  workshop: { readonly io: CliIo; readonly kernel: ReturnType<CliIo["kernelAt"]>; readonly settings: PolicySettings },
  face: Face,
): Promise<{ readonly profile: string; readonly made: MadeProfile | undefined } | string> {
  const { io, settings } = workshop;
  const opened = await openDirectory(
    settings.base,
    io,
    (line) => void face.put({ kind: "important", text: line.trimEnd() }),
  );
  if (!opened.ok) return opened.error;
  const known = await profileOf(opened.value, program);
  if (known !== undefined) {
    const profile = known.profiles?.[0] ?? program;
    face.put({
      kind: "info",
      text: `the profile ${profile} of ${known.file.path} attaches to ${program}, and stays in its mode`,
    });
    return { profile, made: undefined };
  }
  const conf = readLogprofConf(undefined, io.files);
  if (!conf.ok) return conf.error;
  const against = objection(program, conf.value);
  if (against !== undefined) return against;
  const made = await makeProfile(workshop, program, conf.value, face);
  return typeof made === "string" ? made : { profile: program, made };
}
