/** How this machine is confined: profiles that are loaded, processes, and what does not go together. */
import { compareBy } from "../foundation/basics/index.ts";
import type {
  KernelPort,
  KernelRefusal,
  LoadedProfile,
  ProcessConfinement,
  ProcessesPort,
} from "../foundation/ports/index.ts";

/** How a machine is confined. */
export interface StatusReport {
  /** Whether the kernel has AppArmor and it is switched on; `undefined`: it has none. */
  readonly enabled: boolean | undefined;
  readonly profiles: readonly LoadedProfile[];
  /** Why the profiles are not known. */
  readonly refusal: KernelRefusal | undefined;
  readonly processes: readonly ProcessConfinement[];
  /** Processes whose confinement may not be seen. */
  readonly hidden: number;
  /** Processes without confinement although a profile bears their program's name. */
  readonly unconfinedWithProfile: readonly ProcessConfinement[];
}

/** Reads it all; what cannot be read is said, not guessed. */
export function readStatus(kernel: KernelPort, processes: ProcessesPort): StatusReport {
  const listed = kernel.profiles();
  const profiles = listed.ok ? listed.value.toSorted(compareBy((profile) => profile.name)) : [];
  const { processes: seen, hidden } = processes.confinement();
  const names = new Set(profiles.map((profile) => profile.name));
  return {
    enabled: kernel.enabled(),
    profiles,
    refusal: listed.ok ? undefined : listed.error,
    processes: seen.filter((process) => process.mode !== undefined),
    hidden,
    unconfinedWithProfile: seen.filter(
      ({ mode, executable }) => mode === undefined && executable !== undefined && names.has(executable),
    ),
  };
}

/** How many items there are of each mode, modes in byte order. */
export function countModes(items: readonly { readonly mode: string | undefined }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { mode } of items) if (mode !== undefined) counts.set(mode, (counts.get(mode) ?? 0) + 1);
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
