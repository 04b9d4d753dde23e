/** The command `aa-status` (tools 4): loaded profiles and confined processes, in lines that auditors' scripts search for. */
import { compareBytes } from "../../foundation/text/index.ts";
import type { LoadedProfile, ProcessConfinement, ProcessesPort } from "../../foundation/ports/index.ts";
import { displayText, say } from "../../foundation/text/index.ts";
import type { OptionSpec } from "../getopt.ts";
import type { CliIo } from "../io.ts";
import type { Tool } from "./tool.ts";
import { basicPattern } from "./basic-pattern.ts";

const options: readonly OptionSpec<string>[] = [
  { key: "enabled", long: "enabled" },
  { key: "profiled", long: "profiled" },
  { key: "mode:enforce", long: "enforced" },
  { key: "mode:complain", long: "complaining" },
  { key: "mode:prompt", long: "prompt" },
  { key: "mode:kill", long: "kill" },
  { key: "mode:unconfined", long: "special-unconfined" },
  { key: "process-mixed", long: "process-mixed" },
  { key: "show", long: "show", value: "required" },
  { key: "count", long: "count" },
  { key: "filter.mode", long: "filter.mode", value: "required" },
  { key: "filter.profiles", long: "filter.profiles", value: "required" },
  { key: "filter.pid", long: "filter.pid", value: "required" },
  { key: "filter.exe", long: "filter.exe", value: "required" },
  { key: "json", long: "json" },
  { key: "pretty-json", long: "pretty-json" },
  { key: "verbose", long: "verbose", short: "v" },
  { key: "quiet", long: "quiet" },
  { key: "help", long: "help", short: "h", value: "optional" },
];

const HELP = `Usage: aa-status [OPTION]...

Shows which profiles are loaded and which processes they confine.

      --enabled              exit with 0 when AppArmor is enabled; print nothing
      --show=PART            all, profiles or processes
      --count                print numbers instead of lists
      --filter.mode=RE       only these modes; a basic regular expression
      --filter.profiles=RE   only these profiles
      --filter.pid=RE        only these processes
      --filter.exe=RE        only processes of these programs
      --json                 one line of JSON
      --pretty-json          the same, indented
  -v, --verbose              the default
      --quiet                no error messages
  -h, --help                 print this

Counters of old, each prints one number: --profiled --enforced --complaining
--prompt --kill --special-unconfined --process-mixed
`;

const PROFILE_MODES = ["enforce", "complain", "prompt", "kill", "unconfined"] as const;
const PROCESS_MODES = ["enforce", "complain", "prompt", "kill", "unconfined", "mixed"] as const;

interface Wish {
  readonly values: ReadonlyMap<string, string>;
  readonly modes: RegExp;
  readonly profiles: RegExp;
  readonly pid: RegExp;
  readonly exe: RegExp;
  readonly showProfiles: boolean;
  readonly showProcesses: boolean;
}

interface Process {
  readonly pid: number;
  readonly exe: string;
  readonly profile: string;
  readonly mode: string;
}

interface State {
  readonly profiles: readonly LoadedProfile[];
  readonly processes: readonly Process[];
}

/** What the kernel calls `user` is the prompt mode. */
const modeName = (mode: string): string => (mode === "user" ? "prompt" : mode);

function asProcess(
  { pid, label, mode, executable, command }: ProcessConfinement,
  names: ReadonlySet<string>,
): Process[] {
  const exe = executable ?? command ?? "";
  if (mode !== undefined) return [{ pid, exe, profile: label, mode: modeName(mode) }];
  // A process without confinement counts when a profile bears its program's name, and is listed under that.
  return names.has(exe) ? [{ pid, exe, profile: exe, mode: "unconfined" }] : [];
}

function readState(profiles: readonly LoadedProfile[], running: ProcessesPort): State {
  const sorted = profiles
    .map(({ name, mode }) => ({ name, mode: modeName(mode) }))
    .toSorted((a, b) => compareBytes(a.name, b.name));
  const names = new Set(sorted.map(({ name }) => name));
  const processes = running
    .confinement()
    .processes.flatMap((process) => asProcess(process, names))
    .toSorted((a, b) => compareBytes(a.profile, b.profile) || a.pid - b.pid);
  return { profiles: sorted, processes };
}

/** A filter, or `undefined` for a pattern that is none. */
function readWish(values: ReadonlyMap<string, string>): Wish | undefined {
  const filter = (key: string): RegExp | undefined => basicPattern(values.get(key) ?? ".*");
  const [modes, profiles, pid, exe] = ["filter.mode", "filter.profiles", "filter.pid", "filter.exe"].map(filter);
  if (modes === undefined || profiles === undefined || pid === undefined || exe === undefined) return undefined;
  const show = values.get("show") ?? "all";
  const parts = { showProfiles: show !== "processes", showProcesses: show !== "profiles" };
  return { values, modes, profiles, pid, exe, ...parts };
}

const wantedProfile = (wish: Wish, { name, mode }: LoadedProfile): boolean =>
  wish.modes.test(mode) && wish.profiles.test(name);

function wantedProcess(wish: Wish, { pid, exe, profile, mode }: Process): boolean {
  return wish.modes.test(mode) && wish.profiles.test(profile) && wish.pid.test(String(pid)) && wish.exe.test(exe);
}

function printText(state: State, wish: Wish, io: CliIo): void {
  if (wish.showProfiles) {
    io.out(`${state.profiles.length} profiles are loaded.\n`);
    for (const mode of PROFILE_MODES.filter((one) => wish.modes.test(one))) {
      const found = state.profiles.filter((profile) => profile.mode === mode && wantedProfile(wish, profile));
      io.out(`${found.length} profiles are in ${mode} mode.\n`);
      for (const { name } of found) io.out(`   ${displayText(name)}\n`);
    }
  }
  if (!wish.showProcesses) return;
  io.out(`${state.processes.length} processes have profiles defined.\n`);
  for (const mode of PROCESS_MODES.filter((one) => wish.modes.test(one))) {
    const found = state.processes.filter((process) => process.mode === mode && wantedProcess(wish, process));
    const modeText = mode === "unconfined" ? "are unconfined but have a profile defined." : `are in ${mode} mode.`;
    io.out(`${found.length} processes ${modeText}\n`);
    for (const { pid, exe, profile } of found) {
      io.out(`   ${displayText(exe)} (${pid}) ${profile === exe ? "" : displayText(profile)}\n`);
    }
  }
}

/** Mode by mode, in the order of the text; in each, those that were first are first. */
function byMode<T extends { readonly mode: string }>(all: readonly T[], modes: readonly string[]): readonly T[] {
  const rank = ({ mode }: T): number => (modes.includes(mode) ? modes.indexOf(mode) : modes.length);
  return all.toSorted((a, b) => rank(a) - rank(b));
}

/** Format version "2"; processes of one program are gathered under one key, whatever their modes. */
function printJson(state: State, wish: Wish, io: CliIo, layout: (value: unknown) => string): void {
  const wanted = state.profiles.filter((profile) => wantedProfile(wish, profile));
  const profiles = byMode(wanted, PROFILE_MODES);
  const running = state.processes.filter((process) => wantedProcess(wish, process));
  const byExecutable = running.toSorted((a, b) => compareBytes(a.exe, b.exe));
  const processes = byMode(byExecutable, PROCESS_MODES);
  const byProgram = new Map<string, object[]>();
  for (const { pid, exe, profile, mode } of processes) {
    byProgram.set(exe, [...(byProgram.get(exe) ?? []), { profile, pid: String(pid), status: mode }]);
  }
  const count = wish.values.has("count");
  const document = {
    version: "2",
    ...(wish.showProfiles &&
      (count
        ? { profile_count: profiles.length }
        : { profiles: Object.fromEntries(profiles.map(({ name, mode }) => [name, mode])) })),
    ...(wish.showProcesses &&
      (count ? { process_count: processes.length } : { processes: Object.fromEntries(byProgram) })),
  };
  io.json(`${layout(document)}\n`);
}

/** JSON on one line with a blank behind each comma and colon, as scripts have seen it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`)
    .join(", ")}}`;
}

/** A key on each line and tabs, as Debian's lays it out; `depth` is that of the value's own keys. */
function tabbed(value: unknown, depth = 1): string {
  if (Array.isArray(value)) return `[${value.map((item) => tabbed(item, depth + 1)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(
    ([key, item]) => `${"\t".repeat(depth)}${JSON.stringify(key)}:\t${tabbed(item, depth + 1)}`,
  );
  return `{\n${lines.join(",\n")}${lines.length === 0 ? "" : "\n"}${"\t".repeat(depth - 1)}}`;
}

/** The number an option of old asks for, or `undefined` when none is given. */
function oldCounter(state: State, keys: ReadonlySet<string>): number | undefined {
  if (keys.has("profiled")) return state.profiles.length;
  if (keys.has("process-mixed")) return state.processes.filter(({ mode }) => mode === "mixed").length;
  const mode = PROFILE_MODES.find((one) => keys.has(`mode:${one}`));
  return mode === undefined ? undefined : state.profiles.filter((profile) => profile.mode === mode).length;
}

const SHOWS = ["all", "profiles", "processes"];

export const tool: Tool = {
  name: "aa-status",
  options,
  help: HELP,
  examples: [
    ["aa-status --show=processes", "confined processes, without the profiles"],
    ["aa-status --filter.mode=complain --show=profiles --count", "how many profiles are in complain mode"],
  ],
  operands: "none",
  wrong: (text, io) => {
    io.err([...(text === undefined ? ["Error: Unknown options.\n"] : say`aa-status: ${text}\n`), HELP]);
    return 1;
  },
  onOption: (key, { io }) => {
    if (key !== "enabled") return undefined;
    const kernel = io.kernelAt({});
    return kernel.enabled() === true && kernel.directory() !== undefined ? 0 : 1;
  },
  before: ({ value, io }) => {
    const show = value("show") ?? "all";
    if (!["", "legacy", "filters"].includes(value("help") ?? "")) io.err("Error: Invalid help topic.\n");
    else if (!SHOWS.includes(show)) io.err(`Error: Invalid --show option '${displayText(show)}'.\n`);
    else return undefined;
    return 1;
  },
  run: ({ values, io }) => report(values, io),
};

function report(values: ReadonlyMap<string, string>, io: CliIo): number {
  const complain = (text: string, status: number): number => {
    if (!values.has("quiet")) io.err(`${text}\n`);
    return status;
  };
  const wish = readWish(values);
  if (wish === undefined) return complain("Error: invalid regular expression", 42);
  const kernel = io.kernelAt({});
  const keys = new Set(values.keys());
  const json = keys.has("json") || keys.has("pretty-json");
  const counter = oldCounter({ profiles: [], processes: [] }, keys) !== undefined;
  if (kernel.enabled() === undefined) return complain("apparmor not present.", 1);
  if (!json && !counter) io.out("apparmor module is loaded.\n");
  if (kernel.directory() === undefined) return complain("apparmor filesystem is not mounted.", 3);
  const listed = kernel.profiles();
  if (!listed.ok) return complain("You do not have enough privilege to read the profile set.", 4);
  const state = readState(listed.value, io.processesAt({}));
  const number = oldCounter(state, keys);
  if (state.profiles.length === 0 && !json) return complain("No policy loaded into the kernel", 2);
  if (number !== undefined) io.out(`${number}\n`);
  else if (json) printJson(state, wish, io, keys.has("pretty-json") ? tabbed : spaced);
  else if (keys.has("count")) {
    if (wish.showProfiles) io.out(`${state.profiles.filter((one) => wantedProfile(wish, one)).length}\n`);
    if (wish.showProcesses) io.out(`${state.processes.filter((one) => wantedProcess(wish, one)).length}\n`);
  } else printText(state, wish, io);
  return 0;
}
