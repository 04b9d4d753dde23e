/** Whose program a sandbox is for: the user who calls, also where sudo or pkexec made him root for that. */
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";
import { type Environment, callerEnvironment } from "../../caller-environment.ts";
import { fileRefusalText } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";

interface Caller {
  readonly name: string;
  readonly home: string | undefined;
  /** Absent where this process is his. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** What his program gets. */
  readonly environment: Environment;
}

interface Account {
  readonly name: string;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

function accountOf(uid: number, io: CliIo): Outcome<Account | undefined, string> {
  const read = io.files.read("/etc/passwd");
  if (!read.ok) return fail(`/etc/passwd: ${fileRefusalText(read.error)}`);
  const fields = decodeBytes(read.value)
    .split("\n")
    .map((line) => line.split(":"))
    .find(([, , id]) => id === String(uid));
  const [name = "", , , gid, , home = "/", shell = "/bin/sh"] = fields ?? [];
  return ok(fields === undefined ? undefined : { name, gid: Number(gid), home, shell });
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

export function callerOf(io: CliIo): Outcome<Caller, string> {
  const own = io.userId();
  const environment = callerEnvironment(io.environment);
  const { PKEXEC_UID, SUDO_GID, SUDO_UID } = environment;
  const behind = own === 0 ? (idOf(SUDO_UID) ?? idOf(PKEXEC_UID) ?? 0) : own;
  const account = accountOf(behind, io);
  if (!account.ok) return account;
  const name = account.value?.name ?? String(behind);
  if (behind === own) return ok({ name, home: environment["HOME"], user: undefined, environment });
  const gid = idOf(SUDO_UID) === undefined ? account.value?.gid : (idOf(SUDO_GID) ?? account.value?.gid);
  if (gid === undefined || !Number.isInteger(gid)) return fail(`/etc/passwd has no group for the user ${behind}`);
  const home = account.value?.home ?? "/";
  const his = { HOME: home, USER: name, LOGNAME: name, SHELL: account.value?.shell ?? "/bin/sh" };
  return ok({ name, home, user: { uid: behind, gid }, environment: { ...environment, ...his } });
}
