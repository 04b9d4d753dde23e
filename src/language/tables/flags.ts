/** Profile flags. Source: apparmor.d(5) "Profile flags"; conflicts: policy-language 2.3.1. */
export const modeFlags: readonly string[] = ["enforce", "complain", "kill", "unconfined", "prompt", "default_allow"];

/** Flags without a value that are no mode. */
export const plainFlags: readonly string[] = [
  "audit",
  "debug",
  "interruptible",
  "chroot_relative",
  "namespace_relative",
  "mediate_deleted",
  "delegate_deleted",
  "attach_disconnected",
  "no_attach_disconnected",
  "chroot_attach",
  "chroot_no_attach",
  "attach_disconnected.ipc",
];

/** Flags with a value: `name=value`. */
export const valueFlags: readonly string[] = [
  "attach_disconnected.path",
  "attach_disconnected.ipc",
  "kill.signal",
  "error",
];

/** Pairs that exclude each other. */
export const flagConflicts: readonly (readonly [string, string])[] = [
  ["chroot_relative", "namespace_relative"],
  ["mediate_deleted", "delegate_deleted"],
  ["attach_disconnected", "no_attach_disconnected"],
  ["chroot_attach", "chroot_no_attach"],
  ["attach_disconnected.ipc", "no_attach_disconnected"],
];
