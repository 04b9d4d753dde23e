/** What a directory of policy says of its files, for faces that read it themselves. */
import { type IgnoredHow, ignoredFileName } from "../language/tables/index.ts";

export { ignoredFileName, type PolicyMarks, readPolicyMarks } from "../language/tables/index.ts";

/** How names of files of expectations end. */
export const SUITE_SUFFIX = ".aatest";

/**
 * The same where we read a directory for ourselves: our own files that people keep beside the policy are none. apparmor_parser takes them for
 * policy, which is why they are not to be shipped in `/etc/apparmor.d`.
 */
export function skippedHere(name: string): IgnoredHow | undefined {
  return name.endsWith(SUITE_SUFFIX) ? "silently" : ignoredFileName(name);
}
