import type { Outcome } from "../basics/index.ts";
import type { Errno } from "./files.ts";

/** Why the kernel would not do it. */
export type KernelRefusal =
  | { readonly kind: "not-permitted"; readonly path: string }
  | { readonly kind: "no-apparmor" }
  | { readonly kind: "policy-rejected"; readonly errno: Errno; readonly info: string | undefined }
  /** It took a part of what was one transaction. What it made of that cannot be known. */
  | { readonly kind: "cut-short"; readonly path: string; readonly takenBytes: number; readonly wantedBytes: number }
  | { readonly kind: "io"; readonly path: string; readonly errno: Errno };

/** A line of securityfs' `profiles` file. */
export interface LoadedProfile {
  readonly name: string;
  readonly mode: string;
}

/** A stream the kernel kept as it was written (kernel-abi 9.1), and the profiles that came from it. */
export interface LoadedStream {
  readonly id: string;
  readonly abi: string;
  readonly bytes: Uint8Array;
}

/** What the tools ask of a kernel (securityfs and procfs; kernel-abi 9, 10). Policy is opaque bytes here. */
export interface KernelPort {
  /** AppArmor's directory in securityfs; `undefined` when there is none, or it cannot be looked for. */
  readonly directory: () => string | undefined;
  /** What the module's `enabled` parameter says: `undefined` when the kernel has no such module. */
  readonly enabled: () => boolean | undefined;
  readonly load: (policy: Uint8Array) => Outcome<void, KernelRefusal>;
  readonly replace: (policy: Uint8Array) => Outcome<void, KernelRefusal>;
  readonly remove: (profile: string) => Outcome<void, KernelRefusal>;
  readonly profiles: () => Outcome<readonly LoadedProfile[], KernelRefusal>;
  /** The feature tree in the text form of a feature file. */
  readonly features: () => Outcome<string, KernelRefusal>;
  /** The streams the kernel keeps, where it exports them. */
  readonly streams: () => Outcome<readonly LoadedStream[], KernelRefusal>;
}
