import {
  type SetFile,
  type SetProfile,
  defaultPolicySettings,
  labelComponents,
  loadEngine,
  loadPolicySet,
} from "../../app/index.ts";
import type { ProcessConfinement } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type Command, EXIT, type Invocation, baseDirectory, baseOption, printJson } from "./command.ts";
import { MODE_STYLES, paint } from "./paint.ts";

/** Where a profile of a label is written. */
interface Place {
  readonly profile: string;
  /** `undefined`: no file of the directory has it. */
  readonly written: (SetProfile & { readonly isOff: boolean }) | undefined;
}

interface Row {
  readonly process: ProcessConfinement;
  readonly places: readonly Place[];
}

interface Policy {
  readonly files: readonly SetFile[];
  /** Why places are not known, or not all of them. */
  readonly problems: readonly string[];
}

async function readPolicy(call: Invocation): Promise<Policy> {
  const base = baseDirectory(call);
  const { io } = call;
  const settings = defaultPolicySettings({ base, kernelFeatures: "", workingDirectory: io.workingDirectory });
  const { readPolicySet } = await loadPolicySet();
  const set = readPolicySet({ engine: await loadEngine(), files: io.files, settings });
  if (!set.ok) return { files: [], problems: [`${base}: ${fileRefusalText(set.error)}`] };
  const { files, hidden, skipped } = set.value;
  const unread = skipped.map(
    ({ path, reason, refusal }) => `${path}: ${refusal === undefined ? reason : fileRefusalText(refusal)}`,
  );
  return { files, problems: [...unread, ...hidden.map((one) => `${one.path}: ${fileRefusalText(one)}`)] };
}

/** Those that are in force come first. */
function placer(files: readonly SetFile[]): (profile: string) => Place {
  const known = new Map<string, Place["written"]>();
  for (const isOff of [false, true]) {
    for (const { profiles, state } of files) {
      if ((state === "disabled") !== isOff) continue;
      for (const profile of profiles) if (!known.has(profile.name)) known.set(profile.name, { ...profile, isOff });
    }
  }
  return (profile) => ({ profile, written: known.get(profile) });
}

function placeText({ places }: Row): string {
  return places
    .map(({ written }) => {
      if (written === undefined) return "no file has it";
      const off = written.isOff ? " (switched off)" : "";
      return `${written.path}:${written.line}${off}`;
    })
    .join(", ");
}

/** The file says another mode than the kernel has: it was changed since it was loaded. */
function isStale({ process, places }: Row): boolean {
  const [only, ...more] = places;
  return more.length === 0 && only?.written !== undefined && only.written.mode !== process.mode;
}

function printRows(rows: readonly Row[], call: Invocation): void {
  const lines = rows.map((row) => {
    const { executable, command, label, mode, pid } = row.process;
    const note = isStale(row) ? `, where it is in ${row.places[0]?.written?.mode ?? ""} mode` : "";
    const place = row.places.length === 0 ? "" : `${placeText(row)}${note}`;
    return [String(pid), mode ?? "-", label, executable ?? `[${command ?? "?"}]`, place].map(displayText);
  });
  const table = [["PID", "MODE", "PROFILE", "PROGRAM", "WRITTEN IN"], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => (line[column] ?? "").length)));
  for (const [index, [pid = "", mode = "", profile = "", program = "", place = ""]] of table.entries()) {
    const head = `${pid.padStart(widths[0] ?? 0)}  `;
    const rest = `  ${profile.padEnd(widths[2] ?? 0)}  ${program.padEnd(widths[3] ?? 0)}  ${place}`.trimEnd();
    const style = index === 0 ? "bold" : MODE_STYLES[mode];
    call.io.out([head, paint(mode.padEnd(widths[1] ?? 0), style), `${rest}\n`]);
  }
}

function shownRow({ process, places }: Row): object {
  return {
    ...process,
    mode: process.mode ?? null,
    executable: process.executable ?? null,
    command: process.command ?? null,
    profiles: places.map(({ profile, written }) => ({
      name: profile,
      path: written?.path ?? null,
      line: written?.line ?? null,
      mode: written?.mode ?? null,
      disabled: written?.isOff ?? null,
    })),
  };
}

function isKernelThread({ executable, mode }: ProcessConfinement): boolean {
  return executable === undefined && mode === undefined;
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  const place = call.root === undefined ? {} : { root: call.root };
  const { hidden, processes } = io.processesAt(place).confinement();
  const wanted = processes.filter((one) => one.mode !== undefined || (call.has("all") && !isKernelThread(one)));
  const isAny = wanted.some(({ mode }) => mode !== undefined);
  const { files, problems } = isAny ? await readPolicy(call) : { files: [], problems: [] };
  const placeOf = placer(files);
  const rows = wanted.map((process): Row => ({
    process,
    places: process.mode === undefined ? [] : labelComponents(process.label).map(placeOf),
  }));
  if (call.json) printJson(io, "armorer/ps/1", { processes: rows.map(shownRow), hidden, problems });
  else printRows(rows, call);
  for (const problem of problems) io.err(`armorer ps: profiles of ${displayText(problem)} have no place here\n`);
  const enabled = isAny ? true : io.kernelAt(place).enabled();
  if (enabled !== true) {
    io.err(
      `armorer ps: AppArmor is ${enabled === undefined ? "not in this kernel" : "disabled"}: nothing is confined\n`,
    );
    return EXIT.bad;
  }
  if (hidden > 0) io.err(`armorer ps: ${hidden} processes cannot be seen without more privilege\n`);
  return problems.length > 0 ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "ps",
  summary: "show processes, their profiles, and where these are written",
  usage: "[OPTION]...",
  noOperands: "; it shows all confined processes",
  options: [baseOption, { key: "all", long: "all", short: "a", about: "also processes that are not confined" }],
  examples: [
    ["armorer ps", "every confined process, with the file and line of its profile"],
    ["armorer ps --all", "also what nothing confines"],
  ],
  details: `
Of a stack of profiles each place is shown. "where it is in … mode" means that the file says another mode than the kernel has: it was changed since
it was loaded. Exits with 1 when profiles could not be read, so that places may be missing.`,
  run,
};
