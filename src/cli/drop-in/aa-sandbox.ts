/**
 * The command `aa-sandbox` (tools 25.1): runs a program under a profile that is made for it, loaded, and removed again when the program ends. The program is a
 * child of whoever calls and never has more rights than he; the profile is the affair of another process, the keeper, which sees that process end, however it does.
 */
import { constants } from "node:os";
import { refusalText } from "../../app/index.ts";
import { type Outcome, fail } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Companion, toolEnvironment } from "../../host/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import { isNoKernel } from "../without-apparmor.ts";
import { changeRefusal } from "./change-refusal.ts";
import { placeHelp, placeOptions, required, ruleWishes } from "./easyprof-wish.ts";
import { callerOf } from "./sandbox/caller.ts";
import {
  type Display,
  type DisplayWish,
  SERVERS,
  displayRules,
  freeDisplay,
  isServer,
  openDisplay,
} from "./sandbox/display.ts";
import { type KeeperWord, keep, readWord, renderRequest } from "./sandbox/keeper.ts";
import {
  type Program,
  type Sandbox,
  type SandboxPlan,
  findProgram,
  planSandbox,
  sandboxName,
} from "./sandbox/profile.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/sandbox/1";

const options = [
  ...ruleWishes,
  ...placeOptions,
  required("profile"),
  { key: "x", long: "with-x", short: "X" },
  required("with-xserver"),
  { key: "with-clipboard", long: "with-clipboard" },
  required("with-xauthority"),
  required("with-xephyr-geometry"),
  { key: "dry-run", long: "dry-run" },
  { key: "json", long: "json" },
  { key: "debug", long: "debug", short: "d" },
  { key: "keep", long: "keep" },
  { key: "help", long: "help", short: "h" },
] as const;

const USAGE = "Usage: aa-sandbox [OPTION]... [--] PROGRAM [ARGUMENT]...\n";

const HELP = fitted(`${USAGE}
Runs a program under a profile that is made for it, loaded, and removed again when the program ends.

  -t, --template T               the template: a name, or an absolute path (sandbox; with -X sandbox-x)
  -a, --abstractions A,B         include these abstractions
  -p, --policy-groups G,H        take over the rules of these groups
      --read-path P              may be read; /dir/ is all below it
      --write-path P             may be read and written
      --template-var @{NAME}=V   set a variable
      --profile PROFILE          no new profile: one that is loaded
  -X, --with-x                   on an X display of its own
      --with-xserver SERVER      xpra (the default), xpra3d or xephyr
      --with-clipboard           share the clipboard with it (xpra)
      --with-xauthority FILE     where the keys of the display are kept meanwhile (~/.Xauthority-sandboxN)
      --with-xephyr-geometry WxH
                                 the size of its screen
${placeHelp}
      --dry-run                  print the profile, load and run nothing
      --json                     with --dry-run: print JSON instead of text
      --keep                     keep a profile loaded that comes on standard input, which this command has itself called for
  -d, --debug                    say what is done
  -h, --help                     print this

The profile permits what the template, the options and the start of the program need, nothing else. Loading it takes root: for others
it is done by sudo, with -X by pkexec; the program itself runs as whoever calls. What it leaves running when it ends is ended, too.
`);

/** The exit status is the program's; our own is this. */
const OWN = 1;

function refuse(text: string, io: CliIo): number {
  io.err(`aa-sandbox: ${displayText(text)}\n`);
  return OWN;
}

function debug({ has, io }: ToolCall, text: string): void {
  if (has("debug")) io.err(`aa-sandbox: ${displayText(text)}\n`);
}

function displayWish({ has, value }: ToolCall): DisplayWish | undefined {
  const server = value("with-xserver") ?? "xpra";
  if (!has("x") || !isServer(server)) return undefined;
  return {
    server,
    hasClipboard: has("with-clipboard"),
    authority: value("with-xauthority"),
    geometry: value("with-xephyr-geometry"),
  };
}

/** What the kernel can do; where none runs that could be asked, and nothing is to be loaded, what the newest can. */
function featuresOf({ has, io }: ToolCall): Outcome<string, string> {
  const features = io.kernelAt({}).features();
  if (features.ok) return features;
  if (!has("dry-run") || !isNoKernel(features.error)) return fail(refusalText(features.error));
  const newest = io.featureText(`${packageDirectory()}policy/abi/5.0`);
  return newest.ok ? newest : fail(`${newest.error.path}: ${fileRefusalText(newest.error)}`);
}

type Caller = Extract<ReturnType<typeof callerOf>, { readonly ok: true }>["value"];

/** All that is known before anything is done. */
interface Errand {
  readonly call: ToolCall;
  readonly caller: Caller;
  readonly program: Program;
  readonly wish: DisplayWish | undefined;
}

/** Runs the program under a label; its status. */
async function runUnder(
  label: string,
  { call, caller, program }: Errand,
  display: Display | undefined,
): Promise<number> {
  const { io } = call;
  const set = io.setNextLabel(label);
  if (!set.ok) return refuse(changeRefusal(set.error.errno, label, label), io);
  debug(call, `runs ${program.path} under ${label}`);
  const ended = await io.runInForeground(program.path, program.args, {
    env: { ...caller.environment, ...display?.environment },
    calledAs: program.calledAs,
    errorOnly: false,
    passSignals: true,
    ...(caller.user !== undefined && { user: caller.user }),
  });
  if (!ended.ok) return refuse(`${program.calledAs} does not start: ${errnoText(ended.error)}`, io);
  const { signal, status } = ended.value;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0;
  return signal === undefined ? (status ?? OWN) : 128 + number;
}

function failed(name: string, errno: string): Outcome<never, string> {
  return fail(`${name} does not start: ${errnoText(errno)}`);
}

/** The keeper, started by root himself, or as root by a program that asks whether the caller may. */
function startKeeper({ call, caller }: Errand): Outcome<Companion, string> {
  const { has, io } = call;
  // The wrapper looks for a Node that nobody else may change, and hears of no variable that tells it what to run.
  const words = [`${packageDirectory()}bin/aa-sandbox`, "--keep"];
  const { PATH: tools = "", ...plain } = toolEnvironment(undefined);
  const { PATH: own } = caller.environment;
  if (io.userId() === 0) {
    const [path = "", ...args] = words;
    const env = { ...plain, PATH: own === undefined ? tools : `${tools}:${own}` };
    const started = io.startCompanion(path, args, { env, isApart: true });
    return started.ok ? started : failed(path, started.error);
  }
  const name = has("x") ? "pkexec" : "sudo";
  const path = io.toolPath(name);
  if (path === undefined) return fail(`loading a profile takes root, and ${name} is not installed; call this as root`);
  const args = [...(name === "sudo" ? ["--"] : []), ...words];
  const env = { ...caller.environment, ...plain, PATH: tools };
  const started = io.startCompanion(path, args, { env, isApart: false });
  return started.ok ? started : failed(name, started.error);
}

/** The next word of the keeper; `undefined`: it is gone. */
async function hear(keeper: Companion): Promise<KeeperWord | undefined> {
  for (;;) {
    const line = await keeper.answer();
    const word = line === undefined ? undefined : readWord(line);
    if (line === undefined || word !== undefined) return word;
  }
}

/** As many of one name as may run at once. */
const MOST_OF_A_NAME = 99;

/** Has a profile loaded under the first name that nobody has. */
async function loadFirst(
  plan: SandboxPlan,
  { caller, program }: Errand,
  keeper: Companion,
): Promise<Outcome<Sandbox, string>> {
  for (let count = 1; count <= MOST_OF_A_NAME; count += 1) {
    const made = await plan.under(sandboxName(caller.name, program.path, count));
    if (!made.ok) return made;
    const { name, stream } = made.value;
    keeper.tell(renderRequest({ name, bytes: stream.length, caller: process.pid }, stream));
    const word = await hear(keeper);
    if (word?.said === "loaded") return made;
    if (word?.said === "refused") return fail(`${name} was not loaded: ${word.why}`);
    if (word?.said !== "taken") return fail("the profile was not loaded: what loads it has ended");
  }
  return fail(`${MOST_OF_A_NAME} sandboxes of ${program.path} run already`);
}

/** Waits until the profile is removed; what is wrong where it is not. */
async function finish({ name }: Sandbox, { call, program }: Errand, keeper: Companion): Promise<string | undefined> {
  keeper.close();
  for (;;) {
    const word = await hear(keeper);
    if (word === undefined) return `the profile ${name} may be left: what was to remove it has ended`;
    if (word.said === "left") return `the profile ${name} is left: ${word.why}`;
    if (word.said === "waiting")
      call.io.err(`aa-sandbox: processes under ${displayText(name)} do not end; waiting for them\n`);
    if (word.said !== "gone") continue;
    debug(call, `${name} is removed`);
    const what = word.ended === 1 ? "a process" : `${word.ended} processes`;
    if (word.ended > 0)
      call.io.err(`aa-sandbox: ${what} that ${displayText(program.calledAs)} left running ended with it\n`);
    return undefined;
  }
}

/** Runs the program under a profile of its own; its status. */
async function runSandboxed(plan: SandboxPlan, errand: Errand, display: Display | undefined): Promise<number> {
  const { io } = errand.call;
  const started = startKeeper(errand);
  if (!started.ok) return refuse(started.error, io);
  const keeper = started.value;
  try {
    const loaded = await loadFirst(plan, errand, keeper);
    if (!loaded.ok) return refuse(loaded.error, io);
    debug(errand.call, `${loaded.value.name} is loaded`);
    const status = await runUnder(loaded.value.name, errand, display);
    const left = await finish(loaded.value, errand, keeper);
    return left === undefined ? status : Math.max(status, refuse(left, io));
  } finally {
    // However this ends, the keeper hears of it.
    keeper.close();
  }
}

/** What would be loaded and run. */
async function show(plan: SandboxPlan, errand: Errand, number: number | undefined): Promise<number> {
  const { call, caller, program } = errand;
  const { has, io } = call;
  const made = await plan.under(sandboxName(caller.name, program.path, 1));
  if (!made.ok) return refuse(made.error, io);
  const { name, text } = made.value;
  if (!has("json")) {
    io.verbatim(text);
    return 0;
  }
  const display = number === undefined ? undefined : `:${number}`;
  const document = { name, program: program.path, arguments: program.args, user: caller.name, display, text };
  io.json(`${JSON.stringify({ schema: SCHEMA, ...document })}\n`);
  return 0;
}

/** What `body` makes of a display, which is there as long as it works. */
async function withDisplay(
  errand: Errand,
  free: Parameters<typeof openDisplay>[1],
  body: (display: Display) => Promise<number>,
): Promise<number> {
  const { call, caller, wish } = errand;
  const { io } = call;
  if (wish === undefined) return OWN;
  const display = await openDisplay(wish, free, caller.environment, io);
  if (!display.ok) return refuse(display.error, io);
  debug(call, `the display :${free.number} is there`);
  let left: string | undefined;
  let status: number;
  try {
    status = await body(display.value);
  } finally {
    left = await display.value.stop();
  }
  return left === undefined ? status : Math.max(status, refuse(left, io));
}

async function runWith(errand: Errand): Promise<number> {
  const { call, caller, program, wish } = errand;
  const { has, io, value } = call;
  const free = wish === undefined ? undefined : freeDisplay(wish, caller.home, io);
  if (free?.ok === false) return refuse(free.error, io);
  const profile = value("profile");
  if (profile !== undefined && free === undefined) return runUnder(profile, errand, undefined);
  if (profile !== undefined && free !== undefined)
    return withDisplay(errand, free.value, (display) => runUnder(profile, errand, display));
  const features = featuresOf(call);
  if (!features.ok) return refuse(features.error, io);
  const request = {
    program,
    template: value("template") ?? (free === undefined ? "sandbox" : "sandbox-x"),
    rules: free === undefined ? [] : displayRules(free.value, features.value),
    readPaths: free === undefined ? [] : [free.value.authority],
    features: features.value,
  };
  const plan = await planSandbox(request, call);
  if (!plan.ok) return refuse(plan.error, io);
  if (has("dry-run")) return show(plan.value, errand, free?.value.number);
  if (free === undefined) return runSandboxed(plan.value, errand, undefined);
  return withDisplay(errand, free.value, (display) => runSandboxed(plan.value, errand, display));
}

async function run(call: ToolCall): Promise<number> {
  const { has, io, operands } = call;
  if (has("keep")) return keep(io);
  const program = findProgram(operands, io);
  if (!program.ok) return refuse(program.error, io);
  const caller = callerOf(io);
  if (!caller.ok) return refuse(caller.error, io);
  if (has("x") && caller.value.user !== undefined)
    return refuse("with -X call it as the user whose display it is, and not through sudo", io);
  return runWith({ call, caller: caller.value, program: program.value, wish: displayWish(call) });
}

function wrong(text: string | undefined, io: CliIo): number {
  io.err(`${USAGE}\naa-sandbox: error: ${displayText(text ?? "")}\n`);
  return 2;
}

function usageProblem({ has, operands, value }: ToolCall): string | undefined {
  if (has("keep")) return operands.length > 0 ? "--keep runs no program" : undefined;
  if (operands.length === 0) return "name a program";
  const ofProfile = [...ruleWishes, ...placeOptions].find(({ key }) => has(key));
  if (has("profile") && ofProfile !== undefined) return `--${ofProfile.long ?? ""} says nothing beside --profile`;
  if (has("profile") && has("dry-run")) return "--dry-run says nothing beside --profile";
  if (has("json") && !has("dry-run")) return "--json prints what --dry-run finds: standard output is the program's";
  const ofX = ["with-xserver", "with-clipboard", "with-xauthority", "with-xephyr-geometry"].find(has);
  if (ofX !== undefined && !has("x")) return `--${ofX} says nothing without -X`;
  const server = value("with-xserver") ?? "xpra";
  if (!isServer(server)) return `--with-xserver is ${SERVERS.join(", ")}, not ${server}`;
  if (has("with-clipboard") && server === "xephyr") return "--with-clipboard: Xephyr shares none";
  const geometry = value("with-xephyr-geometry");
  if (geometry === undefined) return undefined;
  if (server !== "xephyr") return "--with-xephyr-geometry says nothing without --with-xserver=xephyr";
  return /^\d{1,5}x\d{1,5}$/.test(geometry) ? undefined : `--with-xephyr-geometry is WIDTHxHEIGHT, not ${geometry}`;
}

export const tool: Tool = {
  name: "aa-sandbox",
  schema: SCHEMA,
  options,
  help: HELP,
  examples: [
    ["aa-sandbox --dry-run --read-path /srv/ /usr/bin/less", "the profile that the program would run under"],
    [
      "aa-sandbox --read-path /srv/ -- less /srv/report",
      "a program that reads what is below a directory, and little else",
    ],
  ],
  operands: "program",
  wrong,
  before: (call) => {
    const text = call.has("help") ? undefined : usageProblem(call);
    return text === undefined ? undefined : wrong(text, call.io);
  },
  run,
};
