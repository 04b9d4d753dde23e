/** What hats, and profiles with hats or children, may do without a rule (compile-semantics 3.10). */
import { encodeBytes } from "../../foundation/text/index.ts";
import { type CompiledProfile, match, permissionsOf, startState } from "../compiled/index.ts";

const [READ, WRITE] = [4, 2];

const PROBES = [
  ["/proc/1/attr/apparmor/", READ],
  ["/proc/1/attr/current", WRITE],
  ["/proc/1/attr/apparmor/current", WRITE],
  ["/sys/module/apparmor/parameters/enabled", READ],
] as const;

/** Whether a profile has all of it, from wherever: such a profile loses nothing and gains nothing if it is written with a child. */
export function hasFamilyRules({ file }: Pick<CompiledProfile, "file">): boolean {
  if (file === undefined) return false;
  const start = startState(file, "file");
  return PROBES.every(([path, bit]) => {
    const { allow } = permissionsOf(file, match(file.dfa, start, encodeBytes(path)), "owner");
    return (allow & bit) !== 0;
  });
}
