/** Capability names by number (audit-events 2.9; linux/capability.h). */
const NAMES = (
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service " +
  "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin " +
  "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override " +
  "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split(" ");

/** The name of a capability; `undefined` for a number nobody has named. */
export function capabilityName(number: number | undefined): string | undefined {
  return number === undefined ? undefined : NAMES[number];
}

/** The number of a capability; `undefined` for an unknown name. */
export function capabilityNumber(name: string | undefined): number | undefined {
  const index = NAMES.indexOf(name ?? "");
  return index < 0 ? undefined : index;
}
