/**
 * What the entries of `disable/` and `force-complain/` beside the profiles make of a policy file: they go by its base name alone, and
 * any entry counts that leads somewhere (tools 3.5).
 */
import type { Outcome } from "../../foundation/basics/index.ts";

export type PolicyState = "enabled" | "force-complain" | "disabled";

export interface PolicyMarks<Refusal = unknown> {
  readonly stateOf: (name: string) => PolicyState;
  /** Whether a name forces complaining, also where it switches off as well. */
  readonly complains: (name: string) => boolean;
  /** All names of both, also of entries that lead nowhere. */
  readonly names: readonly string[];
  /** Directories that could not be listed: because they are not there, as a rule. */
  readonly unlisted: readonly { readonly path: string; readonly error: Refusal }[];
}

type List<Refusal> = (path: string) => Outcome<readonly { readonly name: string; readonly kind: string }[], Refusal>;

/** Reads the marks below a directory of profiles. COST: two listings; asking for each of Debian's profiles takes 3 ms. */
export function readPolicyMarks<Refusal>(base: string, list: List<Refusal>): PolicyMarks<Refusal> {
  const names: string[] = [];
  const unlisted: { path: string; error: Refusal }[] = [];
  const read = (directory: string): ReadonlySet<string> => {
    const path = `${base}/${directory}`;
    const listing = list(path);
    if (!listing.ok) unlisted.push({ path, error: listing.error });
    const entries = listing.ok ? listing.value : [];
    names.push(...entries.map(({ name }) => name));
    return new Set(entries.flatMap(({ name, kind }) => (kind === "dangling" ? [] : [name])));
  };
  const disabled = read("disable");
  const complaining = read("force-complain");
  return {
    stateOf: (name) => (disabled.has(name) ? "disabled" : complaining.has(name) ? "force-complain" : "enabled"),
    complains: (name) => complaining.has(name),
    names,
    unlisted,
  };
}
