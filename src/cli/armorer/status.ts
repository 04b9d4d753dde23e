import { type StatusReport, countModes, readStatus, refusalText } from "../../app/index.ts";
import { type Command, EXIT, type Invocation, printJson } from "./command.ts";
import { displayText } from "../../foundation/text/index.ts";
import { MODE_STYLES, paint } from "./paint.ts";

function printText(report: StatusReport, call: Invocation): void {
  const { io } = call;
  const state = report.enabled === undefined ? "not in this kernel" : report.enabled ? "enabled" : "disabled";
  io.out(["AppArmor is ", paint(state, report.enabled === true ? "good" : "error"), "\n"]);
  if (report.refusal !== undefined) io.out(`profiles cannot be listed: ${displayText(refusalText(report.refusal))}\n`);
  else {
    io.out(`${report.profiles.length} profiles are loaded\n`);
    for (const [mode, count] of countModes(report.profiles)) {
      io.out([`  ${count} in `, paint(displayText(mode), MODE_STYLES[mode]), " mode\n"]);
      if (!call.has("names")) continue;
      for (const { name } of report.profiles.filter((profile) => profile.mode === mode)) {
        io.out(`    ${displayText(name)}\n`);
      }
    }
  }
  io.out(`${report.processes.length} processes are confined\n`);
  for (const process of report.processes) {
    const program = displayText(process.executable ?? process.command ?? "?");
    const mode = process.mode ?? "";
    const start = `  ${process.pid} ${program}: ${displayText(process.label)} (`;
    io.out([start, paint(displayText(mode), MODE_STYLES[mode]), ")\n"]);
  }
  for (const { pid, executable } of report.unconfinedWithProfile) {
    io.out(`  ${pid} ${displayText(executable ?? "?")}: unconfined although a profile bears its name\n`);
  }
  if (report.hidden > 0) io.out(`${report.hidden} processes cannot be seen without more privilege\n`);
}

function toJson(report: StatusReport): object {
  return {
    enabled: report.enabled ?? null,
    available: report.enabled !== undefined,
    refusal: report.refusal === undefined ? null : { ...report.refusal, message: refusalText(report.refusal) },
    profiles: report.profiles,
    processes: report.processes.map((process) => ({ ...process, executable: process.executable ?? null })),
    unconfinedWithProfile: report.unconfinedWithProfile.map(({ pid, executable }) => ({ pid, executable })),
    hiddenProcesses: report.hidden,
  };
}

export const command: Command = {
  name: "status",
  summary: "show which profiles are loaded and which processes they confine",
  usage: "[OPTION]...",
  noOperands: "; it shows the whole system",
  options: [{ key: "names", long: "names", short: "n", about: "list the names of the profiles" }],
  examples: [
    ["armorer status --names", "every profile by name"],
    ["armorer status --json | jq -r '.processes[].label'", "the labels of confined processes"],
  ],
  details: "Exits with 1 when AppArmor is missing or disabled, or when its profiles cannot be read.",
  run: (call) => {
    const place = call.root === undefined ? {} : { root: call.root };
    const report = readStatus(call.io.kernelAt(place), call.io.processesAt(place));
    if (call.json) printJson(call.io, "armorer/status/1", toJson(report));
    else printText(report, call);
    return report.enabled === true && report.refusal === undefined ? EXIT.fine : EXIT.bad;
  },
};
