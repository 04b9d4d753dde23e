/**
 * A quick proof that a rule counts: a path that it matches, and a decision for it that is another one without the rule. COST: most
 * rules count, and this is decided in a fraction of the time that compiling takes; what it cannot prove is compiled.
 */
import type { CellSession } from "../reach/index.ts";
import { type Decision, decide } from "../monitor/index.ts";
import type { FileRule, Profile, Rule } from "../../language/model/index.ts";

const LETTERS = ["r", "w", "a", "k", "m", "l"] as const;

/** Paths that a pattern matches: the shortest, and each of its ends. */
export function samplePaths(rule: FileRule, cells: CellSession): readonly string[] {
  const found = cells.cells([rule.path.text], []);
  return found.ok ? found.value.map(({ path }) => path) : [];
}

/** Whether some sample is decided otherwise by the other rules. */
export function isDecidedOtherwise(
  profile: Profile,
  rules: { readonly before: readonly Rule[]; readonly after: readonly Rule[] },
  paths: readonly string[],
): boolean {
  const before = { ...profile, rules: rules.before };
  const after = { ...profile, rules: rules.after };
  return paths.some((path) =>
    [false, true].some((owner) => spoken(before, path, owner) !== spoken(after, path, owner)),
  );
}

/** All that is decided for a path, as a text. */
function spoken(profile: Profile, path: string, owner: boolean): string {
  const letters = LETTERS.map((letter) => summary(decide(profile, { kind: "file", path, letters: [letter], owner })));
  return JSON.stringify([...letters, summary(decide(profile, { kind: "exec", path, owner }))]);
}

function summary({ allowed, audited, denied, exec, prompted, quiet }: Decision): unknown {
  return [allowed, audited, denied, prompted, quiet, exec?.choice];
}
