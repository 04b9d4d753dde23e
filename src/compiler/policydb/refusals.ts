/**
 * Why a stream is refused, as data. The texts a kernel writes into its audit record are a table of facts
 * (kernel-abi 5); ours say what is wrong at which byte.
 */

/** The kernels we know; the names are those of Debian's. */
export type KernelGeneration = "6.1" | "6.12" | "7.2";

/** Oldest first. */
export const kernelGenerations: readonly KernelGeneration[] = ["6.1", "6.12", "7.2"];

type Errno = "EPROTO" | "EPROTONOSUPPORT";

interface RefusalInfo {
  readonly errno: Errno;
  /** The `info=` of 6.12 and 7.2. */
  readonly info: string;
  /** The `info=` of 6.1 where it differs. */
  readonly oldInfo?: string;
}

/** Every group of reasons, named after what could not be read. */
const refusalTable = {
  format: { errno: "EPROTONOSUPPORT", info: "invalid profile format" },
  version: { errno: "EPROTONOSUPPORT", info: "unsupported interface version" },
  namespace: { errno: "EPROTONOSUPPORT", info: "invalid namespace name" },
  "namespace-change": { errno: "EPROTONOSUPPORT", info: "invalid ns change" },
  profile: { errno: "EPROTO", info: "failed to unpack profile" },
  name: { errno: "EPROTO", info: "empty profile name" },
  xmatch: { errno: "EPROTO", info: "bad xmatch" },
  "xmatch-length": { errno: "EPROTO", info: "missing xmatch len" },
  "flags-missing": { errno: "EPROTO", info: "profile missing flags" },
  kill: { errno: "EPROTO", info: "profile kill.signal invalid value" },
  flags: { errno: "EPROTO", info: "failed to unpack profile flags" },
  capabilities: { errno: "EPROTO", info: "failed to unpack profile capabilities" },
  "upper-capabilities": { errno: "EPROTO", info: "failed to unpack upper profile capabilities" },
  "extended-capabilities": { errno: "EPROTO", info: "failed to unpack extended profile capabilities" },
  xattrs: { errno: "EPROTO", info: "failed to unpack profile xattrs" },
  rlimits: { errno: "EPROTO", info: "failed to unpack profile rlimits" },
  secmark: { errno: "EPROTO", info: "failed to unpack profile secmark rules" },
  "policydb-missing": { errno: "EPROTO", info: "missing required dfa", oldInfo: "failed to unpack policydb" },
  policydb: { errno: "EPROTO", info: "failed to unpack - dfa", oldInfo: "failed to unpack policydb" },
  "policydb-end": { errno: "EPROTO", info: "failed to unpack policydb" },
  file: { errno: "EPROTO", info: "failed to unpack - dfa", oldInfo: "failed to unpack profile file rules" },
  permissions: { errno: "EPROTO", info: "failed to unpack - perms" },
  start: { errno: "EPROTO", info: "invalid dfa start state" },
  transitions: { errno: "EPROTO", info: "failed to unpack profile transition table" },
  data: { errno: "EPROTO", info: "failed to unpack end of key, value data table" },
  end: { errno: "EPROTO", info: "failed to unpack end of profile" },
  "exec-index": { errno: "EPROTO", info: "Unpack: Invalid perm index", oldInfo: "Invalid named transition" },
  "file-accept": { errno: "EPROTO", info: "Unpack: file Invalid named transition" },
  "policy-accept": { errno: "EPROTO", info: "Unpack: policy Invalid named transition" },
  "permission-entry": { errno: "EPROTO", info: "Unpack: Invalid perm index" },
  /** No kernel minds, we do: not representable, or larger than we care to hold. */
  unsupported: { errno: "EPROTO", info: "" },
} as const satisfies Readonly<Record<string, RefusalInfo>>;

export type RefusalKind = keyof typeof refusalTable;

/** One reason why a stream, or a kernel, will not do. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** Byte position in the stream. */
  readonly offset: number;
  /** The profile it is in, once its name is known. */
  readonly profile: string | undefined;
  /** What is wrong, one sentence in the style of a diagnostic. */
  readonly message: string;
  /** The kernels that refuse it. */
  readonly kernels: readonly KernelGeneration[];
}

/** What a kernel reports for a refusal: the errno of the write and the `info=` of the audit record. */
export function kernelAnswer(
  kind: RefusalKind,
  kernel: KernelGeneration,
): { readonly errno: Errno; readonly info: string } {
  const entry: RefusalInfo = refusalTable[kind];
  return { errno: entry.errno, info: kernel === "6.1" ? (entry.oldInfo ?? entry.info) : entry.info };
}
