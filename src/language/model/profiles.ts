import { nowhere } from "./bare-rules.ts";
import type { Profile, ProfileMode } from "./policy.ts";
import type { RuleKind } from "./rules.ts";

/** What tells profiles apart: two of one key are one profile to the kernel. */
export function profileKey({ namespace, name }: Profile): string {
  return JSON.stringify([namespace, name]);
}

/** Whether kernels ask none of a profile's rules: `default_allow` is packed as `unconfined`, deny rules and all (kernel-abi 3.4). */
export function isUnconfinedMode(mode: ProfileMode): boolean {
  return mode === "unconfined" || mode === "default_allow";
}

/**
 * Whether kernels permit all of a class to a profile without asking its rules. Of io_uring they ask also a profile in unconfined mode,
 * if it has a rule of that class (kernel-abi 8.15).
 */
export function isFreeOf(
  { flags: { mode }, rules }: Pick<Profile, "flags" | "rules">,
  kind: RuleKind | undefined,
): boolean {
  const isAsked = kind === "io_uring" && rules.some((rule) => rule.kind === "io_uring" || rule.kind === "all");
  return isUnconfinedMode(mode) && !isAsked;
}

/** A profile that says nothing: where rules are tried before any profile has them. */
export function emptyProfile(name: string): Profile {
  return {
    name,
    written: name,
    namespace: undefined,
    attachment: undefined,
    attachmentWritten: false,
    hat: false,
    xattrs: [],
    identities: [],
    flags: {
      mode: "enforce",
      modeWritten: false,
      audit: false,
      debug: false,
      interruptible: false,
      chrootRelative: false,
      namespaceRelative: false,
      mediateDeleted: false,
      delegateDeleted: false,
      attachDisconnected: false,
      noAttachDisconnected: false,
      chrootAttach: false,
      chrootNoAttach: false,
      disconnectedPath: undefined,
      attachDisconnectedIpc: false,
      disconnectedIpcPath: undefined,
      killSignal: undefined,
      error: undefined,
    },
    rules: [],
    children: [],
    origin: nowhere,
  };
}
