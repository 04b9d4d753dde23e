/**
 * Mediation classes: the first byte of every string that a kernel matches against the policydb automaton (kernel-abi 8.1). A class
 * whose byte leads to the dead state is not mediated at all.
 *
 *     class u8 | what the class asks about, laid out in kernel-abi 8
 *
 * `label` is not a class of objects: `label, class, name` asks about a label as a whole.
 */
export const MediationClass = {
  file: 2,
  capability: 3,
  /** Networking before version 8, of which only the fine-grained AF_UNIX strings exist. */
  networkOld: 4,
  mount: 7,
  ptrace: 9,
  signal: 10,
  networkV8: 14,
  networkV9: 15,
  label: 16,
  posixMqueue: 17,
  sysvMqueue: 18,
  userns: 21,
  ioUring: 22,
  /** Packets, where the kernel looks at secmarks and interfaces. */
  skb: 30,
  dbus: 32,
} as const;
