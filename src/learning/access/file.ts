/**
 * A refused file access is its letters on its path, a link is a pair or what the target lacks, an exec is its program, and a name that
 * could not be looked up is no access at all (audit-events 8, 8.1, 8.2).
 */
import type { FileLetter } from "../../language/tables/index.ts";
import type { AuditEvent } from "../audit/index.ts";
import type { FileAccess } from "./access.ts";
import { type Reading, advice, skip } from "./reading.ts";
import { lettersOf, pathOf } from "./values.ts";

const FLAGS: readonly (readonly [string, string, string])[] = [
  [
    "disconnected path",
    "attach_disconnected",
    "the file cannot be reached from the program's root; the flag gives it a name",
  ],
  ["deleted entry", "mediate_deleted", "the file no longer has a name; the flag uses its last one"],
];

/** What lookup errors ask for: never a rule for the broken name. */
function lookupProblem(event: AuditEvent): Reading | undefined {
  const info = event.info ?? "";
  if (!info.startsWith("Failed name lookup")) return undefined;
  const known = FLAGS.find(([part]) => info.includes(part));
  if (known !== undefined) return { kind: "flag", flag: known[1], reason: known[2] };
  return advice(
    info.includes("too long") ? "the name is longer than the kernel can check" : "the name could not be determined",
  );
}

export function readFileEvent(event: AuditEvent): Reading {
  const problem = lookupProblem(event);
  if (problem !== undefined) return problem;
  const path = pathOf(event, "name");
  if (!path.ok) return path.error;
  const mask = lettersOf(event);
  if (!mask.ok) return mask.error;
  const letters = mask.value.filter((letter) => letter !== "x");
  return letters.length === 0 ? skip("incomplete") : fileAccess(event, path.value, letters);
}

/**
 * KERNEL 7.2: in complain mode a profile without any file rule is noted for an exclusive lock without its `k` (audit-events 2.3). A file that is
 * given away is somebody else's the next time.
 */
function fileAccess(event: AuditEvent, path: string, logged: readonly FileLetter[]): FileAccess {
  const { fsuid, operation } = event;
  const letters = operation === "file_lock" && !logged.includes("k") ? [...logged, "k" as const] : logged;
  return { kind: "file", path, letters, owner: event.owner === true && operation !== "chown", asRoot: fsuid === 0 };
}

/**
 * `l` alone: no rule pairs the two names. Other letters: the target lacks what the link's name has. With `x` among them no letter
 * helps, since an exec mode cannot be guessed: then, too, the rule pairs the names, which asks for no subset.
 */
export function readLinkEvent(event: AuditEvent): Reading {
  const problem = lookupProblem(event);
  if (problem !== undefined) return problem;
  const name = pathOf(event, "name");
  if (!name.ok) return name.error;
  const old = pathOf(event, "target");
  if (!old.ok) return old.error;
  const letters = lettersOf(event);
  if (!letters.ok) return letters.error;
  const [path, target] = [name.value, old.value];
  const missing = letters.value.filter((letter) => letter !== "l");
  if (missing.length > 0 && !missing.includes("x")) return fileAccess(event, target, missing);
  return { kind: "link", path, target, owner: event.owner === true };
}

export function readExecEvent(event: AuditEvent): Reading {
  const problem = lookupProblem(event);
  if (problem !== undefined) return problem;
  const info = event.info ?? "";
  if (info.includes("no new privs")) {
    return advice(
      "the program runs with no_new_privs: it can only change to a profile that allows no more than its own",
    );
  }
  if (info.includes("ptrace prevents"))
    return advice("the program is traced by a process that may not trace the new profile");
  if (info.includes("onexec")) return advice("the change asked for at exec is not allowed for this program");
  if (info.includes("conflicting profile attachments"))
    return advice("several profiles match this program equally well");
  const path = pathOf(event, "name");
  if (!path.ok) return path.error;
  return { kind: "exec", path: path.value, missingProfile: info.includes("profile transition not found") };
}
