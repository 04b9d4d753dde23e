import { type KernelPort, type KernelRefusal, refusalText } from "../foundation/ports/index.ts";

/** Whether there is no AppArmor to load anything into; that one could not look is something else, and whoever loads is told why. */
export function isWithoutAppArmor(kernel: KernelPort): boolean {
  const loaded = kernel.profiles();
  return !loaded.ok && loaded.error.kind === "no-apparmor";
}

/** Whether no kernel says what it can do, because there is none with AppArmor; that it could not be read is something else. */
export function isNoKernel(refusal: KernelRefusal): boolean {
  return refusal.kind === "no-apparmor" || (refusal.kind === "io" && refusal.errno === "ENOENT");
}

/** Why the kernel refused; where there is no AppArmor that comes before the directory that it would have. */
export function kernelRefusalText(refusal: KernelRefusal, kernel: KernelPort | undefined): string {
  if (refusal.kind !== "no-apparmor" || kernel === undefined) return refusalText(refusal);
  const enabled = kernel.enabled();
  if (enabled === undefined) return "AppArmor is not in this kernel";
  return enabled ? refusalText(refusal) : "AppArmor is disabled";
}
