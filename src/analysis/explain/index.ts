/**
 * In: a question and a profile in its forms. Out: which part of it is allowed, denied or mentioned by nobody, by which rules, and what would
 * change that.
 * Must not know: where policy is kept, how an answer is printed.
 */
export { explainQuestion } from "./explain.ts";
export { stackVerdict } from "./stack.ts";
export type { OutrankedRule, PartOutcome, ExplainedPart, Explanation, Subject } from "./types.ts";
export { createMeetings, profileOf, rulesMeeting } from "./meeting.ts";
export { draftOf } from "./draft.ts";
export { eventQuestion } from "./event.ts";
