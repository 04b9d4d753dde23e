/** Loading and unloading, with the texts and exit codes of apparmor_parser (tools 3.7, 3.8). */
import { type LoadTarget, refusalText, submit } from "../../../app/index.ts";
import type { KernelPort, KernelRefusal } from "../../../foundation/ports/index.ts";
import { errnoNumber, errnoText } from "../../errno-texts.ts";
import { say } from "../../../foundation/text/index.ts";
import type { CliIo } from "../../io.ts";
import type { Action } from "./settings.ts";

const PROGRAM = "apparmor_parser";

const verbs = {
  add: { unable: "add", succeeded: "Addition", cached: "load" },
  replace: { unable: "replace", succeeded: "Replacement", cached: "reload" },
  remove: { unable: "remove", succeeded: "Removal", cached: "remove" },
} as const;

type LoadAction = keyof typeof verbs;

/** What an action is called; everything that is not a load is reported as an addition. */
export function verbOf(action: Action): (typeof verbs)[LoadAction] {
  return action === "replace" || action === "remove" ? verbs[action] : verbs.add;
}

function errnoOf(refusal: KernelRefusal): string {
  switch (refusal.kind) {
    case "not-permitted":
      return "EACCES";
    case "no-apparmor":
      return "ENOENT";
    case "cut-short":
      return "EPROTO";
    case "policy-rejected":
    case "io":
      return refusal.errno;
  }
}

function reason(action: Action, errno: string): string {
  const texts: Readonly<Record<string, string>> = {
    EEXIST: "Profile already exists",
    ENOENT: "Profile doesn't exist",
    ENOMEM: "Kernel out of memory",
    EPERM: `${PROGRAM}: Access denied. You need policy admin privileges to manage profiles.\n`,
    EACCES: `${PROGRAM}: Access denied. You need policy admin privileges to manage profiles.\n`,
    EPROTO: "The kernel says that the policy is inconsistent",
    EBADMSG: "The kernel says that the policy is damaged",
    EPROTONOSUPPORT: "The kernel does not understand this version of policy",
  };
  return texts[errno] ?? `${errnoText(errno)} while trying to ${verbOf(action).unable} it`;
}

/** Says why the kernel would not, and gives the exit code: the negative errno in a byte. */
export function reportRefusal(io: CliIo, action: Action, name: string, refusal: KernelRefusal): number {
  const errno = errnoOf(refusal);
  const why = refusal.kind === "cut-short" ? refusalText(refusal) : reason(action, errno);
  io.err([say`${PROGRAM}: Unable to ${verbOf(action).unable} "${name}".  `, why, "\n"].flat());
  return (256 - errnoNumber(errno)) & 0xff;
}

/** Where a run loads policy; `undefined` for the kernel: nowhere. */
export function targetOf(kernel: KernelPort | undefined, action: Action): LoadTarget {
  return { kernel, how: action === "replace" ? "replace" : "add" };
}

/** A blob that came from a cache or from the command line. The exit code is the errno itself. */
export function submitBlob(
  io: CliIo,
  kernel: KernelPort | undefined,
  action: Action,
  blob: { readonly path: string; readonly bytes: Uint8Array; readonly verbose: boolean },
): number {
  const done = submit(blob.bytes, targetOf(kernel, action));
  if (!done.ok) {
    const errno = errnoOf(done.error);
    const why = done.error.kind === "cut-short" ? refusalText(done.error) : errnoText(errno);
    io.err(say`Could not ${verbOf(action).unable} profile ${blob.path}: ${why}\n`);
    return errnoNumber(errno);
  }
  if (blob.verbose) io.out(say`Cached ${verbOf(action).cached} succeeded for "${blob.path}".\n`);
  return 0;
}
