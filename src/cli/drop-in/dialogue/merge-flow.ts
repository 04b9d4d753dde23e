/** What profiles of other files have and those of the directory lack (tools 15): children, contradictions, rules, profile by profile; then what is to be saved. */
import type { LearnQuestion } from "../../../app/index.ts";
import { compareBytes } from "../../../foundation/text/index.ts";
import { type Flow, type MenuItem, choose, info } from "./asks.ts";
import { KIND_ORDER } from "./flow.ts";
import { ruleQuestion } from "./rule-questions.ts";
import { ABORT, BACK, FINISH, type Run, type Step, abandon, back, progressOf, take } from "./run.ts";
import { MERGE_ITEMS, type Saved, saveDialogue } from "./save.ts";

const PHASES: readonly string[] = ["profile", "include", "child", "hat", "conflict", "removal"];

function phaseOf({ proposal: { kind } }: LearnQuestion): number {
  const phase = PHASES.indexOf(kind);
  return phase < 0 ? PHASES.length : phase;
}

function inOrder(a: LearnQuestion, b: LearnQuestion): number {
  return (
    compareBytes(a.proposal.profile, b.proposal.profile) ||
    phaseOf(a) - phaseOf(b) ||
    KIND_ORDER.indexOf(a.proposal.kind) - KIND_ORDER.indexOf(b.proposal.kind) ||
    compareBytes(a.proposal.subject, b.proposal.subject)
  );
}

/** What is called for, where it is missing here. */
const MISSING: Readonly<Record<string, string>> = { profile: "Profile", child: "Subprofile", hat: "Hat" };

/** A profile, child or hat that is missing: added whole, or not. */
function* missingQuestion(run: Run, { choices, proposal }: LearnQuestion, what: string): Flow<Step> {
  const items: readonly MenuItem[] = [
    { key: "a", label: `(A)dd Requested ${what}`, about: "with all that the other file says of it" },
    { key: "d", label: "(D)eny", about: "it stays missing" },
    BACK,
    ABORT,
    FINISH,
  ];
  const headers: readonly (readonly [string, string])[] = [
    ...(proposal.kind === "profile" ? [] : [["Profile", proposal.profile] as const]),
    [`Requested ${what}`, proposal.subject],
  ];
  const { note } = proposal;
  const menu = {
    headers,
    options: [],
    items,
    defaultKey: "d",
    selected: 0,
    ...(note !== undefined && { explanation: note }),
  };
  return yield* answered(run, menu, (key) => ({
    question: proposal.id,
    choice: key === "a" ? (choices[0] ?? "skip") : "skip",
  }));
}

/** Either what is here, which is the first option, or what the other file has. */
function* eitherQuestion(run: Run, { choices, proposal }: LearnQuestion): Flow<Step> {
  const isRemoval = proposal.kind === "removal";
  const items: readonly MenuItem[] = [
    { key: "a", label: "(A)llow", about: "take the marked one" },
    BACK,
    ABORT,
    { ...FINISH, isForPeople: true },
  ];
  const options = proposal.candidates.map(({ kind, reason, rules }) => {
    if (kind === "keep") return reason;
    return kind === "remove" && rules[0]?.startsWith("without ") === true ? `(${reason})` : rules.join(" ");
  });
  const isExec = proposal.candidates.some(({ rules }) => rules.some((rule) => / [a-zA-Z]*x(?: -> .*)?,$/.test(rule)));
  const title = isRemoval ? "Select what is to be left" : `Select the appropriate ${isExec ? "mode" : "rule"}`;
  const headers = [
    ["Profile", proposal.profile],
    [isRemoval ? "Rule" : "Path", proposal.subject],
    [title, ""],
  ] as const;
  const { note } = proposal;
  const menu = { headers, options, items, selected: 0, ...(note !== undefined && { explanation: note }) };
  return yield* answered(run, menu, (_, selected) => ({
    question: proposal.id,
    choice: choices[selected] ?? "skip",
  }));
}

type Menu = Parameters<typeof choose>[0];
type Answer = Parameters<typeof take>[1];

function* answered(run: Run, menu: Menu, answerOf: (key: string, selected: number) => Answer): Flow<Step> {
  for (;;) {
    const progress = progressOf(run, run.session.questions());
    const { key, selected } = yield* choose({ ...menu, progress });
    if (key === "b") return yield* back(run);
    if (key === "f") return "finish";
    if (key === "r") {
      const step = yield* abandon();
      if (step === "abandon") return step;
    } else if (yield* take(run, answerOf(key, selected))) return "next";
  }
}

function* ask(run: Run, asked: LearnQuestion): Flow<Step> {
  const { kind } = asked.proposal;
  const what = MISSING[kind];
  if (what !== undefined) return yield* missingQuestion(run, asked, what);
  return kind === "conflict" || kind === "removal"
    ? yield* eitherQuestion(run, asked)
    : yield* ruleQuestion(run, asked);
}

/** The questions, each profile announced, then what is to be saved. */
export function* mergeFlow(run: Run): Flow<Saved> {
  let announced: string | undefined;
  for (;;) {
    const [asked] = run.session.questions().toSorted(inOrder);
    if (asked === undefined) break;
    const { profile } = asked.proposal;
    if (profile !== announced) yield* info(`Merging profile for ${profile}`);
    announced = profile;
    const step = yield* ask(run, asked);
    if (step === "finish") break;
    if (step === "abandon") {
      yield* info("Abandoning all changes.");
      return { kind: "abandoned", files: [], isRefused: false };
    }
  }
  return yield* saveDialogue(run.session.result(), MERGE_ITEMS);
}
