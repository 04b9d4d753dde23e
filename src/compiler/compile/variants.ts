/** Policies that are nearly alike, as whoever tries changes compiles them: what did not change is not built again. */
import type { Policy } from "../../language/model/index.ts";
import type { CompiledAutomaton } from "../compiled/index.ts";
import { type CompileOptions, type CompileResult, compilePolicyWith } from "./policy.ts";
import { type CompileSession, createCompileSession } from "./session.ts";
import type { Obtain } from "./settings.ts";

/** States that a session's automata may have together; with more it begins anew. */
const MOST_STATES = 2 ** 18;

const sessions = new WeakMap<CompileSession, Obtain<CompiledAutomaton>>();

/**
 * As `compilePolicy`, of many policies with one session: equal automata are one object (but for the list of names, which a profile's two
 * automata share).
 */
export function compileVariant(policy: Policy, options: CompileOptions): CompileResult {
  const session = options.session ?? createCompileSession();
  const obtain = sessions.get(session) ?? remembering();
  sessions.set(session, obtain);
  return compilePolicyWith(obtain, policy, { ...options, session });
}

function remembering(): Obtain<CompiledAutomaton> {
  const known = new Map<string, CompiledAutomaton>();
  let states = 0;
  return ({ buildKey, build }) => {
    const key = buildKey();
    const before = known.get(key);
    if (before !== undefined) return before;
    const built = build();
    if (built === undefined) return undefined;
    states += built.dfa.stateCount;
    if (states > MOST_STATES) {
      known.clear();
      states = built.dfa.stateCount;
    }
    known.set(key, built);
    return built;
  };
}
