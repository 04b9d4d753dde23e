/** Compiling many sources: in this thread, or in several. Results come in the order of the requests, whatever is ready first. */
import type { CheckedSource, CompiledSource, Observation, PolicySettings } from "../app/index.ts";

export interface CompileRequest {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly policy: PolicySettings;
  readonly goal: "check" | "compile" | "preprocess";
}

/** Plain data: it crosses threads. */
export interface CompileResult {
  readonly source: CompiledSource;
  readonly observations: readonly Observation[];
  /** The text with its includes, where that was the goal. */
  readonly preprocessed: string | undefined;
}

export interface CompilePool {
  readonly run: (requests: readonly CompileRequest[]) => AsyncIterable<CompileResult>;
  /** One check, here and now. */
  readonly checkNow: (request: CompileRequest) => CheckedSource;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}
