import { loadMeaning, type QueryAnswer, type QueryResult } from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { placeText, questionOptions, readAskedTexts, tellSkipped, tellWhereIncludesAre } from "./asked-policy.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { quotingHint } from "./operand-hints.ts";
import { paintWords } from "./paint.ts";
import { oneOf, anyText } from "./value-types.ts";

const FORMATS = ["table", "json"] as const;

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  const [policy = "", rule, ...more] = call.operands;
  if (rule === undefined || more.length > 0)
    return usageError(io, "query", "takes a policy and a rule", quotingHint("query", 2, call));
  const format = call.value("format") ?? (call.json ? "json" : "table");
  if (call.json && format !== "json") return usageError(io, "query", "choose one of --json and --format");
  const asked = readAskedTexts(call, "query");
  if (typeof asked === "number") return asked;
  const { openRules, queryPolicy } = await loadMeaning();
  const by = call.value("by");
  const result = queryPolicy(openRules(asked.texts, asked.settings, io.files), rule, by);
  if (!result.ok) {
    io.err(`armorer query: ${displayText(result.error)}\n`);
    return EXIT.usage;
  }
  const { unknown, ...found } = result.value;
  const refusals = unknown === undefined ? asked.refusals : [...asked.refusals, unknown];
  if (format === "json") printJson(io, "armorer/query/1", { ...found, refusals });
  else printTable(result.value, call);
  for (const note of result.value.notes) io.err(`note: ${displayText(note)}\n`);
  const hasSkipped = tellSkipped(result.value.skipped, call, "query");
  await tellWhereIncludesAre(result.value.skipped, asked, { call, command: "query" });
  if (unknown !== undefined) {
    io.err(`armorer query: ${displayText(unknown)}\n`);
    return EXIT.bad;
  }
  if (result.value.answers.length === 0 && !hasSkipped && asked.refusals.length === 0) {
    io.err(`armorer query: ${displayText(policy)}: there is no profile in it\n`);
    return EXIT.bad;
  }
  return hasSkipped || asked.refusals.length > 0 ? EXIT.bad : EXIT.fine;
}

const STYLES = [
  [/^all\b/, "good"],
  [/^some\b/, "warning"],
  [/^none\b/, "error"],
] as const;

/** Profiles that allow nothing are counted, unless one was named or a rule denies. */
function printTable({ answers }: QueryResult, call: Invocation): void {
  const shown = answers.filter(({ verdict, deniedBy }) => call.has("by") || verdict !== "none" || deniedBy.length > 0);
  const width = Math.max(0, ...shown.map(({ profile }) => displayText(profile).length));
  for (const answer of shown) call.io.out(paintWords(`${lines(answer, width).join("\n")}\n`, STYLES));
  const rest = answers.length - shown.length;
  if (rest > 0) call.io.out(`none  ${rest === 1 ? "1 other profile" : `${rest} other profiles`}\n`);
}

function lines(
  { profile, mode, verdict, reason, inside, outside, allowedBy, deniedBy, refusedBy = [] }: QueryAnswer,
  width: number,
): readonly string[] {
  const why = {
    unconfined: mode,
    "not-mediated": "not looked at by this kernel and ABI",
    implied: "comes along with the profile, without a rule",
  };
  const about = reason === undefined ? (mode === "enforce" ? "" : mode) : why[reason];
  return [
    `${verdict.padEnd(4)}  ${displayText(profile).padEnd(about === "" ? 0 : width)}${about === "" ? "" : `  ${about}`}`,
    ...(verdict === "some" ? [part("yes", displayText(inside ?? "")), part("no ", displayText(outside ?? ""))] : []),
    ...allowedBy.map((rule) => part("by ", placeText(rule))),
    ...deniedBy.map((rule) => part("not", placeText(rule))),
    ...refusedBy.map((name) => part("not", `all of it by ${displayText(name)}`)),
  ];
}

export const command: Command = {
  name: "query",
  summary: "say which profiles allow what a rule says: all of it, some, or nothing",
  isSlow: true,
  paths: "first",
  usage: "[OPTION]... POLICY RULE",
  examples: [
    ["armorer query /etc/apparmor.d '/etc/shadow r'", "who may read the file"],
    ["armorer query --by man /etc/apparmor.d 'network inet'", "one profile alone"],
  ],
  options: [
    ...questionOptions,
    {
      key: "by",
      long: "by",
      type: anyText("PROFILE", "the name of a profile"),
      about: "ask this profile only, or this stack (`a//&b`) and its profiles",
    },
    { key: "format", long: "format", type: oneOf("FORMAT", FORMATS), about: "table or json" },
  ],
  details:
    "POLICY is a file or a directory. RULE is a rule of a profile, for example `owner /srv/** w` or `capability sys_admin`; a plain\n" +
    "`x` asks for any kind of execution. Below a profile are an access that is allowed and one that is not, and the lines that decide.\n" +
    "Exit status: 0 every profile was asked, 1 something was skipped or there was no profile to ask, 2 the rule is no question.",
  run,
};

function part(word: string, text: string): string {
  return `        ${word} ${text}`;
}
