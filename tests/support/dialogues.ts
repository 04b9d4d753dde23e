/** Answering sessions of learning, for tests. */
import type { LearnAnswer, LearnedProposal, LearnQuestion, LearnSession } from "../../src/app/index.ts";

/** Picks a candidate by its place; `undefined` for none. */
export type Choose = (proposal: LearnedProposal) => number | undefined;

/** What a choice by place is in words. */
export function answerTo({ proposal, choices }: LearnQuestion, index: number | undefined): LearnAnswer {
  return { question: proposal.id, choice: choices[index ?? -1] ?? "skip" };
}

/** The session with one more answer, which must be possible. */
export function withAnswer(session: LearnSession, given: LearnAnswer): LearnSession {
  const next = session.answer(given);
  if (!next.ok) throw new Error(`${given.question}: ${next.error}`);
  return next.value;
}

/** Asks one question after the other. */
export function answerEach(session: LearnSession, choose: Choose): LearnSession {
  let current = session;
  for (let asked = current.question(); asked !== undefined; asked = current.question()) {
    current = withAnswer(current, answerTo(asked, choose(asked.proposal)));
  }
  return current;
}
