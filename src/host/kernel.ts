/** The running kernel behind `KernelPort`. One write is one transaction: all profiles of a stream, or none (kernel-abi 9.3). */
import { join } from "node:path";
import { type Outcome, compareText, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import type { KernelPort, KernelRefusal, LoadedProfile, LoadedStream } from "../foundation/ports/index.ts";
import { attempt, errnoOf } from "./errno.ts";
import { readFeatureText } from "./feature-tree.ts";
import { MOST_ENTRIES, readKernelFile } from "./reading.ts";
import { type KernelPlace, findDirectory, readSmall, under } from "./securityfs.ts";
import { type System, O_WRONLY, nodeSystem, retrying } from "./system.ts";

const DENIED = new Set(["EACCES", "EPERM"]);

function asRefusal(path: string, errno: string): KernelRefusal {
  return DENIED.has(errno) ? { kind: "not-permitted", path } : { kind: "io", path, errno };
}

function refusal(path: string, thrown: unknown): { readonly ok: false; readonly error: KernelRefusal } {
  return fail(asRefusal(path, errnoOf(thrown)));
}

/** As much as one write can take on Linux. */
const MOST_BYTES = 0x7ffff000;

/** Writes `bytes` in one system call. INVARIANT: never split, the kernel would take the first part for all of it. */
function submit(system: System, path: string, bytes: Uint8Array): Outcome<void, KernelRefusal> {
  if (bytes.length > MOST_BYTES) return fail({ kind: "policy-rejected", errno: "EFBIG", info: undefined });
  let descriptor: number;
  try {
    descriptor = system.open(path, O_WRONLY);
  } catch (thrown) {
    return refusal(path, thrown);
  }
  try {
    const written = system.write(descriptor, bytes, 0);
    // A short count means that the kernel took something else than what was meant (confinement-api 6).
    return written === bytes.length
      ? ok(undefined)
      : fail({ kind: "cut-short", path, takenBytes: written, wantedBytes: bytes.length });
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (DENIED.has(errno)) return fail({ kind: "not-permitted", path });
    return fail({ kind: "policy-rejected", errno, info: undefined });
  } finally {
    // Whatever it says: what was written is in force, or was refused.
    attempt(path, () => system.close(descriptor));
  }
}

/** `name (mode)`: the mode is what is in the last brackets, for names may hold anything else. */
export function parseProfileList(text: string): readonly LoadedProfile[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(.+) \(([^()]*)\)$/.exec(line);
    return match?.[1] === undefined ? [] : [{ name: match[1], mode: match[2] ?? "" }];
  });
}

function readProfiles(system: System, directory: string): Outcome<readonly LoadedProfile[], KernelRefusal> {
  const path = join(directory, "profiles");
  try {
    return ok(parseProfileList(decodeBytes(readKernelFile(system, path))));
  } catch (thrown) {
    return refusal(path, thrown);
  }
}

function readFeatures(system: System, directory: string): Outcome<string, KernelRefusal> {
  const path = join(directory, "features");
  const text = readFeatureText(path, system);
  return text.ok ? text : fail(asRefusal(path, text.error.errno));
}

function readStreams(system: System, directory: string): Outcome<readonly LoadedStream[], KernelRefusal> {
  const path = join(directory, "policy", "raw_data");
  try {
    return ok(
      system
        .readdir(path, MOST_ENTRIES)
        .map((entry) => entry.name)
        .toSorted((a, b) => Number(a) - Number(b) || compareText(a, b))
        .map((id) => ({
          id,
          abi: (readSmall(system, join(path, id, "abi")) ?? "").trim(),
          bytes: readKernelFile(system, join(path, id, "raw_data")),
        })),
    );
  } catch (thrown) {
    return refusal(path, thrown);
  }
}

/**
 * The kernel this process runs on, or a tree that looks like one.
 *
 * Errors: every refusal is a value; `not-permitted` covers EACCES and EPERM wherever they come from.
 * Source: kernel-abi 9, confinement-api 6; the wire behaviour is proved in the lab.
 */
export function nodeKernel(place: KernelPlace = {}, given: System = nodeSystem): KernelPort {
  const system = retrying(given);
  // One look counts for all that is asked: a kernel that was not there must not be, all at once, to be given policy made for none.
  let found: Outcome<string | undefined, never> | undefined;
  const look = (): Outcome<string | undefined, KernelRefusal> => {
    if (found !== undefined) return found;
    const directory = findDirectory(system, place);
    if (!directory.ok) return fail(asRefusal(directory.error.path, directory.error.errno));
    found = directory;
    return directory;
  };
  const within = <T>(action: (path: string) => Outcome<T, KernelRefusal>): Outcome<T, KernelRefusal> => {
    const path = look();
    if (!path.ok) return path;
    return path.value === undefined ? fail({ kind: "no-apparmor" }) : action(path.value);
  };
  // Whoever cuts writes short may have put anything into force: everything after it would be built on that.
  let cut: { readonly ok: false; readonly error: KernelRefusal } | undefined;
  const send = (name: string, bytes: Uint8Array): Outcome<void, KernelRefusal> => {
    const done = cut ?? within((path) => submit(system, join(path, name), bytes));
    if (!done.ok && done.error.kind === "cut-short") cut = done;
    return done;
  };
  return {
    directory: () => {
      const path = look();
      return path.ok ? path.value : undefined;
    },
    enabled: () => {
      const text = readSmall(system, under(place, "/sys/module/apparmor/parameters/enabled"));
      return text === undefined ? undefined : text.startsWith("Y");
    },
    load: (policy) => send(".load", policy),
    replace: (policy) => send(".replace", policy),
    remove: (profile) => send(".remove", encodeBytes(`${profile}\0`)),
    profiles: () => within((path) => readProfiles(system, path)),
    features: () => within((path) => readFeatures(system, path)),
    streams: () => within((path) => readStreams(system, path)),
  };
}
