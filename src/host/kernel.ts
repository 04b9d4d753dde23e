/** The running kernel behind `KernelPort`. One write is one transaction: all profiles of a stream, or none (kernel-abi 9.3). */
import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, compareText, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import type { KernelPort, KernelRefusal, LoadedProfile, LoadedStream } from "../foundation/ports/index.ts";
import { errnoOf } from "./errno.ts";
import { readFeatureText } from "./feature-tree.ts";
import { type KernelPlace, findDirectory, readSmall, under } from "./securityfs.ts";

const DENIED = new Set(["EACCES", "EPERM"]);

function asRefusal(path: string, errno: string): KernelRefusal {
  return DENIED.has(errno) ? { kind: "not-permitted", path } : { kind: "io", path, errno };
}

function refusal(path: string, thrown: unknown): { readonly ok: false; readonly error: KernelRefusal } {
  return fail(asRefusal(path, errnoOf(thrown)));
}

/** Writes `bytes` in one system call. INVARIANT: never split, the kernel would take the first part for all of it. */
function submit(directory: string | undefined, name: string, bytes: Uint8Array): Outcome<void, KernelRefusal> {
  if (directory === undefined) return fail({ kind: "no-apparmor" });
  const path = join(directory, name);
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_WRONLY);
  } catch (thrown) {
    return refusal(path, thrown);
  }
  try {
    const written = writeSync(descriptor, bytes, 0, bytes.length);
    // A short count means that the kernel took something else than what was meant (confinement-api 6).
    return written === bytes.length
      ? ok(undefined)
      : fail({ kind: "policy-rejected", errno: "EPROTO", info: undefined });
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (DENIED.has(errno)) return fail({ kind: "not-permitted", path });
    return fail({ kind: "policy-rejected", errno, info: undefined });
  } finally {
    closeSync(descriptor);
  }
}

/** `name (mode)`: the mode is what stands in the last brackets, for names may hold anything else. */
export function parseProfileList(text: string): readonly LoadedProfile[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(.+) \(([^()]*)\)$/.exec(line);
    return match?.[1] === undefined ? [] : [{ name: match[1], mode: match[2] ?? "" }];
  });
}

function readProfiles(directory: string | undefined): Outcome<readonly LoadedProfile[], KernelRefusal> {
  if (directory === undefined) return fail({ kind: "no-apparmor" });
  const path = join(directory, "profiles");
  try {
    return ok(parseProfileList(decodeBytes(readFileSync(path))));
  } catch (thrown) {
    return refusal(path, thrown);
  }
}

function readFeatures(directory: string | undefined): Outcome<string, KernelRefusal> {
  if (directory === undefined) return fail({ kind: "no-apparmor" });
  const path = join(directory, "features");
  const text = readFeatureText(path);
  return text.ok ? text : fail(asRefusal(path, text.error.errno));
}

function readStreams(directory: string | undefined): Outcome<readonly LoadedStream[], KernelRefusal> {
  if (directory === undefined) return fail({ kind: "no-apparmor" });
  const path = join(directory, "policy", "raw_data");
  try {
    return ok(
      readdirSync(path)
        .toSorted((a, b) => Number(a) - Number(b) || compareText(a, b))
        .map((id) => ({
          id,
          abi: (readSmall(join(path, id, "abi")) ?? "").trim(),
          bytes: readFileSync(join(path, id, "raw_data")),
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
export function nodeKernel(place: KernelPlace = {}): KernelPort {
  let found: string | undefined;
  const directory = (): string | undefined => (found ??= findDirectory(place));
  return {
    directory,
    enabled: () => {
      const text = readSmall(under(place, "/sys/module/apparmor/parameters/enabled"));
      return text === undefined ? undefined : text.startsWith("Y");
    },
    load: (policy) => submit(directory(), ".load", policy),
    replace: (policy) => submit(directory(), ".replace", policy),
    remove: (profile) => submit(directory(), ".remove", encodeBytes(`${profile}\0`)),
    profiles: () => readProfiles(directory()),
    features: () => readFeatures(directory()),
    streams: () => readStreams(directory()),
  };
}
