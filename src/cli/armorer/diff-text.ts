/** The comparison of two policies as text, as Markdown, as JSON and as a SARIF log. */
import type { DiffPlace, DiffProfile, DiffReport, DiffRule } from "../../app/index.ts";
import { sarifProblems } from "../../foundation/diagnostics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { DocumentForm } from "../documented.ts";

/** Lines that are shown of those that take part; the rest is counted. */
const MOST_LINES = 3;
/** Rules that are shown of those that bound one. */
const MOST_BOUNDS = 16;

function heading({ name, before, change, verdict }: DiffProfile): string {
  const what = before === undefined ? displayText(name) : `${displayText(before)} → ${displayText(name)}`;
  const how = change === "added" || change === "removed" || change === "renamed" ? `${change}, ${verdict}` : verdict;
  return `${what}: ${how}`;
}

/** Profiles in which something is not the same. */
function changedProfiles({ profiles }: DiffReport): readonly DiffProfile[] {
  return profiles.filter(({ change }) => change !== "same");
}

/** The text of the line is left out where it is the rule that was just shown. */
function placeText({ file, line, text, side }: DiffPlace, rule: string): string {
  return `${side} ${displayText(file)}:${line}${text === rule ? "" : `: ${displayText(text)}`}`;
}

/** What is meant of a rule, by others. */
function boundLines({ except, within }: DiffRule): readonly string[] {
  return [...someBounds("except", except), ...someBounds("within", within)];
}

function someBounds(words: string, bounds: readonly DiffPlace[]): readonly string[] {
  const shown = bounds.slice(0, MOST_BOUNDS).map((one) => boundText(words, one));
  return bounds.length > MOST_BOUNDS
    ? [...shown, `${words} ${bounds.length - MOST_BOUNDS} more rules (--json)`]
    : shown;
}

function boundText(words: string, { file, line, text, side }: DiffPlace): string {
  return `${words} ${displayText(text)} (${side} ${displayText(file)}:${line})`;
}

function someLines({ lines, rule }: DiffRule): readonly string[] {
  const shown = lines.slice(0, MOST_LINES).map((place) => placeText(place, rule));
  return lines.length > MOST_LINES ? [...shown, `and ${lines.length - MOST_LINES} more lines`] : shown;
}

/** How much of a rule is meant. */
function remark({ exact, inPart }: DiffRule): string {
  return exact ? (inPart ? "in part" : "") : "about this";
}

/** An access of those that are meant, where the rule is none itself. */
function exampleOf({ rule, witness }: DiffRule): string | undefined {
  return witness === undefined || witness === rule ? undefined : `for example ${displayText(witness)}`;
}

function ruleLines(change: DiffRule): readonly string[] {
  const { sign, rule } = change;
  const text = rule === "" ? "(no rule says it)" : displayText(rule);
  const example = exampleOf(change);
  // Of which part it is said is in the same line: two parts of one rule are two lines.
  const isPart = remark(change) !== "";
  const comment = isPart ? `  # ${[remark(change), ...(example === undefined ? [] : [example])].join(", ")}` : "";
  const below = [...(example === undefined || isPart ? [] : [example]), ...boundLines(change), ...someLines(change)];
  return [`  ${sign} ${text}${comment}`, ...below.map((line) => `      ${line}`)];
}

function partLine(part: DiffProfile["parts"][number]): string {
  const values =
    part.before === "" && part.after !== ""
      ? valueText(part.after)
      : `${valueText(part.before)} → ${valueText(part.after)}`;
  return `${displayText(part.part)}: ${values}${part.direction === "neither" ? "" : ` (${part.direction})`}`;
}

function valueText(value: string): string {
  return value === "" ? "none" : displayText(value);
}

/** One sentence about all of it. */
export function summary(report: DiffReport): string {
  const changed = changedProfiles(report).length;
  const same = report.profiles.length - changed;
  const rest = `${same} ${same === 1 ? "is" : "are"} the same`;
  const all = `${report.profiles.length} ${report.profiles.length === 1 ? "profile" : "profiles"}`;
  if (changed === 0)
    return report.profiles.length === 0
      ? "no profile was compared"
      : `nothing differs${report.verdict === "unknown" ? " in what was compared" : ""}: ${all} compared`;
  const kinds = changeCounts(report);
  return `${changed} of ${all} ${changed === 1 ? "differs" : "differ"} (${kinds}), ${rest}; all together: ${report.verdict}`;
}

const KINDS = ["added", "removed", "renamed", "looser", "stricter", "both", "equivalent", "unknown"] as const;

/** How many of the profiles that differ differ in which way; one that is new, gone, or has another name and is the same, is counted as that alone. */
function changeCounts(report: DiffReport): string {
  const kinds = changedProfiles(report).map(({ change, verdict }) =>
    change === "added" || change === "removed" || (change === "renamed" && verdict === "equivalent") ? change : verdict,
  );
  return KINDS.flatMap((kind) => {
    const count = kinds.filter((one) => one === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  }).join(", ");
}

export function diffText(report: DiffReport): string {
  const blocks = changedProfiles(report).map((profile) =>
    [
      heading(profile),
      ...profile.parts.map((part) => `  ${partLine(part)}`),
      ...profile.rules.flatMap(ruleLines),
      "",
    ].join("\n"),
  );
  return blocks.map((block) => `${block}\n`).join("");
}

/** A text in a code span, whatever it holds. */
function code(text: string): string {
  const clean = displayText(text);
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${clean}${fence}` : `${fence} ${clean} ${fence}`;
}

const TITLES: Readonly<Record<DiffReport["verdict"], string>> = {
  equivalent: "The policy means the same",
  stricter: "The policy becomes stricter",
  looser: "The policy becomes looser",
  both: "The policy becomes looser in some places and stricter in others",
  unknown: "Not all of the policy could be compared; the rest means the same",
};

function headline({ verdict, profiles, problems }: DiffReport): string {
  if (profiles.length === 0 && problems.length > 0) return "The policy could not be compared";
  const isPart = problems.length > 0 && verdict !== "unknown";
  return isPart ? `${TITLES[verdict]}, and not all of it could be compared` : TITLES[verdict];
}

/** For a comment on a pull request: what is newly allowed comes first. */
export function diffMarkdown(report: DiffReport): string {
  const lines = [`### ${headline(report)}`, "", `${summary(report)}.`, ""];
  for (const profile of changedProfiles(report)) lines.push(...profileMarkdown(profile));
  if (report.problems.length > 0) {
    lines.push("#### Not compared", "");
    for (const { path, message } of report.problems) lines.push(`- ${code(path)}: ${displayText(message)}`);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** A comparison that did not take place. */
export const markdownForm: DocumentForm = {
  key: "markdown",
  refuse: (reasons, io) =>
    io.out(`### The policy could not be compared\n\n${reasons.map((reason) => `- ${displayText(reason)}\n`).join("")}`),
};

function profileMarkdown(profile: DiffProfile): readonly string[] {
  const { name, before, change, verdict, rules, parts } = profile;
  const title = before === undefined ? code(name) : `${code(before)} → ${code(name)}`;
  const how = change === "changed" ? verdict : `${change}, ${verdict}`;
  const list = (sign: DiffRule["sign"], words: string): readonly string[] => {
    const own = rules.filter((rule) => rule.sign === sign);
    return own.length === 0 ? [] : [`${words}:`, "", ...own.flatMap(ruleMarkdown), ""];
  };
  return [
    `#### ${title}: ${how}`,
    "",
    ...list("+", "Newly allowed"),
    ...list("-", "No longer allowed"),
    ...(parts.length === 0 ? [] : [...parts.map((part) => `- ${partLine(part)}`), ""]),
  ];
}

function boundsMarkdown(words: string, bounds: readonly DiffPlace[]): string {
  const shown = bounds.slice(0, MOST_BOUNDS).map(({ text }) => `, ${words} ${code(text)}`);
  return `${shown.join("")}${bounds.length > MOST_BOUNDS ? `, ${words} ${bounds.length - MOST_BOUNDS} more rules` : ""}`;
}

function ruleMarkdown(change: DiffRule): readonly string[] {
  const { except, rule, within, witness, lines } = change;
  const text = rule === "" ? "an access that no rule says" : code(rule);
  const others = `${boundsMarkdown("except", except)}${boundsMarkdown("within", within)}`;
  const example = witness === undefined || witness === rule ? "" : `, for example ${code(witness)}`;
  const [first] = lines;
  const where = first === undefined ? "" : ` (${code(`${first.file}:${first.line}`)})`;
  return [`- ${text}${remark(change) === "" ? "" : ` (${remark(change)})`}${others}${example}${where}`];
}

function placeJson({ file, line, text, side }: DiffPlace): object {
  return { side, file, line, text };
}

/** What `--json` prints. */
export function diffJson({ verdict, profiles, problems }: DiffReport): object {
  return {
    verdict,
    profiles: profiles.map((profile) => ({
      name: profile.name,
      before: profile.before ?? null,
      change: profile.change,
      verdict: profile.verdict,
      rules: profile.rules.map(({ sign, class: kind, rule, exact, inPart, except, within, witness, lines }) => ({
        sign,
        class: kind,
        rule: rule === "" ? null : rule,
        exact,
        inPart,
        except: except.map(placeJson),
        within: within.map(placeJson),
        witness: witness ?? null,
        lines: lines.map(placeJson),
      })),
      parts: profile.parts,
      place: profile.place === undefined ? null : placeJson(profile.place),
    })),
    problems,
  };
}

/** Levels of SARIF: what is looser is a warning, the rest is to be noted. */
export function diffSarif(report: DiffReport, version: string): object {
  const results = changedProfiles(report).flatMap((profile) => [
    ...profile.rules.map((rule) => ({
      ruleId: rule.sign === "+" ? "diff/newly-allowed" : "diff/no-longer-allowed",
      level: rule.sign === "+" ? "warning" : "note",
      message: { text: ruleSentence(profile, rule) },
      locations: locationsOf(rule.lines.find(({ side }) => side === "new") ?? profile.place),
    })),
    ...[
      ...profile.parts.map((part) => ({ direction: part.direction, text: `${profile.name}: ${partLine(part)}` })),
      ...(profile.change === "changed" ? [] : [{ direction: profile.verdict, text: heading(profile) }]),
    ].map(({ direction, text }) => ({
      ruleId: "diff/profile-changed",
      level: direction === "looser" || direction === "both" ? "warning" : "note",
      message: { text },
      locations: locationsOf(profile.place),
    })),
  ]);
  const rules = [
    { id: "diff/newly-allowed", shortDescription: { text: "the new policy allows what the old one does not" } },
    { id: "diff/no-longer-allowed", shortDescription: { text: "the old policy allows what the new one does not" } },
    {
      id: "diff/profile-changed",
      shortDescription: { text: "a profile was added, removed, renamed, or its head says something else" },
    },
  ];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "armorer", version, rules } },
        columnKind: "utf16CodeUnits",
        ...sarifProblems(report.problems.map(({ side, path, message }) => `${side} ${path}: ${message}`)),
        results,
      },
    ],
  };
}

/** A rule inside of a sentence. */
function phrase(text: string): string {
  return text.replace(/,$/, "");
}

function ruleSentence({ name }: DiffProfile, { sign, rule, witness }: DiffRule): string {
  const what = phrase(rule === "" ? (witness ?? "") : rule);
  const example = witness === undefined || phrase(witness) === what ? "" : `, for example ${phrase(witness)}`;
  return `${name} ${sign === "+" ? "newly allows" : "no longer allows"} ${what}${example}`;
}

function locationsOf(place: DiffPlace | undefined): readonly object[] {
  if (place === undefined) return [];
  const uri = encodeURI(place.file).replaceAll("#", "%23").replaceAll("?", "%3F");
  const artifactLocation = { uri: place.file.startsWith("/") ? `file://${uri}` : uri };
  return [{ physicalLocation: { artifactLocation, region: { startLine: place.line } } }];
}
