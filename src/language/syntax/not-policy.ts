/** A text that is something else than policy: the first line tells, and everything the grammar says of it is beside the point. */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { diagnostic } from "./problems.ts";

/**
 * INVARIANT: the signs are looked for in any text there is, so that none of them may try two ways through the same characters
 * (`tests/hostile/expressions.test.ts`).
 */
interface Look {
  readonly name: string;
  readonly help: string;
  /** Where it can be seen; the first place counts where something is wrong. */
  readonly sign: RegExp;
}

const nameProfile = "name a profile; every file in /etc/apparmor.d is one, in the language of apparmor.d(5)";
const render = "render the template and check the result";

const looks: readonly Look[] = [
  {
    name: "a compiled policy",
    help: "`armorer decode` shows what is in it, `armorer load --binary` loads it",
    // oxlint-disable-next-line no-control-regex -- formats start with such bytes
    sign: /^\u0004\u0008\0version\0/,
  },
  // oxlint-disable-next-line no-control-regex -- the same
  { name: "a program or another binary file", help: nameProfile, sign: /^\x7fELF|^[\x00-\x08]/ },
  { name: "a script", help: nameProfile, sign: /^#!(?!.*apparmor_parser)\s*\/\S+/ },
  { name: "XML or HTML", help: nameProfile, sign: /^\s*<(?:\?xml|!DOCTYPE|[A-Za-z][\w-]*>)/ },
  {
    name: "a log",
    help: "`armorer audit --log FILE` and `armorer learn --log FILE` read logs",
    sign: /^(?:type=\w{1,40} msg=audit\(\d|<\d{1,3}>|\[ {0,9}\d{1,9}\.\d{6}\] |(?:[A-Z][a-z]{2} [ \d]\d |\d{4}-\d\d-\d\dT)\d\d:\d\d:\d\d|\s*(?!#)[^\n]{0,500}\bapparmor="[A-Z]{2,20}")/,
  },
  { name: "JSON", help: nameProfile, sign: /^\s*(?:\{\s*"[^"\n]*"\s*:|\[\s*[{"\d])/ },
  {
    name: "a unit or another INI file",
    help: nameProfile,
    sign: /^(?:[ \t\r]*(?:[#;][^\n]*)?\n)*\[[^\]\n]{1,99}\][ \t\r]*(?:\n|$)/,
  },
  {
    name: "YAML",
    help: nameProfile,
    sign: /^(?:[ \t\r]*(?:#[^\n]*)?\n)*(?:---[ \t]*\r?\n|[A-Za-z_][\w-]*:(?:[ \t]+[^\s{][^{\n]*)?\r?\n(?:[ \t]*- |[ \t]*[A-Za-z_"][\w -]*"?:|\s*$))/,
  },
  {
    name: "a template",
    help: render,
    sign: /\{%-?\s{0,9}\w[^\n%]{0,200}%\}|\{\{-?\s{0,9}(?:[\w.$]{1,99}(?:\s{0,9}\|[^}\n]{0,200})?\s{0,9}-?|(?:range|if|else|with|template|define|block)\s[^}\n]{0,200})\}\}|<%[=-]?\s|@@[A-Z_]{2,40}@@/g,
  },
  {
    name: "a conflict of a merge",
    help: "resolve the conflict and remove the marks",
    sign: /^<{7} .*\n|^={7}\n|^>{7} /gm,
  },
  {
    name: "a diff",
    help: "apply it with patch(1), or name the profile it is for",
    sign: /^(?:diff --git |--- \S.*\n\+\+\+ \S)/,
  },
];

/** Places that are looked at: of a template hundreds, where nothing else is one. */
const MOST_PLACES = 1000;

/** What the text is, if some line of it that is wrong tells. */
export function notPolicy(source: SourceFile, list: readonly Diagnostic[]): Diagnostic | undefined {
  const { text } = source;
  for (const { help, name, sign } of looks) {
    // What the grammar reads without trouble is policy, whatever it looks like.
    const isScript = name === "a script" && !/^[ \t]*(?:profile\b|\/\S* +\{)/m.test(text);
    const isWrong = ({ 0: { length }, index }: RegExpExecArray): boolean =>
      isScript || list.some(({ at }) => at.span.start <= index + length && at.span.end >= index);
    const match = placesOf(sign, text).find(isWrong);
    if (match === undefined) continue;
    const start = match.index + (match[0].length - match[0].trimStart().length);
    const line = text.indexOf("\n", start);
    const end = Math.max(start + 1, line < 0 ? text.length : line);
    const span = { file: source.id, start, end };
    return diagnostic("syntax/not-policy", span, `this looks like ${name}, not like a profile`, { help });
  }
  return undefined;
}

function placesOf(sign: RegExp, text: string): readonly RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  sign.lastIndex = 0;
  for (let match = sign.exec(text); match !== null; match = sign.exec(text)) {
    found.push(match);
    if (!sign.global || found.length === MOST_PLACES) break;
  }
  return found;
}
