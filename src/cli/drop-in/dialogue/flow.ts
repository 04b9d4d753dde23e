/** The questions of a log, in the order of aa-logprof (tools 12.1, 12.6): execs and hats, then rules, what was only noted before what was refused. */
import type { LearnQuestion, LearnResult, LearnSession } from "../../../app/index.ts";
import { compareBytes } from "../../../foundation/text/index.ts";
import { type Flow, important, info } from "./asks.ts";
import { execQuestion, hatQuestion } from "./exec-questions.ts";
import { ruleQuestion } from "./rule-questions.ts";
import { type Run, type Step, take } from "./run.ts";
import { type Saved, saveDialogue } from "./save.ts";

export const KIND_ORDER: readonly string[] = [
  "exec",
  "hat",
  "flag",
  "advice",
  "all",
  "capability",
  "change_profile",
  "dbus",
  "file",
  "link",
  "network",
  "ptrace",
  "rlimit",
  "signal",
  "userns",
  "mqueue",
  "io_uring",
  "mount",
  "unix",
];

/** Execs and hats come before everything, since they say whose the rest is. */
function phaseOf({ proposal: { kind, mode } }: LearnQuestion): number {
  return kind === "exec" ? 0 : kind === "hat" ? 1 : mode === "complain" ? 2 : 3;
}

function inOrder(a: LearnQuestion, b: LearnQuestion): number {
  return (
    phaseOf(a) - phaseOf(b) ||
    compareBytes(a.proposal.profile, b.proposal.profile) ||
    KIND_ORDER.indexOf(a.proposal.kind) - KIND_ORDER.indexOf(b.proposal.kind) ||
    compareBytes(a.proposal.subject, b.proposal.subject)
  );
}

const HEADINGS: readonly (readonly [phase: number, text: string])[] = [
  [2, "Complain-mode changes:"],
  [3, "Enforce-mode changes:"],
];

function* ask(run: Run, asked: LearnQuestion): Flow<Step> {
  const { kind, candidates, id } = asked.proposal;
  if (kind === "exec") return yield* execQuestion(run, asked);
  if (kind === "hat") return yield* hatQuestion(run, asked);
  if (candidates.every(({ rules }) => rules.length === 0)) {
    yield* important(`${asked.proposal.profile}: ${asked.proposal.subject}`);
    yield* take(run, { question: id, choice: "skip" });
    return "next";
  }
  return yield* ruleQuestion(run, asked);
}

/** All questions, as far as somebody answers them. */
function* questionsOf(run: Run): Flow<Exclude<Step, "next">> {
  let phase = 0;
  const announce = function* (upTo: number): Flow<void> {
    for (const [at, text] of HEADINGS) if (at > phase && at <= upTo) yield* info(text);
    phase = Math.max(phase, upTo);
  };
  for (;;) {
    const [asked] = run.session.questions().toSorted(inOrder);
    if (asked === undefined) break;
    yield* announce(phaseOf(asked));
    const step = yield* ask(run, asked);
    if (step !== "next") return step;
  }
  yield* announce(3);
  return "finish";
}

/** Says which answers need no rule, since an include that was taken permits all that they say. */
function* sayCovered({ proposals }: LearnResult): Flow<void> {
  for (const { candidates, covered, profile, taken } of proposals) {
    const rules = covered === undefined ? [] : (candidates[taken ?? -1]?.rules ?? []);
    for (const rule of rules)
      yield* info(`Deleted ${rule} from profile ${profile}: include <${covered ?? ""}> permits it.`);
  }
}

/** The questions, then what is to be saved. */
export function* learnFlow(run: Run): Flow<Saved> {
  const end = yield* questionsOf(run);
  if (end === "abandon") {
    yield* info("Abandoning all changes.");
    return { kind: "abandoned", files: [], isRefused: false };
  }
  const result = run.session.result();
  yield* sayCovered(result);
  return yield* saveDialogue(result);
}

/** A run over a session that was just opened. */
export function startRun(
  session: LearnSession,
  about: Pick<Run, "globs" | "ratings" | "qualifiers" | "defaultHatOf">,
): Run {
  return { session, past: [], patterns: new Set(), ...about };
}
