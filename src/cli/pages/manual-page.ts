/** A command as a page of the manual: roff with the macros of man(7). */
import { type DescribedCommand, type DescribedOption, optionNames, pageName } from "./described.ts";

/** A text that is printed as it is: no character of it is a request, an escape, or a hyphen that roff may break at. */
function plain(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll('"', "\\(dq");
  return Array.from(escaped, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return code < 0x80 ? one : `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  }).join("");
}

/** Prose: what is between backticks is to be typed. */
function prose(text: string): string {
  const words = text.trim().replaceAll(/\s+/g, " ");
  const parts = words.split(/`([^`]+)`/);
  return guarded(parts.map((part, at) => (at % 2 === 1 ? `\\fB${plain(part)}\\fR` : plain(part))).join(""));
}

/** A line that begins with a dot is a request. */
function guarded(line: string): string {
  return line.startsWith(".") ? `\\&${line}` : line;
}

/** Alternatives may be on several lines. */
function breakable(usage: string): string {
  return plain(usage).replaceAll("|", "|\\:");
}

/** Lines as they are. */
function verbatim(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => guarded(plain(line.replace(/^ {2}/, ""))));
  return [".PP", ".RS 4", ".nf", ...lines, ".fi", ".RE"];
}

function paragraph(text: string): readonly string[] {
  return /^ /m.test(text) ? verbatim(text) : [".PP", prose(text)];
}

function optionLines(option: DescribedOption): readonly string[] {
  const { value, long, about = "" } = option;
  const names = optionNames(option)
    .map((name) => `\\fB${plain(name)}\\fR`)
    .join(", ");
  const mark = long === undefined ? "" : "=";
  const named = value === undefined ? "" : `\\fI${plain(value.name)}\\fR`;
  const written =
    value?.isOptional === true ? `[${mark}${named}]` : `${value === undefined ? "" : mark || " "}${named}`;
  const oneOf = value?.words === undefined ? "" : ` (${value.words.join(", ")})`;
  const said = `${about}${about.includes(value?.words?.[0] ?? "\0") ? "" : oneOf}`.trim();
  return [".TP", `${names}${written}`, said === "" ? "\\&" : prose(said)];
}

/** The text of a page. Without a date: the same sources make the same pages. */
export function manualPage(command: DescribedCommand, version: string, all: readonly DescribedCommand[]): string {
  const { program, verb, section, summary, usages, options, paragraphs, examples } = command;
  const name = pageName(command);
  const called = verb === undefined ? program : `${program} ${verb}`;
  const verbs = all.filter((one) => one.program === program && one.verb !== undefined);
  const others =
    verb === undefined ? verbs.map((one) => [pageName(one), one.section] as const) : [["armorer", 1] as const];
  const seeAlso = [...others, ["apparmor.d", 5] as const, ["apparmor", 7] as const].filter(([other]) => other !== name);
  return `${[
    `.\\" Made by the build from the tables of options (src/cli/pages).`,
    `.TH ${plain(name.toUpperCase())} ${section} "" "armorer ${plain(version)}" "AppArmor"`,
    ".SH NAME",
    `${plain(name)} \\- ${prose(summary)}`,
    ".SH SYNOPSIS",
    ...usages.flatMap((usage, at) => [
      ...(at === 0 ? [] : [".br"]),
      `\\fB${plain(called)}\\fR ${breakable(usage)}`.trim(),
    ]),
    ".SH DESCRIPTION",
    prose(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...paragraphs.flatMap(paragraph),
    ...(options.length === 0 ? [] : [".SH OPTIONS", ...options.flatMap(optionLines)]),
    ...(examples.length === 0 ? [] : [".SH EXAMPLES"]),
    ...examples.flatMap(([call, about]) => [".TP", `\\fB${plain(call)}\\fR`, prose(about)]),
    ".SH SEE ALSO",
    seeAlso.map(([other, number]) => `\\fB${plain(other)}\\fR(${number})`).join(",\n"),
  ].join("\n")}\n`;
}
