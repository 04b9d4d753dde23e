/** What a policy is compiled with, and how its automata are had. */
import type { Reporter } from "../../foundation/diagnostics/index.ts";
import type { CompileTarget } from "../../language/features/index.ts";
import type { AliasTable } from "../../language/model/index.ts";
import type { CompiledAutomaton } from "../compiled/index.ts";
import type { CompileCode } from "./codes.ts";
import type { CompileSession, EncodingSession } from "./session.ts";
import type { StageClock } from "./timings.ts";
import type { Trace } from "./trace.ts";

/** What stands for an automaton must tell the exec targets in it: the other automaton of the profile lists them, too. */
export type Targets = Pick<CompiledAutomaton, "transitions">;

/** An automaton that is wanted. */
interface AutomatonRequest {
  /** A text; equal build keys give equal automata, in every session. */
  readonly buildKey: () => string;
  /** `undefined`: it cannot be built, or must not be used; the reason has been reported. */
  readonly build: () => CompiledAutomaton | undefined;
}

/** Gives the automaton of a request, or what stands for it; `undefined` when it cannot be built. */
export type Obtain<A extends Targets> = (request: AutomatonRequest) => A | undefined;

/** What all profiles of a policy are compiled with. */
export interface Settings {
  readonly target: CompileTarget;
  readonly session: CompileSession;
  readonly encoding: EncodingSession;
  readonly clock: StageClock;
  readonly reporter: Reporter<CompileCode>;
  readonly aliases: AliasTable;
  /** Imposed on every profile. */
  readonly namespace: string | undefined;
  readonly forceComplain: boolean;
  readonly diffEncode: boolean;
  readonly equivalenceClasses: boolean;
  readonly upstreamKillSignal: boolean;
  readonly promptFlag: boolean;
  readonly trace: Trace | undefined;
}

export interface ProfileSettings<A extends Targets> extends Settings {
  readonly obtain: Obtain<A>;
}
