/** Permission words of the rule classes that have some. Source: apparmor.d(5); policy-language 2.6, 1.6. */
export interface PermissionWords<Name extends string = string> {
  /** Canonical names, in the manual's order. */
  readonly names: readonly Name[];
  /** Other spellings, also the single letters: spelling to canonical name. */
  readonly aliases: ReadonlyMap<string, Name>;
}

function words<Name extends string>(
  names: readonly Name[],
  aliases: readonly (readonly [string, Name])[],
): PermissionWords<Name> {
  return { names, aliases: new Map(aliases) };
}

const sendReceive = [
  ["write", "send"],
  ["w", "send"],
  ["read", "receive"],
  ["r", "receive"],
] as const;

const socketNames = [
  "create",
  "bind",
  "listen",
  "accept",
  "connect",
  "shutdown",
  "getattr",
  "setattr",
  "getopt",
  "setopt",
  "send",
  "receive",
] as const;
const socket = words<(typeof socketNames)[number]>(socketNames, sendReceive);

/** By class of rules. */
export const permissionWords = {
  network: socket,
  unix: socket,
  dbus: words<"send" | "receive" | "bind" | "eavesdrop">(["send", "receive", "bind", "eavesdrop"], sendReceive),
  signal: words<"send" | "receive">(["send", "receive"], sendReceive),
  ptrace: words<"trace" | "tracedby" | "read" | "readby">(
    ["trace", "tracedby", "read", "readby"],
    [
      ["write", "trace"],
      ["w", "trace"],
      ["r", "read"],
    ],
  ),
  mqueue: words<"create" | "open" | "delete" | "getattr" | "setattr" | "read" | "write">(
    ["create", "open", "delete", "getattr", "setattr", "read", "write"],
    [
      ["r", "read"],
      ["w", "write"],
    ],
  ),
  io_uring: words<"sqpoll" | "override_creds">(["sqpoll", "override_creds"], []),
  userns: words<"create">(["create"], []),
} as const;

/** The classes of rules whose permissions are words. */
export type WordClass = keyof typeof permissionWords;
export type PermissionWord<Class extends WordClass> = (typeof permissionWords)[Class]["names"][number];

/** Whether a word is a permission of a class, as its canonical name is spelt. */
export function isPermissionWord<Class extends WordClass>(kind: Class, text: string): text is PermissionWord<Class> {
  const names: readonly string[] = permissionWords[kind].names;
  return names.includes(text);
}

/** Socket permissions that may not be combined with conditions on the peer (policy-language 2.6.2, 2.6.3). */
export const localSocketPermissions: readonly string[] = [
  "create",
  "shutdown",
  "setattr",
  "getattr",
  "bind",
  "listen",
  "setopt",
  "getopt",
];
