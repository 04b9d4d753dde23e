import { nowhere } from "./bare-rules.ts";
import type { Profile, ProfileMode } from "./policy.ts";

/** What tells profiles apart: two of one key are one profile to the kernel. */
export function profileKey({ namespace, name }: Profile): string {
  return JSON.stringify([namespace, name]);
}

/** Whether kernels ask none of a profile's rules: `default_allow` is packed as `unconfined`, deny rules and all (kernel-abi 3.4). */
export function isUnconfinedMode(mode: ProfileMode): boolean {
  return mode === "unconfined" || mode === "default_allow";
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
