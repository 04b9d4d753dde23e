import type { Profile } from "./policy.ts";

/** What tells profiles apart: two of one key are one profile to the kernel. */
export function profileKey({ namespace, name }: Profile): string {
  return JSON.stringify([namespace, name]);
}
