/** How the processes of this machine are confined: `/proc/PID/attr` (kernel-abi 9.7). */
import { decodeBytes, withoutTrailing } from "../foundation/text/index.ts";
import type { ProcessConfinement, ProcessDetailsPort, ProcessesPort } from "../foundation/ports/index.ts";
import { attributePaths } from "./attributes.ts";
import { attempt } from "./errno.ts";
import { readKernelFile } from "./reading.ts";
import { type KernelPlace, readSmall, under } from "./securityfs.ts";
import { processIds, socketHolders } from "./sockets.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** `LABEL (MODE)`, or a label alone. */
export function splitLabel(text: string): { readonly label: string; readonly mode: string | undefined } {
  const line = withoutTrailing(text, "\n\0");
  const match = /^(.*) \(([^()]*)\)$/s.exec(line);
  return match?.[1] === undefined ? { label: line, mode: undefined } : { label: match[1], mode: match[2] };
}

/** The first of the files that can be read; else why they cannot. */
function readCurrent(system: System, process: string): string | { readonly errnos: readonly string[] } {
  const errnos: string[] = [];
  for (const path of attributePaths(process, "current")) {
    const read = attempt(path, () => decodeBytes(readKernelFile(system, path)));
    if (read.ok) return read.value;
    errnos.push(read.error.errno);
  }
  return { errnos };
}

/** No module gives labels: AppArmor is not there, or switched off, and nothing is hidden. */
function hasNoLabels(errnos: readonly string[]): boolean {
  return errnos.includes("EINVAL") && errnos.every((errno) => errno === "EINVAL" || errno === "ENOENT");
}

function readLink(system: System, path: string): string | undefined {
  try {
    return system.readlink(path);
  } catch {
    return undefined;
  }
}

function isThere(system: System, path: string): boolean {
  const looked = attempt(path, () => system.lstat(path));
  return !looked.ok || looked.value !== undefined;
}

/** How a process is confined; `undefined`: it is gone, or its label may not be read; `unlabelled`: on this machine none has one. */
export function confinementOf(
  pid: number,
  place: KernelPlace,
  system: System,
): ProcessConfinement | "unlabelled" | undefined {
  const base = under(place, `/proc/${pid}`);
  const text = readCurrent(system, base);
  if (typeof text !== "string") return hasNoLabels(text.errnos) ? "unlabelled" : undefined;
  return {
    pid,
    ...splitLabel(text),
    executable: readLink(system, `${base}/exe`),
    command: readSmall(system, `${base}/comm`)?.trimEnd(),
  };
}

/** The processes of the machine, or of a tree that looks like its `/proc`. */
export function nodeProcesses(place: KernelPlace = {}, given: System = nodeSystem): ProcessesPort & ProcessDetailsPort {
  const system = retrying(given);
  return {
    confinement: () => {
      const processes: ProcessConfinement[] = [];
      let hidden = 0;
      const listed = processIds(system, under(place, "/proc"));
      for (const pid of listed.ok ? listed.value : []) {
        const process = confinementOf(pid, place, system);
        if (process === "unlabelled") continue;
        if (process !== undefined) processes.push(process);
        // What is gone meanwhile hides nothing.
        else if (isThere(system, under(place, `/proc/${pid}`))) hidden += 1;
      }
      return { processes, hidden, ...(!listed.ok && { unlisted: listed.error.errno }) };
    },
    commandLine: (pid) => {
      const words = (readSmall(system, under(place, `/proc/${pid}/cmdline`)) ?? "").split("\0");
      return words.at(-1) === "" ? words.slice(0, -1) : words;
    },
    socketHolders: (use) => socketHolders(system, place, use),
  };
}
