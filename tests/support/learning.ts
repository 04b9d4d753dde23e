/** Learning from plain lists of events, for tests. */
import { type AuditEvent, groupEvents } from "../../src/learning/audit/index.ts";
import { needKey } from "../../src/learning/access/index.ts";
import {
  type AutomaticOptions,
  type LearnOptions,
  type Learned,
  type Learning,
  type NewProgram,
  learnAll as learnAllGroups,
  learnProfile as learnProfileGroups,
  propose as proposeGroups,
} from "../../src/learning/learn/index.ts";

export function propose(events: readonly AuditEvent[], options: LearnOptions): Learning {
  return proposeGroups(groupEvents(events, needKey), options);
}

export function learnAll(events: readonly AuditEvent[], options: AutomaticOptions): Learned {
  return learnAllGroups(groupEvents(events, needKey), options);
}

export function learnProfile(
  events: readonly AuditEvent[],
  program: NewProgram,
  options: AutomaticOptions,
): ReturnType<typeof learnProfileGroups> {
  return learnProfileGroups(groupEvents(events, needKey), program, options);
}
