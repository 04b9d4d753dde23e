/**
 * Names that no tool takes for policy when it reads a directory: what editors and package managers leave (policy-language 3.1, tools
 * 2.3). `loudly`: they are reported as skipped.
 */
const suffixes: readonly (readonly [suffix: string, how: IgnoredHow])[] = [
  [".dpkg-new", "silently"],
  [".dpkg-old", "silently"],
  [".dpkg-dist", "silently"],
  [".dpkg-bak", "silently"],
  [".dpkg-remove", "silently"],
  [".pacsave", "silently"],
  [".pacnew", "silently"],
  [".rpmnew", "loudly"],
  [".rpmsave", "loudly"],
  [".orig", "loudly"],
  [".rej", "loudly"],
  ["~", "loudly"],
];

type IgnoredHow = "silently" | "loudly";

/**
 * Whether a directory's entry is passed over, and how.
 *
 * ORACLE 5.0.2: a suffix is looked for at its first occurrence only, so `a~b~` is read, in directories of profiles and of includes.
 */
export function ignoredFileName(name: string): IgnoredHow | undefined {
  if (name.startsWith(".") || name === "README") return "silently";
  return suffixes.find(([suffix]) => {
    const at = name.indexOf(suffix);
    return at >= 0 && at + suffix.length === name.length;
  })?.[1];
}

/** Whether some tool or other may pass over a name: the rule is not the same in all of them. What we name ourselves is called otherwise. */
export function isDubiousFileName(name: string): boolean {
  return ignoredFileName(name) !== undefined || suffixes.some(([suffix]) => name.endsWith(suffix));
}
