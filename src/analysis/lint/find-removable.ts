/** For whoever wants to know of rules that can go, and of nothing else. COST: all checks take three times as long, and four times the code. */
import type { SourceFile } from "../../foundation/text/index.ts";
import { checkRemovable } from "./checks/removable.ts";
import { type Found, look } from "./look.ts";
import type { LintProfile } from "./subject.ts";
import type { LintWorld } from "./types.ts";

/**
 * What `lintFile` finds of rules without which a profile means the same.
 *
 * Errors: none, and nothing that could not be looked at.
 */
export function findRemovable(
  file: SourceFile,
  profiles: readonly LintProfile[],
  world: Pick<LintWorld, "newest">,
): Found {
  return look(file, profiles, [(subject, report) => checkRemovable(subject, world, report)]);
}
