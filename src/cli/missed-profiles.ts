import type { LearnResult } from "../app/index.ts";

/** Whether events may have been left out because not all of the policy could be read, so that their profile seems not to be there. */
export function mayBeMissed({ skipped, unreadable }: Pick<LearnResult, "skipped" | "unreadable">): boolean {
  return unreadable.length > 0 && skipped.some(({ reason }) => reason === "unknown-profile");
}
