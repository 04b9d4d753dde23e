/** Counting what a log showed. */
import type { EventGroup, EventTime } from "../audit/index.ts";
import type { Evidence } from "./types.ts";

const MAX_KEPT = 5;
const MAX_COMMS = 16;

/** The evidence of equal events. */
export function evidenceOf({ event, count, first, last, comms }: EventGroup): Evidence {
  return { count, first, last, comms: comms.slice(0, MAX_COMMS), events: [event] };
}

/** Two evidences as one, the earlier events first. */
export function addEvidence(a: Evidence, b: Evidence): Evidence {
  return {
    count: a.count + b.count,
    first: earlier(a.first, b.first),
    last: earlier(a.last, b.last) === a.last ? (b.last ?? a.last) : a.last,
    comms: [...new Set([...a.comms, ...b.comms])].slice(0, MAX_COMMS),
    events: [...a.events, ...b.events].slice(0, MAX_KEPT),
  };
}

function earlier(a: EventTime | undefined, b: EventTime | undefined): EventTime | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.sec < b.sec || (a.sec === b.sec && a.ms <= b.ms) ? a : b;
}

/** Sums up a list that is not empty. */
export function sumEvidence(parts: readonly Evidence[]): Evidence {
  const none: Evidence = { count: 0, first: undefined, last: undefined, comms: [], events: [] };
  return parts.reduce(addEvidence, none);
}
