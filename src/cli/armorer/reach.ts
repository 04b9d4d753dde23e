import { type ReachAnswer, type RulePlace, type ShownRelation, type ShownStep, loadReach } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { placeText, questionOptions, readAskedTexts, tellSkipped, tellWhereIncludesAre } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { paintWords } from "./paint.ts";
import { oneOf } from "./value-types.ts";

const FORMATS = ["table", "json", "dot"] as const;

/** Undefined: more than one was chosen. */
function formatOf(call: Invocation): string | undefined {
  const chosen = [call.value("format"), call.json ? "json" : undefined, call.has("svg") ? "svg" : undefined];
  const [format = "table", ...more] = chosen.filter((one) => one !== undefined);
  return more.length > 0 ? undefined : format;
}

const STYLES = [
  [/^.* cannot reach /, "good"],
  [/^.* (?:reaches|can become)\b/, "warning"],
  [/^and .*/, "warning"],
  [/^.* stays what it is\b/, "good"],
] as const;

/** Where a rule is; of a profile, which is long, only how it begins. */
function ruleLine(place: RulePlace): string {
  const head = /^[^{]*\{/.exec(place.text)?.[0];
  return `      ${placeText({ ...place, text: head === undefined || place.text.endsWith(",") ? place.text : head, includes: [] })}\n`;
}

function stepText(step: ShownStep): string {
  const path = step.path === undefined ? "" : ` ${step.path}:`;
  const effect = step.effect === undefined ? "" : ` (${step.effect})`;
  const head = `    ${step.kind}${path} ${step.from} ${step.how} -> ${step.to}${effect}\n`;
  return `${head}${step.rules.map(ruleLine).join("")}`;
}

const MOST_NAMES = 5;

/** A rule is one, whichever profiles include it. */
function sameLine({ path, line }: RulePlace): string {
  return `${path}:${line}`;
}

/** What one rule allows in the same way, said once. */
function grouped(steps: readonly ShownStep[]): readonly ShownStep[] {
  const groups = new Map<string, ShownStep[]>();
  for (const step of steps) {
    const key = JSON.stringify([step.from, step.kind, step.how, step.effect, step.rules.slice(0, 1).map(sameLine)]);
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  return [...groups.values()].flatMap((group): readonly ShownStep[] => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    return [{ ...first, to: namesText(group.map(({ to }) => to)), rules: first.rules.slice(0, 1) }];
  });
}

function namesText(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return `${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}

/** Relations of one kind that the same rules make, with the others' names together. */
function relationLines(own: string, relations: readonly ShownRelation[]): string {
  const groups = new Map<string, ShownRelation[]>();
  for (const relation of relations) {
    const { kind, verb, from, agreed, signals, rules } = relation;
    const key = JSON.stringify([kind, verb, from === own, agreed, signals, rules.map(sameLine)]);
    groups.set(key, [...(groups.get(key) ?? []), relation]);
  }
  return [...groups.values()].map((group) => relationText(own, group)).join("");
}

function relationText(own: string, group: readonly ShownRelation[]): string {
  const [first] = group;
  if (first === undefined) return "";
  const { kind, verb, from, agreed, signals, rules } = first;
  const isOutward = from === own;
  const others = namesText(group.map((relation) => (isOutward ? relation.to : relation.from)));
  const which = signals.length === 0 ? "" : ` (${signals.join(", ")})`;
  const lacking = (agreed === "from") === isOutward ? others : own;
  const missing = agreed === "both" ? "" : `; a rule of ${lacking} is missing`;
  const ends = isOutward ? `${own} -> ${others}` : `${others} -> ${own}`;
  return `  ${kind} ${verb}${which}: ${ends}${missing}\n${rules.map(ruleLine).join("")}`;
}

function wayText(answer: ReachAnswer): string {
  const { from, to, way, gaps } = answer;
  if (way === undefined)
    return gaps.length === 0 ? `${from} cannot reach ${to}\n` : `no way from ${from} to ${to} was found\n`;
  return way.length === 0 ? `${from} is ${to}\n` : `${from} reaches ${to}:\n${way.map(stepText).join("")}`;
}

function listText({ from, reached, plants, relations }: ReachAnswer): string {
  const labels = reached.map(({ label, way }) => `  ${label}\n${way.map(stepText).join("")}`).join("");
  const others = grouped(plants).map(stepText).join("");
  const peers = relationLines(from, relations);
  return [
    labels === "" ? `${from} stays what it is\n` : `${from} can become\n${labels}`,
    others === "" ? "" : `and on the way can make others run its code, or write policy\n${others}`,
    peers === "" ? "" : `${from} and others\n${peers}`,
  ].join("");
}

function table(answer: ReachAnswer): string {
  const text = answer.to === undefined ? listText(answer) : wayText(answer);
  return text
    .split("\n")
    .map((line) => displayText(line))
    .join("\n");
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  const [, from, to, ...more] = call.operands;
  if (from === undefined || more.length > 0) {
    return usageError(io, "reach", "takes a policy, a profile, and one that may be reached");
  }
  const format = formatOf(call);
  if (format === undefined) return usageError(io, "reach", "choose one of --format, --json and --svg");
  const texts = readAskedTexts(call, "reach");
  if (typeof texts === "number") return texts;
  const { openReach } = await loadReach();
  const policy = openReach(texts.texts, texts.settings, { files: io.files, enforced: call.has("enforce") });
  const hasSkipped = tellSkipped(policy.skipped, call, "reach");
  await tellWhereIncludesAre(policy.skipped, texts, { call, command: "reach" });
  const asked = policy.ask({ from, to, others: call.has("others"), noNewPrivileges: call.has("no-new-privs") });
  if (!asked.ok) {
    io.err(`armorer reach: ${displayText(asked.error)}\n`);
    return EXIT.bad;
  }
  const answer = asked.value;
  for (const gap of answer.gaps) io.err(`armorer reach: not decided: ${displayText(gap)}\n`);
  if (format === "json")
    printJson(io, "armorer/reach/1", { ...answer, skipped: policy.skipped, refusals: texts.refusals });
  else if (format === "dot") io.verbatim(policy.dot(answer));
  else if (format === "svg") io.verbatim(policy.svg(answer));
  else io.out(paintWords(table(answer), STYLES));
  const isWhole = !hasSkipped && texts.refusals.length + answer.gaps.length === 0;
  return isWhole && (to === undefined || answer.way !== undefined) ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "reach",
  summary: "show what a profile can become, and what it can make others do",
  paths: "first",
  isSlow: true,
  usage: "[OPTION]... POLICY FROM [TO]",
  examples: [
    ["armorer reach /etc/apparmor.d /usr/bin/man", "what the program can become"],
    ["armorer reach /etc/apparmor.d man unconfined", "whether it gets out, and by which rules"],
  ],
  options: [
    ...questionOptions,
    { key: "enforce", long: "enforce", about: "take profiles in complain mode as if they were enforced" },
    { key: "others", long: "others", about: "go on through others: by files written for them, by tracing them" },
    { key: "no-new-privs", long: "no-new-privs", about: "as if FROM had set no_new_privs, as units of systemd can" },
    { key: "format", long: "format", type: oneOf("FORMAT", FORMATS), about: "table, json, or dot for Graphviz" },
    { key: "svg", long: "svg", about: "draw what is reached" },
  ],
  details:
    "FROM and TO are profiles, or programs to which one attaches. TO may be `unconfined`, and `policy` for writing what is loaded as policy.\n" +
    "Exit status: 0 TO can be reached (without TO: all was decided), 1 it cannot, or part of the policy cannot be read.",
  run,
};
