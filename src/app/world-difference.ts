/** Whether two readings of a file mean the same to a kernel. */
import { comparePolicies } from "../analysis/tables/index.ts";
import type { WorldFile } from "./meaning-world.ts";

function compiledOf({ subjects }: WorldFile): Parameters<typeof comparePolicies>[0] {
  return { profiles: subjects.map(({ compiled }) => compiled) };
}

/** The first difference, in words; `undefined`: there is none. */
export function differenceOf(one: WorldFile, other: WorldFile): string | undefined {
  const [found] = comparePolicies(compiledOf(one), compiledOf(other), 1);
  return found && `it would mean something else in \`${found.profile}\`: ${found.message}`;
}
