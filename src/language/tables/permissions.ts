/** Permission words of the rule classes that have some. Source: apparmor.d(5); policy-language 2.6, 1.6. */
export interface PermissionWords {
  /** Canonical names, in the manual's order. */
  readonly names: readonly string[];
  /** Other spellings, also the single letters: spelling to canonical name. */
  readonly aliases: ReadonlyMap<string, string>;
}

function words(names: string, aliases: readonly (readonly [string, string])[]): PermissionWords {
  return { names: names.split(" "), aliases: new Map(aliases) };
}

const sendReceive = [
  ["write", "send"],
  ["w", "send"],
  ["read", "receive"],
  ["r", "receive"],
] as const;

const socket = words(
  "create bind listen accept connect shutdown getattr setattr getopt setopt send receive",
  sendReceive,
);

export const permissionWords: Readonly<
  Record<"network" | "unix" | "dbus" | "signal" | "ptrace" | "mqueue" | "io_uring" | "userns", PermissionWords>
> = {
  network: socket,
  unix: socket,
  dbus: words("send receive bind eavesdrop", sendReceive),
  signal: words("send receive", sendReceive),
  ptrace: words("trace tracedby read readby", [
    ["write", "trace"],
    ["w", "trace"],
    ["r", "read"],
  ]),
  mqueue: words("create open delete getattr setattr read write", [
    ["r", "read"],
    ["w", "write"],
  ]),
  io_uring: words("sqpoll override_creds", []),
  userns: words("create", []),
};

/** Socket permissions that may not stand beside conditions on the peer (policy-language 2.6.2, 2.6.3). */
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
