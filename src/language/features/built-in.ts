import { parseFeatures } from "./text.ts";
import type { FeatureTree } from "./tree.ts";

/**
 * The policy features of a profile without `abi`, `<default>`: what 5.0.2 has built in. Because of a brace closed too early
 * there, `stack`, `change_profile` and their like are beside `domain`, not inside, so they are not found; there is no
 * network_v8 either (compile-semantics 6.1). Facts only; the words of leaves that nothing asks for are left out.
 */
const TEXT = `
query {label {data {yes} multi_transaction {yes} perms {allow deny audit quiet}}}
dbus {mask {acquire send receive}}
signal {mask {hup int quit ill trap abrt bus fpe kill usr1 segv usr2 pipe alrm term stkflt chld cont stop stp ttin ttou urg
  xcpu xfsz vtalrm prof winch io pwr sys emt lost}}
ptrace {mask {read trace}}
caps {mask {chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
  net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot
  sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog
  wake_alarm block_suspend audit_read}}
rlimit {mask {cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice rtprio rttime}}
capability {0xffffff}
namespaces {pivot_root {no} profile {yes}}
mount {mask {mount umount pivot_root}}
network {af_unix {yes} af_mask {unix inet inet6 netlink packet}}
file {mask {create read write exec append mmap_exec link lock}}
domain {version {1.2}}
stack {yes}
change_profile {yes}
change_onexec {yes}
change_hatv {yes}
change_hat {yes}
policy {set_load {yes} versions {v8 {yes} v7 {yes} v6 {yes} v5 {yes}}}
`;

/** The policy features that count when a profile names no ABI. */
export const builtInFeatures: FeatureTree = parseFeatures(TEXT).tree;
