/**
 * What is in force of files that are broken. A kernel keeps what it has when a file cannot be compiled any more; after a boot it has nothing, and
 * then the cache may still hold what the file was compiled to while it was whole.
 */
import type { Outcome } from "../foundation/basics/index.ts";
import {
  type DigestPort,
  type FileRefusal,
  type FileStorePort,
  type KernelPort,
  type KernelRefusal,
  refusalText,
} from "../foundation/ports/index.ts";
import { compareBytes } from "../foundation/text/index.ts";
import { decodePolicy } from "../compiler/policydb/index.ts";
import { ignoredFileName, readPolicyMarks } from "../language/tables/index.ts";
import { openCache, readEntry } from "./caches/policy-cache.ts";
import type { PolicyEngine, PolicySettings } from "./engine.ts";

/** A file that cannot be compiled, and what is in force of it. */
export interface BrokenFile {
  readonly path: string;
  /** What is wrong, or why it cannot be read. */
  readonly reason: string | FileRefusal;
  /** `kept`: what the kernel has; `restored`: what the cache had; `none`: nothing, for the reason in `why`. */
  readonly inForce: "kept" | "restored" | "none";
  readonly why: string | FileRefusal | undefined;
}

interface World {
  readonly engine: PolicyEngine;
  /** With the features of the kernel. */
  readonly settings: PolicySettings;
  readonly files: FileStorePort;
  readonly kernel: KernelPort;
  /** Puts compiled policy in force in place of what there is. */
  readonly replace: (stream: Uint8Array) => Outcome<void, KernelRefusal>;
  readonly digest: DigestPort;
  /** Where caches are, in the order in which they are asked. */
  readonly caches: readonly string[];
}

/** Finds the files that are broken, and brings their last good policy into force where nothing of them is. */
export function restoreBroken(world: World): readonly BrokenFile[] {
  const { engine, files, settings } = world;
  const { base } = settings;
  const listing = files.list(base);
  if (!listing.ok) return [];
  const marks = readPolicyMarks(base, files.list);
  const names = listing.value
    .filter(({ kind, name }) => kind !== "directory" && ignoredFileName(name) === undefined)
    .map(({ name }) => name)
    .filter((name) => marks.stateOf(name) !== "disabled")
    .toSorted(compareBytes);
  return names.flatMap((name): readonly BrokenFile[] => {
    const path = `${base}/${name}`;
    const bytes = files.read(path);
    const checked = bytes.ok ? engine.verify({ path, bytes: bytes.value }, settings, files) : undefined;
    const wrong = checked?.diagnostics.find(({ severity }) => severity === "error");
    if (bytes.ok && wrong === undefined) return [];
    const reason = bytes.ok ? (wrong?.message ?? "") : bytes.error;
    return [{ path, reason, ...restoreOne(name, world) }];
  });
}

function none(why: string | FileRefusal): Pick<BrokenFile, "inForce" | "why"> {
  return { inForce: "none", why };
}

function restoreOne(
  name: string,
  { caches, digest, files, kernel, replace, settings }: World,
): Pick<BrokenFile, "inForce" | "why"> {
  const opened = caches.map((location) => openCache(files, location, settings.kernelFeatures));
  const directories = opened.flatMap((one) => (one.ok && one.value !== undefined ? [one.value] : []));
  if (directories.length === 0) {
    const refused = opened.find((one) => !one.ok);
    return none(refused?.ok === false ? refused.error : "the cache holds nothing for this kernel");
  }
  const entry = readEntry(files, directories, name, digest);
  if (!entry.ok || entry.value.record === "damaged") return none("the cache holds nothing of it that can be used");
  const policy = decodePolicy(entry.value.bytes);
  if (!policy.ok) return none("what the cache holds of it cannot be read");
  const loaded = kernel.profiles();
  const known = new Set(loaded.ok ? loaded.value.map((profile) => profile.name) : []);
  if (policy.value.profiles.some((profile) => known.has(profile.name))) return { inForce: "kept", why: undefined };
  const done = replace(entry.value.bytes);
  return done.ok ? { inForce: "restored", why: undefined } : none(refusalText(done.error));
}
