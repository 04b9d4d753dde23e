/** A run of questions: the session as it is by now, where one may go back to, and what to do next. */
import type { LearnAnswer, LearnQuestion, LearnSession } from "../../../app/index.ts";
import { type Flow, type MenuItem, info, yesNo } from "./asks.ts";
import { type Ratings } from "./rating.ts";

export interface Run {
  session: LearnSession;
  /** The sessions that were, each before a question. */
  readonly past: LearnSession[];
  readonly ratings: Ratings | undefined;
  /** Letters of the ways that a program may be started, by its path; all where there is no entry. */
  readonly qualifiers: ReadonlyMap<string, string>;
  /** Parts of paths, and what may be put in their place (`[globs]` of logprof.conf). */
  readonly globs: readonly (readonly [part: RegExp, pattern: string])[];
  /** The hat that takes what a profile does in hats that it lacks (`[defaulthat]`). */
  readonly defaultHatOf: (profile: string) => string | undefined;
  /** Patterns that were written by hand. */
  readonly patterns: Set<string>;
}

/** What came of a question. */
export type Step = "next" | "finish" | "abandon";

/** Takes an answer; `undefined` says why not, which no question that is shown should come to. */
export function* take(run: Run, answer: LearnAnswer): Flow<boolean> {
  const next = run.session.answer(answer);
  if (!next.ok) {
    yield* info(`This cannot be taken (${next.error}).`);
    return false;
  }
  run.past.push(run.session);
  run.session = next.value;
  return true;
}

/** Takes the last answer back. */
export function* back(run: Run): Flow<Step> {
  const before = run.past.pop();
  if (before === undefined) yield* info("This is the first question.");
  else run.session = before;
  return "next";
}

export function* abandon(): Flow<Step> {
  const sure = yield* yesNo("Are you sure you want to abandon this set of profile changes and exit?", "n");
  return sure ? "abandon" : "next";
}

export const BACK: MenuItem = { key: "b", label: "(B)ack", about: "take the last answer back", isForPeople: true };
export const ABORT: MenuItem = { key: "r", label: "Abo(r)t", about: "end without changing anything, after a question" };
export const FINISH: MenuItem = {
  key: "f",
  label: "(F)inish",
  about: "ask nothing more and go to saving what was answered",
};
export const IGNORE: MenuItem = { key: "i", label: "(I)gnore", about: "leave it as it is, for this time" };

/** `3 of 8`: how many were answered, and how many there are as things are. */
export function progressOf(run: Run, open: readonly LearnQuestion[]): string {
  return `${run.past.length + 1} of ${run.past.length + open.length}`;
}
