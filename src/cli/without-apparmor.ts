import type { KernelPort, KernelRefusal } from "../foundation/ports/index.ts";

/** Whether there is no AppArmor to load anything into; that one could not look is something else, and whoever loads is told why. */
export function isWithoutAppArmor(kernel: KernelPort): boolean {
  const loaded = kernel.profiles();
  return !loaded.ok && loaded.error.kind === "no-apparmor";
}

/** Whether no kernel says what it can do, because there is none with AppArmor; that it could not be read is something else. */
export function isNoKernel(refusal: KernelRefusal): boolean {
  return refusal.kind === "no-apparmor" || (refusal.kind === "io" && refusal.errno === "ENOENT");
}
