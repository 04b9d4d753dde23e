/** What `armorer explain` prints for people. */
import type { ExplainAnswer, PartAnswer, StackAnswer } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { advisedLoad } from "./advised.ts";
import { placeText } from "./asked-policy.ts";
import type { Invocation } from "./command.ts";
import { exceptText, isException } from "./except-text.ts";
import { paint, paintDiff } from "./paint.ts";

const HOW_STYLES = { all: "good", some: "warning", none: "error" } as const;

/** Who asks, and where the includes are of the policy that was asked. */
interface Asked {
  readonly base: string;
  readonly call: Invocation;
}

/** Of several profiles with one name each is said where it is. */
export function printAnswers(answers: readonly ExplainAnswer[], { base, call }: Asked): void {
  const [first] = answers;
  if (first?.stack !== undefined) printStack(first.stack, call);
  for (const answer of answers) {
    const { path, line, stack } = answer;
    printAnswer(answer, answers.length === 1 || stack !== undefined ? "" : ` at ${displayText(path)}:${line}`, call);
    if (answer.isPermittedNow !== true) continue;
    const load = displayText(advisedLoad(call, base, path));
    call.io.out(`  it was refused when it was logged, by other policy than this; load this: ${load}\n`);
  }
}

const HOW = { all: "allowed", some: "partly allowed", none: "refused" } as const;

/** What comes of the answers of its profiles, which are printed behind it. */
function printStack(
  { label, question, verdict, allows, isExact, example, refusedBy, isLetThrough }: StackAnswer,
  call: Invocation,
): void {
  const { io } = call;
  io.out([`${displayText(label)}: ${displayText(question)} `, paint(HOW[verdict], HOW_STYLES[verdict]), "\n"]);
  if (verdict === "some") {
    const text = isExact && allows.length <= MOST_LINES ? allows : [`for example ${example ?? ""}`];
    io.out("  allowed by all of its profiles\n");
    for (const rule of text) io.out(`      ${displayText(exceptText(rule))}\n`);
  }
  if (refusedBy.length > 0) {
    const how = verdict === "none" && refusedBy.length === 1 ? "refused" : "refused, all or in part,";
    const through = isLetThrough ? ", but let through in the mode of whoever refuses" : "";
    io.out(`  ${how} by ${refusedBy.map(displayText).join(", ")}${through}\n`);
  }
}

function printAnswer(answer: ExplainAnswer, place: string, call: Invocation): void {
  const { io } = call;
  const { profile, mode, question, verdict, parts, edit, notes } = answer;
  const how = HOW[verdict];
  io.out([
    `${displayText(profile)} (${mode})${place}: ${displayText(question)} `,
    paint(how, HOW_STYLES[verdict]),
    "\n",
  ]);
  for (const part of parts)
    io.out(
      partLines(part, mode)
        .map((line) => `${line}\n`)
        .join(""),
    );
  for (const note of notes) io.out(`  note: ${displayText(note)}\n`);
  if (answer.isPermittedNow === true) return;
  if (edit === undefined) {
    const isDecided = parts.every(({ outcome }) => outcome !== "unconfined" && outcome !== "not-mediated");
    if (isDecided) io.out("  no single edit that was tried turns this answer\n");
    return;
  }
  io.out(`  the smallest edit after which ${edit.makes === "all" ? "all of it is allowed" : "it is refused"}:\n`);
  for (const piece of edit.diff.split("\n").filter((line) => line !== "")) {
    io.out(["    ", ...paintDiff(displayText(piece)), "\n"]);
  }
  for (const rule of edit.alsoAllows) io.out(besideLine("also allows", rule));
  for (const rule of edit.alsoTakes) io.out(besideLine("also takes away", rule));
}

function besideLine(what: string, rule: string): string {
  return isException(rule) ? `    ${displayText(exceptText(rule))}\n` : `  it ${what} ${displayText(rule)}\n`;
}

const words: Readonly<Record<PartAnswer["outcome"], string>> = {
  allowed: "allowed",
  denied: "denied",
  asked: "asked of the user",
  "other-transition": "refused: it is executed another way",
  "subset-only": "refused unless the target allows as much",
  unmentioned: "refused: no rule mentions it",
  unconfined: "allowed: the profile is unconfined",
  "not-mediated": "allowed: this kernel and ABI do not look at it",
};

const MOST_LINES = 8;

function partLines(part: PartAnswer, mode: string): readonly string[] {
  const { outcome, rules, outranked, otherHalf, isImplied, example } = part;
  const text =
    part.part.length === 0 || part.part.length > MOST_LINES || !part.isExact ? [`for example ${example}`] : part.part;
  const over = {
    deny: "a deny rule wins",
    priority: "its priority is lower",
    exact: "an exact path wins over a pattern",
    prompt: "it only asks",
  };
  return [
    `  ${words[outcome]}${modeWords(part, mode)}`,
    ...text.map((rule) => `      ${displayText(exceptText(rule))}`),
    ...rules.map((rule) => `    by ${placeText(rule)}`),
    ...(isImplied ? ["    by no rule: profiles that change profile, or have hats or children, may do so"] : []),
    ...outranked.map((rule) => `    not by ${placeText(rule)}: ${over[rule.reason]}`),
    ...otherHalf.map(
      (rule) =>
        `    not by ${placeText(rule)}: it speaks of the other half, ${rule.half === "owner" ? "the owner" : "others than the owner"}`,
    ),
  ];
}

/** What the profile's own mode makes of it, where that is not what enforcing would. */
function modeWords({ fate, enforced, logged }: PartAnswer, mode: string): string {
  const log = logged === "no" ? "" : `, logged as ${logged}`;
  if (fate === enforced)
    return fate === "refused" && logged === "no" ? ", without a line in the log" : fate === "allowed" ? log : "";
  return `, but in ${mode} mode ${fate}${log}`;
}
