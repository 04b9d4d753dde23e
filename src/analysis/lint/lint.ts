/** Puts the checks together. */
import type { SourceFile } from "../../foundation/text/index.ts";
import { checkCapabilities } from "./checks/capabilities.ts";
import { checkEscapes } from "./checks/escapes.ts";
import { checkExecTargets } from "./checks/exec-targets.ts";
import { checkImpossiblePaths } from "./checks/impossible-paths.ts";
import { checkLetters } from "./checks/letters.ts";
import { checkNoNewPrivileges } from "./checks/no-new-privs.ts";
import { checkPeers } from "./checks/peers.ts";
import { checkRemovable } from "./checks/removable.ts";
import { checkUnasked } from "./checks/unasked.ts";
import { checkWriteExecute } from "./checks/write-execute.ts";
import { type Found, look } from "./look.ts";
import type { LintProfile } from "./subject.ts";
import type { Check, LintWorld } from "./types.ts";

/** The first says which rules are not worth a word more about their letters. */
const checks: readonly Check[] = [
  checkUnasked,
  checkRemovable,
  checkImpossiblePaths,
  checkLetters,
  checkWriteExecute,
  checkEscapes,
  checkExecTargets,
  checkNoNewPrivileges,
  checkPeers,
  checkCapabilities,
];

/**
 * Looks at the profiles of one file, which can be compiled.
 *
 * Errors: none; what could not be looked at is said to `gap`.
 */
export function lintFile(file: SourceFile, profiles: readonly LintProfile[], world: LintWorld): Found {
  const ready = checks.map(
    (check): Parameters<typeof look>[2][number] =>
      (subject, report) =>
        check(subject, world, report),
  );
  return look(file, profiles, ready);
}
