import type { KernelRefusal } from "./kernel.ts";

/** A refusal in words. */
export function refusalText(refusal: KernelRefusal): string {
  switch (refusal.kind) {
    case "no-apparmor":
      return "AppArmor's directory in securityfs does not exist";
    case "not-permitted":
      return `permission denied: ${refusal.path}`;
    case "policy-rejected":
      return `the kernel rejected the policy: ${refusal.errno}${refusal.info === undefined ? "" : ` (${refusal.info})`}`;
    case "cut-short":
      return `the kernel took ${refusal.takenBytes} of ${refusal.wantedBytes} bytes; which of them took effect is unknown, and nothing more was written`;
    case "io":
      return `${refusal.path}: ${refusal.errno}`;
  }
}
