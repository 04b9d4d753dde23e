import { type EventAnswer, type EventFilter, loadAuditor, loadMeaning } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes, displayText } from "../../foundation/text/index.ts";
import { certainLosses, emptiness, omissions } from "./audit.ts";
import {
  type AskedPolicy,
  questionOptions,
  readAskedPolicy,
  tellSkipped,
  tellWhereIncludesAre,
} from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { eventWords } from "./event-text.ts";
import { printAnswers } from "./explain-text.ts";
import { logConflicts, logOptions, logProblem, logSources, readingText, refusalTexts, sinceOf } from "./log-options.ts";
import { quotingHint } from "./operand-hints.ts";
import { anyText } from "./value-types.ts";

async function run(call: Invocation): Promise<number> {
  const [policy, profile, rule, ...more] = call.operands;
  if (policy === undefined) return usageError(call.io, "explain", "no policy is named");
  const problem = logProblem(call);
  if (problem !== undefined) return usageError(call.io, "explain", problem);
  const isEvent = call.has("event") || isLogNamed(call) || profile === undefined;
  if (isEvent && profile !== undefined)
    return usageError(call.io, "explain", "an event names its profile and its rule itself");
  if (!isEvent && (rule === undefined || more.length > 0))
    return usageError(call.io, "explain", "takes a policy, a profile and a rule", quotingHint("explain", 3, call));
  const asked = await readAskedPolicy(call, "explain");
  if (typeof asked === "number") return asked;
  const status = isEvent
    ? await explainEvents(call, asked)
    : await explainOne(call, asked, { profile, rule: rule ?? "" });
  // An answer that there is no such profile has the first of them.
  const untold = !isEvent && status === EXIT.usage ? asked.world.skipped.slice(1) : asked.world.skipped;
  const hasSkipped = tellSkipped(untold, call, "explain");
  await tellWhereIncludesAre(asked.world.skipped, asked, { call, command: "explain" });
  return status === EXIT.fine && (hasSkipped || asked.refusals.length > 0) ? EXIT.bad : status;
}

async function explainOne(
  call: Invocation,
  { settings, world }: AskedPolicy,
  { profile, rule }: { readonly profile: string; readonly rule: string },
): Promise<number> {
  const { explainRule } = await loadMeaning();
  const answer = explainRule(world, profile, rule);
  if (!answer.ok) {
    call.io.err(`armorer explain: ${displayText(answer.error)}\n`);
    return EXIT.usage;
  }
  if (call.json) printJson(call.io, "armorer/explain/1", { answers: answer.value, skipped: world.skipped });
  else printAnswers(answer.value, { call, base: settings.base });
  return EXIT.fine;
}

/** What was read, with the answers; how many lines are no events. */
interface Events {
  readonly events: readonly EventAnswer[];
  readonly others: number;
  /** What of it is lost, or was left out. */
  readonly notes: readonly string[];
}

/** Kernels write one of these where something was refused, or would have been. */
const REFUSALS: NonNullable<EventFilter["types"]> = ["DENIED", "ALLOWED", "KILLED"];

/** The refusals of a log, each once. Errors: a sentence. */
async function eventsOfLog(call: Invocation, { world }: AskedPolicy): Promise<Outcome<Events, string>> {
  const logs = call.io.logsAt(call.root === undefined ? {} : { root: call.root });
  const [{ openLog, readAudit }, { explainEvent }] = await Promise.all([loadAuditor(), loadMeaning()]);
  const since = sinceOf(call);
  const opened = await openLog(logs, logSources(call), { follow: false, ...since });
  if (!opened.ok) return fail(refusalTexts(opened.error).join("; "));
  const report = await readAudit(opened.value, { filter: { ...since, types: REFUSALS } });
  if (!call.json) call.io.err(readingText(report));
  const events = report.groups.map(({ event }) => ({
    line: eventWords(event),
    event,
    answer: explainEvent(world, event),
  }));
  return ok({ events, others: 0, notes: [...certainLosses(report), ...omissions(report), ...emptiness(report)] });
}

/** The lines of the option, or of standard input. Errors: a sentence. */
async function eventsOfLines(call: Invocation, { world }: AskedPolicy): Promise<Outcome<Events, string>> {
  const given = call.values("event").filter((line) => line !== "-" && line !== "");
  const input = given.length > 0 ? undefined : call.io.input();
  if (input?.ok === false) return fail("standard input cannot be read");
  const lines =
    input === undefined
      ? given
      : decodeBytes(input.value)
          .split("\n")
          .filter((line) => line !== "");
  const { explainLine } = await loadMeaning();
  const events = lines.map((line) => explainLine(world, line)).filter((event) => event !== undefined);
  if (lines.length === 0) call.io.err("armorer explain: no line of a log came from standard input\n");
  const file = given.find((line) => call.io.files.kind(line) === "file");
  const notes = file === undefined ? [] : [`${file} is a file; --log reads the events of one`];
  return ok({ events, others: lines.length - events.length, notes });
}

async function explainEvents(call: Invocation, asked: AskedPolicy): Promise<number> {
  const { io } = call;
  const read = await (isLogNamed(call) ? eventsOfLog(call, asked) : eventsOfLines(call, asked));
  if (!read.ok) {
    io.err(`armorer explain: ${displayText(read.error)}\n`);
    return EXIT.bad;
  }
  const { events, others, notes } = read.value;
  if (call.json) printEvents(events, call, asked.world.skipped);
  for (const { answer } of call.json ? [] : events) {
    if (answer.ok) printAnswers(answer.value, { call, base: asked.settings.base });
  }
  const unanswered = events.flatMap(({ answer, event }) => (answer.ok ? [] : [{ event, reason: answer.error }]));
  for (const reason of new Set(unanswered.map((one) => one.reason))) {
    const [first, ...more] = unanswered.filter((one) => one.reason === reason);
    const what = more.length === 0 ? "an event was skipped" : `${more.length + 1} events were skipped`;
    const which = first === undefined ? "" : ` (${more.length === 0 ? "" : "such as "}${eventWords(first.event)})`;
    io.err(`armorer explain: ${what}: ${displayText(`${reason}${which}`)}\n`);
  }
  if (others > 0)
    io.err(`armorer explain: ${others === 1 ? "1 line is" : `${others} lines are`} no event of AppArmor\n`);
  for (const note of notes) io.err(`note: ${displayText(note)}\n`);
  return events.length === 0 || unanswered.length > 0 ? EXIT.bad : EXIT.fine;
}

function isLogNamed(call: Invocation): boolean {
  return ["log", "source", "since"].some((key) => call.has(key));
}

function printEvents(events: readonly EventAnswer[], call: Invocation, skipped: AskedPolicy["world"]["skipped"]): void {
  const answers = events.flatMap(({ answer }) => (answer.ok ? answer.value : []));
  const unanswered = events.flatMap(({ line, answer }) => (answer.ok ? [] : [{ line, reason: answer.error }]));
  printJson(call.io, "armorer/explain/1", { answers, unanswered, skipped });
}

export const command: Command = {
  name: "explain",
  summary: "say why a profile allows or refuses something, by which lines, and what would change that",
  isSlow: true,
  paths: "first",
  conflicts: [...logConflicts, ...["log", "source", "since"].map((key) => ["event", key] as const)],
  usage: "[OPTION]... POLICY PROFILE RULE\n   or: armorer explain [OPTION]... POLICY [--log FILE|--event LINE]",
  examples: [
    ["armorer explain /etc/apparmor.d man '/etc/shadow r'", "why it is refused, and the smallest edit that permits it"],
    ["armorer explain --since today /etc/apparmor.d", "the same for everything that was refused today"],
    ["journalctl -k -g DENIED | armorer explain /etc/apparmor.d", "the same for every event that is piped in"],
  ],
  options: [
    ...questionOptions,
    ...logOptions,
    {
      key: "event",
      long: "event",
      type: anyText("LINE", "a line of a log"),
      readsInput: true,
      about: "a line of a log; may be repeated; `-` is standard input",
    },
  ],
  details:
    "POLICY is a file or a directory. Without PROFILE and RULE, events are read from the log that is named, else from standard input. A rule that speaks of many\n" +
    "accesses is taken apart: what is allowed by which lines, what is denied, what nobody mentions. The edit at the end was tried: it\n" +
    "was compiled with all rules that speak of the same accesses and asked again, and what else it changes is listed.\n" +
    "Exit status: 0 answered, 1 something was skipped, 2 no such profile or no such question.",
  run,
};
