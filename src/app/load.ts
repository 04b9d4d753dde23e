/** Compiled policy to the kernel. */
import type { KernelPort, KernelRefusal } from "../foundation/ports/index.ts";
import { type CompiledUnit, fullNames } from "./engine.ts";

/** What became of one top-level profile and its children, which go together or not at all. */
export interface LoadedUnit {
  readonly profiles: readonly string[];
  /** Why the kernel would not; `undefined`: it is in force. What was in force before a refusal still is. */
  readonly refusal: KernelRefusal | undefined;
}

/** Loads every unit, whatever becomes of the others. `add` refuses what is loaded already. */
export function loadUnits(
  units: readonly CompiledUnit[],
  kernel: KernelPort,
  how: "add" | "replace",
): readonly LoadedUnit[] {
  return units.map(({ outline, bytes }) => {
    const done = how === "add" ? kernel.load(bytes) : kernel.replace(bytes);
    return { profiles: fullNames(outline), refusal: done.ok ? undefined : done.error };
  });
}
