/** Whose desktop notifications are for, and what is started for him there: with his rights and nothing of root's. */
import { spawn } from "node:child_process";
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import { decodeBytes } from "../../../foundation/text/index.ts";
import type { ToolCall } from "../tool.ts";

/** A user other than the one who runs this. */
interface OtherUser {
  readonly name: string;
  readonly groupId: number;
  readonly home: string;
}

export interface Desktop {
  /** Of the session bus. */
  readonly address: string;
  readonly userId: number;
  /** `undefined`: it is the caller's own. */
  readonly other: OtherUser | undefined;
}

/** A line of `/etc/passwd` (passwd(5)). */
function userNamed(name: string, { io }: ToolCall): { readonly userId: number; readonly user: OtherUser } | undefined {
  const read = io.files.read("/etc/passwd");
  const lines = read.ok ? decodeBytes(read.value).split("\n") : [];
  const fields = lines.map((line) => line.split(":")).find(([own]) => own === name);
  const [, , uid = "", gid = "", , home = "/"] = fields ?? [];
  if (!/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid)) return undefined;
  return { userId: Number(uid), user: { name, groupId: Number(gid), home } };
}

/** Whose desktop is meant: of root, the user's that is named or that sudo knows. */
export function desktopOf(call: ToolCall): Outcome<Desktop, string> {
  const { environment } = call.io;
  const own = process.geteuid?.() ?? 0;
  const name = own === 0 ? (call.value("user") ?? environment["SUDO_USER"]) : undefined;
  if (own === 0 && name === undefined)
    return fail("Cannot be started a real root user. Use --user to define what user to use.");
  const named = name === undefined ? undefined : userNamed(name, call);
  if (name !== undefined && named === undefined) return fail(`there is no user ${name}`);
  const userId = named?.userId ?? own;
  const given =
    own === 0 && environment["SUDO_USER"] !== undefined ? undefined : environment["DBUS_SESSION_BUS_ADDRESS"];
  const other = userId === own ? undefined : named?.user;
  return ok({ userId, other, address: given ?? `unix:path=/run/user/${userId}/bus` });
}

/** Does something that needs the desktop's user to be the one who asks. */
export async function asUser<T>({ other, userId }: Desktop, work: () => Promise<T>): Promise<T> {
  if (other === undefined) return work();
  const groupId = process.getegid?.() ?? 0;
  process.setegid?.(other.groupId);
  process.seteuid?.(userId);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(groupId);
  }
}

/** What a program needs to find a desktop. */
const DISPLAYS = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "LANG", "LC_ALL", "LC_MESSAGES"];

/** The variables of another user's program: none of root's but those that say where the desktop is. */
function environmentOf(call: ToolCall, { address, other, userId }: Desktop): Readonly<Record<string, string>> {
  const { environment } = call.io;
  const given = {
    ...environment,
    ...(call.value("display") !== undefined && { DISPLAY: call.value("display") }),
    ...(call.value("xauthority") !== undefined && { XAUTHORITY: call.value("xauthority") }),
  };
  const isKept = (key: string): boolean => other === undefined || DISPLAYS.includes(key);
  const kept = Object.entries(given).flatMap(([key, value]): readonly [string, string][] =>
    isKept(key) && value !== undefined ? [[key, value]] : [],
  );
  const plain = Object.fromEntries(kept);
  if (other === undefined) return plain;
  return {
    ...plain,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: other.home,
    USER: other.name,
    LOGNAME: other.name,
    XDG_RUNTIME_DIR: `/run/user/${userId}`,
    DBUS_SESSION_BUS_ADDRESS: address,
  };
}

/** Starts a program on the desktop, which goes on by itself; `onError` hears what comes in the way. */
export function startThere(
  call: ToolCall,
  desktop: Desktop,
  [program, ...argv]: readonly [string, ...string[]],
  onError: (error: Error) => void,
): void {
  const { other, userId } = desktop;
  const child = spawn(program, argv, {
    detached: true,
    stdio: "ignore",
    env: environmentOf(call, desktop),
    // Node gives up the supplementary groups with these two.
    ...(other !== undefined && { uid: userId, gid: other.groupId, cwd: "/" }),
  });
  child.on("error", onError);
  child.unref();
}
