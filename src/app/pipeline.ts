import type { PolicyEngine } from "./engine.ts";
import { BugError } from "../foundation/basics/index.ts";

function nothing(): never {
  throw new BugError("the pipeline is not there yet");
}

/** An engine that knows nothing yet. */
export function createEngine(): PolicyEngine {
  return { check: nothing, compile: nothing, preprocess: nothing };
}
