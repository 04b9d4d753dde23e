import type { KernelPort } from "../foundation/ports/index.ts";

/** Whether there is no AppArmor to load anything into; that one could not look is something else, and whoever loads is told why. */
export function isWithoutAppArmor(kernel: KernelPort): boolean {
  const loaded = kernel.profiles();
  return !loaded.ok && loaded.error.kind === "no-apparmor";
}
