import {
  type EventAnswer,
  type ExplainAnswer,
  loadMeaning,
  type PartAnswer,
  type StackAnswer,
} from "../../app/index.ts";
import type { Outcome } from "../../foundation/basics/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { exceptText, isException } from "./except-text.ts";
import { type AskedPolicy, placeText, questionOptions, readAskedPolicy, tellSkipped } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { paint, paintDiff } from "./paint.ts";
import { anyText } from "./value-types.ts";

async function run(call: Invocation): Promise<number> {
  const [policy, profile, rule, ...more] = call.operands;
  if (policy === undefined) return usageError(call.io, "explain", "no policy is named");
  const isEvent = call.has("event") || profile === undefined;
  if (isEvent && profile !== undefined)
    return usageError(call.io, "explain", "an event names its profile and its rule itself");
  if (!isEvent && (rule === undefined || more.length > 0))
    return usageError(call.io, "explain", "takes a policy, a profile and a rule");
  const asked = await readAskedPolicy(call, "explain");
  if (typeof asked === "number") return asked;
  const status = isEvent
    ? await explainEvents(call, asked)
    : await explainOne(call, asked, { profile, rule: rule ?? "" });
  const hasSkipped = tellSkipped(asked.world.skipped, call, "explain");
  return status === EXIT.fine && (hasSkipped || asked.refusals.length > 0) ? EXIT.bad : status;
}

async function explainOne(
  call: Invocation,
  { world }: AskedPolicy,
  { profile, rule }: { readonly profile: string; readonly rule: string },
): Promise<number> {
  const { explainRule } = await loadMeaning();
  const answer = explainRule(world, profile, rule);
  if (!answer.ok) {
    call.io.err(`armorer explain: ${displayText(answer.error)}\n`);
    return EXIT.usage;
  }
  if (call.json) printJson(call.io, "armorer/explain/1", { answers: answer.value, skipped: world.skipped });
  else printAnswers(answer.value, call);
  return EXIT.fine;
}

/** The lines of the option, or of standard input. */
function linesOf(call: Invocation): Outcome<readonly string[], string> {
  const lines = call.values("event").filter((line) => line !== "-" && line !== "");
  if (lines.length > 0) return { ok: true, value: lines };
  const input = call.io.input();
  if (!input.ok) return { ok: false, error: "standard input cannot be read" };
  return {
    ok: true,
    value: decodeBytes(input.value)
      .split("\n")
      .filter((line) => line !== ""),
  };
}

async function explainEvents(call: Invocation, { world }: AskedPolicy): Promise<number> {
  const lines = linesOf(call);
  if (!lines.ok) {
    call.io.err(`armorer explain: ${lines.error}\n`);
    return EXIT.bad;
  }
  const { explainLine } = await loadMeaning();
  const events = lines.value.map((line) => explainLine(world, line)).filter((event) => event !== undefined);
  const others = lines.value.length - events.length;
  if (call.json) printEvents(events, call, world.skipped);
  for (const { answer } of call.json ? [] : events) {
    if (answer.ok) printAnswers(answer.value, call);
  }
  const reasons = events.flatMap(({ answer }) => (answer.ok ? [] : [answer.error]));
  for (const reason of new Set(reasons)) {
    const count = reasons.filter((one) => one === reason).length;
    const what = count === 1 ? "an event was skipped" : `${count} events were skipped`;
    call.io.err(`armorer explain: ${what}: ${displayText(reason)}\n`);
  }
  if (lines.value.length === 0) call.io.err("armorer explain: no line of a log came from standard input\n");
  if (others > 0)
    call.io.err(`armorer explain: ${others === 1 ? "1 line is" : `${others} lines are`} no event of AppArmor\n`);
  return events.length === 0 || reasons.length > 0 ? EXIT.bad : EXIT.fine;
}

function printEvents(events: readonly EventAnswer[], call: Invocation, skipped: AskedPolicy["world"]["skipped"]): void {
  const answers = events.flatMap(({ answer }) => (answer.ok ? answer.value : []));
  const unanswered = events.flatMap(({ line, answer }) => (answer.ok ? [] : [{ line, reason: answer.error }]));
  printJson(call.io, "armorer/explain/1", { answers, unanswered, skipped });
}

const HOW_STYLES = { all: "good", some: "warning", none: "error" } as const;

/** Of several profiles with one name each is said where it is. */
function printAnswers(answers: readonly ExplainAnswer[], call: Invocation): void {
  const [first] = answers;
  if (first?.stack !== undefined) printStack(first.stack, call);
  for (const answer of answers) {
    const { path, line, stack } = answer;
    printAnswer(answer, answers.length === 1 || stack !== undefined ? "" : ` at ${displayText(path)}:${line}`, call);
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

export const command: Command = {
  name: "explain",
  summary: "say why a profile allows or refuses something, by which lines, and what would change that",
  isSlow: true,
  usage: "[OPTION]... POLICY PROFILE RULE\n   or: armorer explain [OPTION]... POLICY [--event LINE]",
  examples: [
    ["armorer explain /etc/apparmor.d man '/etc/shadow r'", "why it is refused, and the smallest edit that permits it"],
    ["journalctl -k -g DENIED | armorer explain /etc/apparmor.d", "the same for every event of a log"],
  ],
  options: [
    ...questionOptions,
    {
      key: "event",
      long: "event",
      type: anyText("LINE", "a line of a log"),
      readsInput: true,
      about: "a line of a log; may be repeated; `-` is standard input",
    },
  ],
  details:
    "POLICY is a file or a directory. Without PROFILE and RULE, events of the log are read from standard input. A rule that speaks of many\n" +
    "accesses is taken apart: what is allowed by which lines, what is denied, what nobody mentions. The edit at the end was tried: it\n" +
    "was compiled with all rules that speak of the same accesses and asked again, and what else it changes is listed.\n" +
    "Exit status: 0 answered, 1 something was skipped, 2 no such profile or no such question.",
  run,
};
