/** Keywords of the language where a statement may start (policy-language 1.7); for suggestions and completion, not for the scanner. */
export const ruleKeywords: readonly string[] = [
  "all",
  "capability",
  "change_profile",
  "dbus",
  "file",
  "io_uring",
  "link",
  "mount",
  "mqueue",
  "network",
  "pivot_root",
  "ptrace",
  "remount",
  "signal",
  "umount",
  "unix",
  "userns",
];

/** Names a search path does not know as files: entries skipped when a directory is read as policy (policy-language 3.1). */
export const ignoredSuffixes: readonly string[] = [
  ".dpkg-new",
  ".dpkg-old",
  ".dpkg-dist",
  ".dpkg-bak",
  ".dpkg-remove",
  ".pacsave",
  ".pacnew",
  ".rpmnew",
  ".rpmsave",
  ".orig",
  ".rej",
  "~",
];

/**
 * Whether a directory's entry is passed over when the directory is read as policy.
 *
 * ORACLE 5.0.2: a suffix is looked for at its first occurrence only, so `a~b~` is not ignored.
 */
export function isIgnoredFileName(name: string): boolean {
  if (name.startsWith(".") || name === "README") return true;
  return ignoredSuffixes.some((suffix) => {
    const at = name.indexOf(suffix);
    return at >= 0 && at + suffix.length === name.length;
  });
}
