/**
 * The environment as the caller has it. The wrappers in bin/ keep some of its variables from Node (they would change what Node runs)
 * and hand them on under other names, for the commands that run somebody else's program.
 */
const KEPT = "ARMORER_KEPT_";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of the caller, each under its own name again. */
export function callerEnvironment(environment: Environment): Environment {
  const entries = Object.entries(environment);
  const kept = entries
    .filter(([name]) => name.startsWith(KEPT))
    .map(([name, value]) => [name.slice(KEPT.length), value]);
  return Object.fromEntries([...entries.filter(([name]) => !name.startsWith(KEPT)), ...kept]);
}
