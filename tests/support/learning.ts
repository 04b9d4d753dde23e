/** Learning from plain lists of events, for tests. */
import { needKey } from "../../src/learning/access/index.ts";
import { type AuditEvent, groupEvents } from "../../src/learning/audit/index.ts";
import {
  type LearnOptions,
  type Learning,
  type NewProgram,
  type Question,
  SKIP,
  type SelectedChanges,
  type Selection,
  type Session,
  type SessionOptions,
  answer,
  answerRest,
  changesOf,
  choiceOf,
  openProgram,
  openSession,
  programProfiles,
  propose as proposeGroups,
  question,
  selectionsOf,
} from "../../src/learning/learn/index.ts";
import type { ProfileDraft } from "../../src/language/edit/index.ts";

export function propose(events: readonly AuditEvent[], options: LearnOptions): Learning {
  return proposeGroups(groupEvents(events, needKey), options);
}

/** A dialogue about events. */
export function openDialogue(events: readonly AuditEvent[], options: SessionOptions): Session {
  return openSession(groupEvents(events, needKey), options);
}

/** Asks one question after the other; `undefined` skips. */
export function answerEach(session: Session, choose: (asked: Question) => Question["suggested"]): Session {
  let current = session;
  for (let asked = question(current); asked !== undefined; asked = question(current)) {
    const candidate = choose(asked);
    const choice = candidate === undefined ? SKIP : choiceOf(candidate);
    const next = answer(current, { question: asked.proposal.id, choice });
    if (!next.ok) throw new Error(`${asked.proposal.id}: ${next.error}`);
    current = next.value;
  }
  return current;
}

/** Everything answered as suggested. */
export function learnAll(
  events: readonly AuditEvent[],
  options: SessionOptions,
): SelectedChanges & { readonly selections: readonly Selection[] } {
  const session = answerRest(openDialogue(events, options));
  return { ...changesOf(session), selections: selectionsOf(session) };
}

export function learnProfile(
  events: readonly AuditEvent[],
  program: NewProgram,
  options: SessionOptions,
  choose: (asked: Question) => Question["suggested"] = ({ suggested }) => suggested,
): readonly ProfileDraft[] {
  return programProfiles(answerEach(openProgram(groupEvents(events, needKey), program, options), choose), program);
}
