/**
 * The work of our own code, counted: how often its functions were called and its branches and loops were gone through, as V8's
 * precise coverage counts it. The same call gives the same number on every machine, however busy.
 */
import { Session } from "node:inspector";

// From here on, and so before any test: of functions that ran before it began V8 counts the calls alone, and no branches and no loops.
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** What was counted since this was last called. */
function take(): number {
  let steps: number | undefined;
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error !== null) throw error;
    steps = 0;
    for (const { url, functions } of result)
      if (url.includes("/build/src/"))
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
  });
  // An inspector of the own thread answers at once.
  if (steps === undefined) throw new Error("nothing was counted");
  return steps;
}

/** Steps that `action` takes in what lies below `src`. */
export function countSteps(action: () => void): number {
  take();
  action();
  return take();
}
