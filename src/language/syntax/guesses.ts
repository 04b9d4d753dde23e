/**
 * What people most likely meant where the grammar gave up, by the looks of the line. A guess is a diagnostic with a fix in place of the
 * grammar's own; whoever shows it tries the fix first.
 */
import { type Diagnostic, type Message, sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { capabilityNumber, parseFilePermissions, permissionWords } from "../tables/index.ts";
import type { SyntaxCode } from "./codes.ts";
import { diagnostic } from "./problems.ts";

/** A line, and where it starts. */
interface Line {
  readonly source: SourceFile;
  readonly text: string;
  readonly start: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

type Guess = (line: Line) => Diagnostic | undefined;

const LONGEST = 300;

/** The first guess that fits the line of a problem. */
export function guessAt(source: SourceFile, { at }: Diagnostic): Diagnostic | undefined {
  const { text } = source;
  const start = text.lastIndexOf("\n", at.span.start - 1) + 1;
  const end = text.indexOf("\n", start);
  const line = { source, start, text: text.slice(start, end < 0 ? text.length : end) };
  // No person writes such a line, and the patterns go back and forth in it.
  if (line.text.length > LONGEST) return undefined;
  for (const guess of guesses) {
    const found = guess(line);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A diagnostic at a part of the line; the edits count from the line's start. */
function guessed(
  { source, start }: Line,
  code: SyntaxCode,
  message: string | Message,
  {
    at,
    title,
    edits,
  }: { readonly at: readonly [number, number]; readonly title: string; readonly edits: readonly Edit[] },
): Diagnostic {
  const span = { file: source.id, start: start + at[0], end: start + at[1] };
  const moved = edits.map((edit) => ({
    file: source.id,
    edit: { start: start + edit.start, end: start + edit.end, newText: edit.newText },
  }));
  return diagnostic(code, span, message, { fixes: [{ title, edits: moved }] });
}

const LETTERS = "[rwaxmklRWLMXipPcCuU]+";
const BLANK_BEFORE_LETTERS = new RegExp(
  String.raw`^(\s*(?:[\w=-]+ +)*?)((?:\/|@\{)[^"\s]*(?: +(?!->)[^"\s]*[^"\s,])+?)(?= +${LETTERS} *(?:->[^,]*)?,)`,
);
const BLANK_BEFORE_COMMA = new RegExp(
  String.raw`^(\s*(?:[\w=-]+ +)*?${LETTERS} +)((?:\/|@\{)[^"\s,]*(?: +[^"\s,{}>-]+)+)(?= *,)`,
);
const BLANK_IN_HEADER =
  /^(\s*(?:(?:profile|hat) +(?:[^\s"/@]+ +)?)?)((?:\/|@\{)[^"\s]*(?: +(?![/@])[^"\s=({][^"\s=(]*)+)(?= *(?:flags=|xattrs=|\(|\{\s*(?:#.*)?$))/;
const RULE_WITH_PATHS =
  /^\s*(?:(?:audit|deny|allow|owner|other) +)*(?:link|mount|remount|umount|unmount|pivot_root|change_profile|alias) /;
const BLANK_IN_VALUE =
  /^(.*?\b(?:peer|label|addr|oldroot|path)=\(?(?:label=)?)([/@][^\s"(),=]*(?: +[^\s"(),=]+)+)(?= *[,)])/;

/** Where a path with blanks may stand in the line: from, to. */
type Place = readonly [start: number, end: number];

function placeOf(match: RegExpExecArray | null): readonly Place[] {
  const start = (match?.[1] ?? "").length;
  return match === null ? [] : [[start, start + (match[2] ?? "").length]];
}

/** Of a rule with one path before `->` and one behind: from the first word that is a path to the end of its side. */
function blankBesideArrow({ text }: Line): readonly Place[] {
  const head = RULE_WITH_PATHS.exec(text);
  const whole = /^[^"#]*?(?= *,\s*(?:#.*)?$)/.exec(text)?.[0];
  if (head === null || whole === undefined) return [];
  const places: Place[] = [];
  let side = head[0].length - 1;
  for (const part of whole.slice(side).split("->")) {
    const path = / ((?:\/|@\{).*\S) *$/.exec(part);
    if (path?.[1]?.includes(" ") === true) {
      const start = side + path.index + 1;
      places.push([start, start + path[1].length]);
    }
    side += part.length + 2;
  }
  return places;
}

/** Words that are letters of permissions alone: `/etc/demo r w,` has no blank in its path, most likely. */
function isLetters(path: string): boolean {
  return new RegExp(`^\\S+(?: +${LETTERS})+$`).test(path);
}

const QUALIFIER = /^(?:audit|allow|deny|prompt|owner|other|safe|unsafe|subset)$/;

/**
 * Whether words are likely to be one path: another path, what stands between two, a qualifier or letters of permissions show that something
 * else is missing, and no component or name of a variable begins with a blank.
 */
function isOnePath(path: string): boolean {
  const [, ...words] = path.split(/ +/);
  return (
    !/\/ |@\{[^} ]* /.test(path) &&
    !isLetters(path) &&
    words.every((word) => !/^(?:[/@:=<>|"]|&&|on$)/.test(word) && !QUALIFIER.test(word))
  );
}

/** `/opt/My Tool/run r,` */
const unquotedBlank: Guess = (line) => {
  const file = BLANK_BEFORE_LETTERS.exec(line.text) ?? BLANK_BEFORE_COMMA.exec(line.text);
  const found = [
    placeOf(file),
    placeOf(BLANK_IN_HEADER.exec(line.text)),
    blankBesideArrow(line),
    placeOf(BLANK_IN_VALUE.exec(line.text)),
  ].find((places) => places.length > 0);
  const [first] = found ?? [];
  if (found === undefined || first === undefined) return undefined;
  if (!found.every((place) => isOnePath(line.text.slice(...place)))) return undefined;
  const path = line.text.slice(...first);
  return guessed(line, "syntax/unquoted-blank", sentence`the path ${{ path }} contains a blank and must be quoted`, {
    at: first,
    title: found.length === 1 ? "quote the path" : "quote the paths",
    edits: found.flatMap(([start, end]) => [
      { start, end: start, newText: '"' },
      { start: end, end, newText: '"' },
    ]),
  });
};

/** `include <local/exe` */
const openInclude: Guess = (line) => {
  const match = /^(\s*(?:#?include(?: +if +exists)?|abi) +<[^<>\s",]+)(?=\s*(?:#.*|,\s*)?$)/.exec(line.text);
  if (match === null) return undefined;
  const end = (match[1] ?? "").length;
  const start = line.text.indexOf("<");
  return guessed(
    line,
    "syntax/unclosed-name",
    sentence`the name ${{ path: line.text.slice(start, end) }} is not closed`,
    {
      at: [start, end],
      title: "add `>`",
      edits: [{ start: end, end, newText: ">" }],
    },
  );
};

/** `include local/exe>` */
const unopenedInclude: Guess = (line) => {
  const match = /^(\s*(?:#?include(?: +if +exists)?|abi) +)([\w./+-]+>)(?=\s*(?:#.*|,\s*)?$)/.exec(line.text);
  if (match === null) return undefined;
  const start = (match[1] ?? "").length;
  const path = match[2] ?? "";
  return guessed(line, "syntax/unclosed-name", sentence`the name ${{ path }} does not begin with \`<\``, {
    at: [start, start + path.length],
    title: "add `<`",
    edits: [{ start, end: start, newText: "<" }],
  });
};

function bareListNames(rule: string): readonly string[] {
  const kind = /signal|ptrace|unix|dbus|mqueue|network/.exec(rule)?.[0];
  return Object.entries(permissionWords).find(([name]) => name === kind)?.[1].names ?? [];
}

/** `signal send receive,` */
const bareList: Guess = (line) => {
  const match =
    /^(\s*(?:(?:audit|deny|allow) +)*(?:signal|ptrace|unix|dbus|mqueue|network) +)([a-z]+(?:(?:, *| +)[a-z]+)+)(?= *(?:[a-z]+=|,\s*(?:#.*)?$))/.exec(
      line.text,
    );
  if (match === null) return undefined;
  const names: readonly string[] = bareListNames(match[0]);
  if ((match[2] ?? "").split(/[\s,]+/).some((word) => !names.includes(word))) return undefined;
  const start = (match[1] ?? "").length;
  const end = start + (match[2] ?? "").length;
  return guessed(line, "syntax/bare-list", "several permissions must be in parentheses", {
    at: [start, end],
    title: "put them in parentheses",
    edits: [
      { start, end: start, newText: "(" },
      { start: end, end, newText: ")" },
    ],
  });
};

/** `profile demo usr/bin/demo {` */
const relativePath: Guess = (line) => {
  const match = /^(\s*profile +[^\s"/]+ +)([\w.@-][\w.@+-]*\/[^\s"{]*)(?= *(?:flags=|\{))/.exec(line.text);
  if (match === null) return undefined;
  const path = match[2] ?? "";
  const start = (match[1] ?? "").length;
  return guessed(line, "syntax/relative-path", sentence`the attachment ${{ path }} does not start with \`/\``, {
    at: [start, start + path.length],
    title: "put `/` before it",
    edits: [{ start, end: start, newText: "/" }],
  });
};

/** `/etc/demo r;` */
const semicolon: Guess = (line) => {
  const at = /^[^;"]*[^;"\s](\s*);\s*(?:#.*)?$/.exec(line.text) === null ? -1 : line.text.indexOf(";");
  if (at < 0) return undefined;
  return guessed(line, "syntax/semicolon", "a rule ends with a comma, not with a semicolon", {
    at: [at, at + 1],
    title: "replace it by a comma",
    edits: [{ start: at, end: at + 1, newText: "," }],
  });
};

/** `capability kill, chown,` */
const listedCapabilities: Guess = (line) => {
  const match = /^(\s*(?:(?:audit|deny|allow) +)*capability +)(\w+(?:(?: *, *| +)\w+)+) *,\s*(?:#.*)?$/.exec(line.text);
  const start = (match?.[1] ?? "").length;
  const list = match?.[2] ?? "";
  if (list.split(/[\s,]+/).some((word) => capabilityNumber(word) === undefined)) return undefined;
  const edits = [...list.matchAll(/ *, */g)].map(({ 0: { length }, index }) => {
    return { start: start + index, end: start + index + length, newText: " " };
  });
  if (edits.length === 0) return undefined;
  return guessed(line, "syntax/comma-in-list", "capabilities are separated by blanks, not by commas", {
    at: [start, start + list.length],
    title: "replace the commas by blanks",
    edits,
  });
};

/** `fstype in ext4,xfs` and `options=rw,nosuid` */
const bareValues: Guess = (line) => {
  const match = /^(.*?\b)([a-z]+)( +in +| *= *)([\w.-]+(?:, *[\w.-]+)*)(?=\s|,\s*(?:#.*)?$|$)/.exec(line.text);
  if (match === null) return undefined;
  const name = match[2] ?? "";
  const end = match[0].length;
  const start = end - (match[4] ?? "").length;
  return guessed(line, "syntax/bare-values", sentence`the values of ${{ condition: name }} must be in parentheses`, {
    at: [start, end],
    title: "put them in parentheses",
    edits: [
      { start, end: start, newText: "(" },
      { start: end, end, newText: ")" },
    ],
  });
};

/** `/etc/demo (rw),` */
const bracketedLetters: Guess = (line) => {
  const match =
    /^(\s*(?:(?:audit|allow|deny|owner|other|file) +)*(?:"[^"]*"|[/@][^\s"]*) +)([({["])([A-Za-z]+(?:(?:, *| +)[A-Za-z]+)*)[)}\]"](?= *(?:->[^,]*)?,)/.exec(
      line.text,
    );
  const start = (match?.[1] ?? "").length;
  const open = match?.[2] ?? "";
  const letters = (match?.[3] ?? "").replaceAll(/[, ]/g, "");
  if (match === null || !parseFilePermissions(letters).ok) return undefined;
  const end = match[0].length;
  return guessed(line, "syntax/unexpected", sentence`the permissions ${{ value: letters }} need no \`${open}\``, {
    at: [start, end],
    title: `replace them by \`${letters}\``,
    edits: [{ start, end, newText: letters }],
  });
};

const guesses: readonly Guess[] = [
  semicolon,
  bracketedLetters,
  unquotedBlank,
  relativePath,
  openInclude,
  unopenedInclude,
  listedCapabilities,
  bareList,
  bareValues,
];
