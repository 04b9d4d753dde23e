import { featureWords, hasFeature } from "./look-up.ts";
import type { FeatureTree } from "./tree.ts";

/** Everything the compiler asks of a pair of feature trees (compile-semantics 6.1). */
export interface CompileTarget {
  /** The kernel ABI number of the version word. 8 and 9 are never chosen. */
  readonly abi: 5 | 6 | 7;
  /** The version of a usable permission table; `undefined`: accept bits of the old encoding. */
  readonly permissionTable: 2 | 3 | undefined;
  readonly diffEncode: boolean;
  /** Tables of 32-bit state numbers are understood. */
  readonly state32: boolean;
  readonly outOfBand: boolean;
  /** How socket family rules are written; `table`: the v7 array. */
  readonly network: "none" | "table" | "v8" | "v9";
  /** network_v8 is there, also beside v9: its class gets a marker. */
  readonly networkV8: boolean;
  /** Addresses and ports of inet sockets, in the class of `network`. */
  readonly inet: boolean;
  /** Where addresses of unix sockets are written: in the class of network v9, of the old `network`, or nowhere. */
  readonly unix: "none" | "old" | "v9";
  readonly skb: boolean;
  readonly skbInterface: boolean;
  readonly mount: boolean;
  readonly dbus: boolean;
  readonly signal: boolean;
  readonly ptrace: boolean;
  readonly ioUring: boolean;
  readonly posixMqueue: boolean;
  readonly sysvMqueue: boolean;
  /** The class of old AF_UNIX is mediated, also where rules are written in the newer class. */
  readonly oldUnixMarker: boolean;
  readonly userns: boolean;
  readonly stack: boolean;
  readonly xattr: boolean;
  readonly interruptible: boolean;
  readonly killSignal: boolean;
  /** The key upstream kernels really list (`domain/kill.signal`), which 5.0.2 does not look at (compile-semantics D12). */
  readonly domainKillSignal: boolean;
  readonly error: boolean;
  readonly disconnectedIpc: boolean;
  readonly identity: boolean;
  /** The capability names the kernel lists, by number; `undefined`: it lists none. */
  readonly kernelCapabilities: readonly string[] | undefined;
}

/** Both trees reduced to what decides about the output. Source: compile-semantics 6.1. */
export function compileTarget(kernel: FeatureTree, policy: FeatureTree): CompileTarget {
  const both = (path: string): boolean => hasFeature(kernel, path) && hasFeature(policy, path);
  const network = chooseNetwork(both);
  return {
    ...encodingOf(kernel),
    network,
    networkV8: both("network_v8"),
    inet: both("network_v8/af_inet") || both("network_v9/af_inet"),
    unix: both("network_v9/af_unix") ? "v9" : both("network/af_unix") ? "old" : "none",
    oldUnixMarker: both("network/af_unix"),
    skb: both("network_v9_skb"),
    skbInterface: both("network_v9_skb/iface"),
    mount: both("mount"),
    dbus: both("dbus"),
    signal: both("signal"),
    ptrace: both("ptrace"),
    ioUring: both("io_uring"),
    posixMqueue: both("ipc/posix_mqueue"),
    sysvMqueue: both("ipc/sysv_mqueue"),
    userns: both("namespaces/mask/userns_create"),
    stack: both("domain/stack"),
    xattr: both("domain/attach_conditions/xattr"),
    interruptible: both("policy/profile/interruptible"),
    killSignal: both("policy/profile/kill.signal"),
    domainKillSignal: hasFeature(kernel, "domain/kill.signal"),
    error: both("policy/profile/error"),
    disconnectedIpc: both("domain/disconnected.ipc"),
    identity: both("domain/identity"),
    kernelCapabilities: featureWords(kernel, "caps/mask"),
  };
}

/** What the kernel alone decides. */
function encodingOf(
  kernel: FeatureTree,
): Pick<CompileTarget, "abi" | "permissionTable" | "diffEncode" | "state32" | "outOfBand"> {
  const has = (path: string): boolean => hasFeature(kernel, path);
  const table = has("policy/permstable32");
  return {
    abi: has("policy/versions/v7") ? 7 : has("policy/versions/v6") ? 6 : 5,
    permissionTable: !table
      ? undefined
      : has("policy/permstable32_version/0x000003")
        ? 3
        : has("policy/permstable32_version/0x000002")
          ? 2
          : undefined,
    diffEncode: has("policy/diff_encode") || has("policy/diff-encode"),
    state32: has("policy/state32"),
    outOfBand: has("policy/outofband"),
  };
}

function chooseNetwork(both: (path: string) => boolean): CompileTarget["network"] {
  if (both("network_v9")) return "v9";
  if (both("network_v8")) return "v8";
  return both("network") ? "table" : "none";
}
