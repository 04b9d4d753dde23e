/** Who a command runs as, and with what around it. */
export interface CommandSettings {
  readonly argv: readonly string[];
  /** The whole environment; a plain PATH, HOME and LANG when left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  /** The profile to change to at the command's own `exec` (an unconfined caller's `exec PROFILE`). */
  readonly profile?: string;
  /** Writes to `/proc/self/attr/…` before the `exec`, in order: `{ file: "current", value: "changeprofile x" }`. */
  readonly attributes?: readonly { readonly file: "current" | "exec" | "fscreate"; readonly value: string }[];
  /** Default 15 s. The whole process group is killed then. */
  readonly timeoutMs?: number;
}

/**
 * One thing to do in the guest. `{pid:ID}` in an argument, an environment value or a path stands for the process that
 * the step `ID` started.
 */
export type Step =
  /** Runs a command to its end. */
  | ({ readonly kind: "run"; readonly id: string } & CommandSettings)
  /** Starts a command and goes on; waits until it has printed `await` if that is given. */
  | ({ readonly kind: "start"; readonly id: string; readonly await?: string } & CommandSettings)
  /** Waits for the end of what the step `process` started. */
  | { readonly kind: "wait"; readonly id: string; readonly process: string; readonly timeoutMs?: number }
  /** Sends a signal, as unconfined root, to what the step `process` started. */
  | { readonly kind: "signal"; readonly id: string; readonly process: string; readonly signal: number }
  /** Hands bytes to `.load` or `.replace` in one write. */
  | { readonly kind: "load" | "replace"; readonly id: string; readonly policy: Uint8Array }
  /** Removes a profile with its children. */
  | { readonly kind: "remove"; readonly id: string; readonly profile: string }
  /** One write to an existing file, for example a sysctl or a module parameter. */
  | { readonly kind: "write"; readonly id: string; readonly path: string; readonly data: string | Uint8Array }
  | { readonly kind: "read"; readonly id: string; readonly path: string }
  | { readonly kind: "list"; readonly id: string; readonly path: string }
  /** Every file below a directory with its content. */
  | { readonly kind: "tree"; readonly id: string; readonly path: string }
  /** Waits until a file holds a text. */
  | {
      readonly kind: "until";
      readonly id: string;
      readonly path: string;
      readonly contains: string;
      readonly timeoutMs?: number;
    }
  | { readonly kind: "sleep"; readonly id: string; readonly ms: number };

/** Something to find in the guest's file system before the first step; parents are made, mode 0755. */
export type GuestFile = { readonly path: string; readonly uid?: number; readonly gid?: number } & (
  | { readonly data: string | Uint8Array; readonly mode?: number }
  | { readonly directory: true; readonly mode?: number }
  | { readonly linkTo: string }
);

/** Where the kernel takes and shows policy, in the guest. */
export const APPARMOR_DIRECTORY = "/sys/kernel/security/apparmor";
