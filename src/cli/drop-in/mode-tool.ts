/**
 * `aa-enforce`, `aa-complain`, `aa-audit`, `aa-disable` (tools 10): what they have in common. What is to change is planned by the one model of the
 * policy set (app/policy-set.ts), shown or written, and loaded.
 */
import {
  type PlannedFileChange,
  type PolicyStep,
  type SetProblem,
  type SetWish,
  type StepsRefusal,
  loadPolicySet,
} from "../../app/index.ts";
import { decodeBytes, displayLines, displayText, unifiedDiff } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { Example } from "../examples.ts";
import type { OptionSpec } from "../getopt.ts";
import {
  SELECTOR_HELP,
  type Choices,
  byFile,
  chooseProfiles,
  namesNothing,
  selectorOptions,
} from "./chosen-profiles.ts";
import {
  type Choice,
  type ProfileDirectory,
  directoryOptions,
  openDirectory,
  refuse,
  reload,
} from "./profile-directory.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/modes/1";

/** In what one of the tools differs from the others. */
interface ModeTool {
  readonly name: string;
  /** What the first lines of its help say. */
  readonly about: string;
  readonly examples: readonly Example[];
  readonly ownOptions: readonly (OptionSpec<string> & { readonly about: string })[];
  readonly wish: (call: ToolCall) => SetWish;
  /** What it says of what was named. */
  readonly says: (called: string, call: ToolCall) => string;
}

const commonOptions: readonly OptionSpec<string>[] = [
  ...directoryOptions,
  { key: "root", long: "root", value: "required" },
  { key: "no-reload", long: "no-reload" },
  { key: "dry-run", long: "dry-run" },
  { key: "json", long: "json" },
  ...selectorOptions,
  { key: "help", long: "help", short: "h" },
];

function helpOf({ name, about, ownOptions }: ModeTool): string {
  const own = ownOptions.map(({ about: what, long = "", short }) => {
    const letter = short === undefined ? "    " : `-${short}, `;
    return `  ${letter}--${long.padEnd(20)}${what}\n`;
  });
  return fitted(`Usage: ${name} [OPTION]... [PROGRAM | PROFILE]...

${about}

  -d, --dir DIR             profiles are in DIR (/etc/apparmor.d)
      --root DIR            of the system under DIR, whose kernel is not this one: nothing is loaded
${own.join("")}      --no-reload           do not tell the kernel
      --dry-run             print what would change, and change nothing
      --json                print one JSON document instead of text
${SELECTOR_HELP}  -h, --help                print this
`);
}

/** What became of a file. */
interface FileResult {
  readonly choice: Choice;
  readonly plan: PlannedFileChange | undefined;
  readonly problem: string | undefined;
}

interface Run {
  readonly tool: ModeTool;
  readonly call: ToolCall;
  readonly directory: ProfileDirectory;
  /** Takes what is said to a person about what goes well. */
  readonly sayLine: (line: string) => void;
}

export function problemText(problem: SetProblem): string {
  return typeof problem === "string" ? problem : `${problem.path}: ${fileRefusalText(problem)}`;
}

async function planAll(choices: Choices, run: Run): Promise<readonly FileResult[]> {
  const { planSetChange } = await loadPolicySet();
  const { call, directory, tool } = run;
  return [...byFile(choices.chosen).values()].map((choice): FileResult => {
    const { file, profiles } = choice;
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    const linkTarget = call.has("root") ? `../${name}` : file.path;
    const request = { file, profiles, wish: tool.wish(call), linkTarget };
    const planned = planSetChange(request, directory.world, call.io.links);
    return planned.ok
      ? { choice, plan: planned.value, problem: undefined }
      : { choice, plan: undefined, problem: `${file.path} was left as it is: ${problemText(planned.error)}` };
  });
}

/** What is said of a file before anything is done to it. */
function announce(
  { choice, plan }: FileResult,
  called: readonly string[],
  { call, directory, sayLine, tool }: Run,
): void {
  if (plan === undefined) return;
  const { along, elsewhere, kept, path, steps } = plan;
  const wish = tool.wish(call);
  const isUntouched = steps.length === 0 && (kept.length > 0 || elsewhere.length > 0);
  for (const name of isUntouched ? [] : called) sayLine(`${displayText(tool.says(name, call))}\n`);
  if (wish.kind === "mode") {
    for (const { mode, profile } of kept)
      sayLine(`Profile ${displayText(profile)} is in ${mode} mode. Use --force to switch it to ${wish.mode} mode.\n`);
  }
  for (const { path: other, profile } of elsewhere)
    call.io.err(`Profile ${displayText(profile)} is written in ${displayText(other)}, which was left as it is.\n`);
  if (along.length > 0) {
    const names = along.map(displayText).join(", ");
    sayLine(`${wish.kind === "disable" ? "With it goes" : "With it comes"} what else is in the file: ${names}.\n`);
  }
  if (wish.kind === "audit" && choice.file.state === "disabled") {
    const name = displayText(path.slice(directory.path.length + 1));
    sayLine(`Warning: the profile ${name} is disabled. Use aa-enforce or aa-complain to enable it.\n`);
  }
}

function diffOf(step: PolicyStep): string | undefined {
  if (step.kind !== "write") return undefined;
  const [before, after] = [step.before, step.after].map(decodeBytes);
  return unifiedDiff(before ?? "", after ?? "", { oldName: step.path, newName: step.path });
}

function showStep(step: PolicyStep, sayLine: (line: string) => void): void {
  const diff = diffOf(step);
  if (diff !== undefined) sayLine(displayLines(diff));
  else if (step.kind === "link") sayLine(`Would link ${displayText(step.path)} to ${displayText(step.target)}\n`);
  else if (step.kind === "unlink") sayLine(`Would remove the link ${displayText(step.path)}\n`);
}

export function stepsRefusalText({ left, refusal }: StepsRefusal): string {
  const why = `${refusal.path}: ${fileRefusalText(refusal)}`;
  if (left.length === 0) return `nothing was changed: ${why}`;
  const rest = left.map((one) => `${one.path}: ${fileRefusalText(one)}`).join("; ");
  return `only a part was changed, and could not be taken back (${rest}): ${why}`;
}

/** Takes the steps of every file; the results with what went wrong. */
async function writeAll(results: readonly FileResult[], { call: { io } }: Run): Promise<readonly FileResult[]> {
  const { takeSteps } = await loadPolicySet();
  return results.map((result): FileResult => {
    if (result.plan === undefined) return result;
    const done = takeSteps(result.plan.steps, { files: io.files, links: io.links });
    return done.ok ? result : { ...result, problem: `${result.plan.path}: ${stepsRefusalText(done.error)}` };
  });
}

/** Tells the kernel; `undefined`: there was nothing to tell it. */
async function loadAll(results: readonly FileResult[], { call, directory, tool }: Run): Promise<boolean | undefined> {
  const isToLoad = ({ plan, problem }: FileResult): boolean =>
    problem === undefined && plan !== undefined && (plan.steps.length > 0 || plan.kept.length === 0);
  const paths = results.filter(isToLoad).map(({ choice }) => choice.file.path);
  if (paths.length === 0) return undefined;
  return reload(paths, directory, call.io, tool.wish(call).kind === "disable" ? "-R" : "-r");
}

function shownStep(step: PolicyStep): object {
  if (step.kind === "write") return { kind: step.kind, path: step.path, diff: diffOf(step) };
  return step.kind === "make-directory" ? { kind: step.kind, path: step.path } : step;
}

function printDocument(
  results: readonly FileResult[],
  { missing }: Choices,
  outcome: { readonly status: number; readonly loaded: boolean | undefined },
  { call, tool }: Run,
): void {
  const files = results.map(({ choice, plan, problem }) => ({
    path: choice.file.path,
    steps: (plan?.steps ?? []).filter(({ kind }) => kind !== "make-directory").map(shownStep),
    changed: plan?.changed ?? [],
    kept: plan?.kept ?? [],
    elsewhere: plan?.elsewhere ?? [],
    along: plan?.along ?? [],
    problem: problem ?? null,
  }));
  const document = {
    schema: SCHEMA,
    tool: tool.name,
    ok: outcome.status === 0,
    dryRun: call.has("dry-run"),
    files,
    missing,
    loaded: outcome.loaded ?? null,
  };
  call.io.json(`${JSON.stringify(document)}\n`);
}

/** Something that was asked for was not done. */
function isBad({ plan, problem }: FileResult): boolean {
  return problem !== undefined || (plan !== undefined && plan.elsewhere.length > 0);
}

async function runModes(tool: ModeTool, call: ToolCall): Promise<number> {
  const { has, io } = call;
  const sayLine = has("json") ? io.err : io.out;
  const opened = await openDirectory(call.value("dir"), io, { root: call.value("root"), sayLine });
  if (!opened.ok) return refuse(opened.error, io);
  const run: Run = { tool, call, directory: opened.value, sayLine };
  const choices = await chooseProfiles(call, run.directory, sayLine);
  const planned = await planAll(choices, run);
  for (const result of planned) {
    const called = choices.chosen.filter(({ file }) => file === result.choice.file).flatMap((one) => one.called);
    announce(result, [...new Set(called)], run);
    if (has("dry-run") && !has("json")) for (const step of result.plan?.steps ?? []) showStep(step, sayLine);
  }
  const results = has("dry-run") ? planned : await writeAll(planned, run);
  for (const { problem } of results) if (problem !== undefined) refuse(problem, io);
  const isTold = !has("dry-run") && !has("no-reload") && !has("root");
  const loaded = isTold ? await loadAll(results, run) : undefined;
  if (loaded === false) refuse("what was changed is not in force: the kernel, or the parser, refused it", io);
  const isShort = loaded === false || choices.missing.length > 0 || !run.directory.isWhole;
  const status = isShort || results.some(isBad) ? 1 : 0;
  if (has("json")) printDocument(results, choices, { status, loaded }, run);
  return status;
}

/** The tool, whole. */
export function modeTool(tool: ModeTool): Tool {
  const help = helpOf(tool);
  return {
    name: tool.name,
    schema: SCHEMA,
    options: [...tool.ownOptions, ...commonOptions],
    help,
    examples: tool.examples,
    operands: "any",
    wrong: (text, io) => {
      io.err(`${help}${tool.name}: error: ${displayText(text ?? "")}\n`);
      return 2;
    },
    before: (call) => {
      if (call.has("help") || !namesNothing(call)) return undefined;
      call.io.err(
        `${help}${tool.name}: error: name a program, or give --profile, --profile-file or --executable-file\n`,
      );
      return 2;
    },
    run: (call) => runModes(tool, call),
  };
}
