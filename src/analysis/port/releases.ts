/** Releases of apparmor_parser as far as they read different texts (policy-language 5), oldest first. */
export const releases = ["3.0", "4.0", "4.1", "5.0"] as const;
/** A release of apparmor_parser. */
export type Release = (typeof releases)[number];

export function isBefore(one: Release, other: Release): boolean {
  return releases.indexOf(one) < releases.indexOf(other);
}

/** The newest ABI that a release brings. */
export const abiOf: Readonly<Record<Release, string>> = { "3.0": "3.0", "4.0": "4.0", "4.1": "4.0", "5.0": "5.0" };

/** Flags by the release they came with; those before 3.0 are not listed. */
export const flagSince: Readonly<Record<string, Release>> = {
  prompt: "4.0",
  default_allow: "4.0",
  debug: "4.0",
  interruptible: "4.0",
  "kill.signal": "4.0",
  "attach_disconnected.path": "4.0",
  error: "4.1",
  "attach_disconnected.ipc": "5.0",
};

/** Kinds of rules by the release they came with, where it is not 3.0 or before. */
export const kindSince: Readonly<Record<string, Release>> = {
  all: "4.0",
  userns: "4.0",
  mqueue: "4.0",
  io_uring: "4.0",
};

export const NEW_SIGNALS: ReadonlySet<string> = new Set(["tstp", "poll"]);
