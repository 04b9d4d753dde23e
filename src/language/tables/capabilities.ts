/**
 * Linux capabilities in the language's spelling. Source: capabilities(7) and linux/capability.h for the numbers,
 * apparmor.d(5) "Capability rules" for the spelling (lower case, no `CAP_`).
 */
export const capabilities = [
  "chown",
  "dac_override",
  "dac_read_search",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "linux_immutable",
  "net_bind_service",
  "net_broadcast",
  "net_admin",
  "net_raw",
  "ipc_lock",
  "ipc_owner",
  "sys_module",
  "sys_rawio",
  "sys_chroot",
  "sys_ptrace",
  "sys_pacct",
  "sys_admin",
  "sys_boot",
  "sys_nice",
  "sys_resource",
  "sys_time",
  "sys_tty_config",
  "mknod",
  "lease",
  "audit_write",
  "audit_control",
  "setfcap",
  "mac_override",
  "mac_admin",
  "syslog",
  "wake_alarm",
  "block_suspend",
  "audit_read",
  "perfmon",
  "bpf",
  "checkpoint_restore",
] as const;

export type CapabilityName = (typeof capabilities)[number];

const numbers: ReadonlyMap<string, number> = new Map(capabilities.map((name, number) => [name, number]));

/** Whether a word names a capability, without `cap_`. */
export function isCapabilityName(text: string): text is CapabilityName {
  return numbers.has(text);
}

/** The number of a capability; `undefined` for names the language itself does not know. */
export function capabilityNumber(name: string): number | undefined {
  return numbers.get(name);
}

/** The name of a capability number; `undefined` above the last known one. */
export function capabilityName(number: number): CapabilityName | undefined {
  return capabilities[number];
}

/** Capabilities split off `sys_admin` later: where `caps/mask` of a kernel lacks the name, `sys_admin` is in (policy-language 2.6.1). */
export const splitFromSysAdmin: readonly string[] = ["perfmon", "bpf", "checkpoint_restore"];
