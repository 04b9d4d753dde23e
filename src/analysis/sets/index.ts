/**
 * In: compiled profiles, whoever compiled them, and rules as questions. Out: the sets of accesses that they allow or speak of, their algebra,
 * accesses a person can read, and sets as rules again.
 * Must not know: files but through the port, texts for terminals, verbs.
 *
 * **Everything is a rule.** A question is a rule. Compiled as a profile that holds only that rule, it is an automaton for each class, as a policy is;
 * so whether a policy allows all, some or nothing of it is a walk over pairs of states, and never a sample. What is left of a
 * difference is an automaton again, and the decompiler makes rules of it.
 *
 * **What counts as an access.** Only inputs that a kernel can look up (inputs.ts): a signal has a number that exists, a socket a type that exists.
 * Halves of the owner and of others are asked about apart; a link is a pair of names, and one that must pass the subset test is less than one
 * that need not; an exec is a program with the transition that is written, or with any for a plain `x`. What only says how something is
 * logged is an aspect of its own (`audit`, `quiet`), and so is what is asked of the user (`prompt`). Modes, flags and
 * attachments with their xattrs are no accesses: they are plain values of the profile.
 */
export {
  createQuestionMemory,
  namesChild,
  parseQuestion,
  preambleOf,
  type Question,
  type QuestionMemory,
  type QuestionWorld,
  readRuleText,
} from "./question.ts";
export { hasOwnVariables, withOwnVariables } from "./own-variables.ts";
export { asFewRules, asRules } from "./rules.ts";
export {
  accessesOf,
  compareSets,
  contains,
  intersect,
  isEmpty,
  meets,
  subtract,
  witnessInside,
  witnessOf,
  witnessOutside,
} from "./sets.ts";
export type { Access, AccessSet, Aspect, Comparison, Grant, LimitRange, RuleCover, SetPart } from "./types.ts";
export { FileBit, parseExec } from "./grants.ts";
export { mapGrants } from "./parts.ts";
export { atExec } from "./at-exec.ts";
export { behindNames } from "./link-names.ts";
export { type Splitter, type Slice, splitSet } from "./split.ts";
