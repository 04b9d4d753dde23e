import { NO_TIME } from "./event.ts";

/**
 * Where in a quarter of an hour a time is, in ms; -1 where there is none. Time zones differ by whole quarters, so that a date in local time
 * whose zone nobody knows has the same phase as the seconds that the kernel wrote.
 */
export function phaseOf(sec: number, ms: number): number {
  return sec === NO_TIME ? -1 : (sec % 900) * 1000 + ms;
}
