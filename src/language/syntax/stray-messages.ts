/** What is said of characters that look like others, or like nothing, and the edits that make them what they were meant to be. */
import { type Diagnostic, sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile, TextEdit } from "../../foundation/text/index.ts";
import type { FoundStray } from "./characters.ts";
import { diagnostic } from "./problems.ts";

/** How Unicode names a character. */
export function hex(text: string, at: number): string {
  return `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The name behind its article. */
export function withArticle(name: string): string {
  return `${/^[aeio]/.test(name) ? "an" : "a"} ${name}`;
}

export function strayEdit({ at, stray }: FoundStray): TextEdit {
  return { start: at, end: at + 1, newText: stray.meant };
}

/** What is said of characters of one name, at `first` of them, with a fix that nobody has tried yet. */
export function strayProblem(source: SourceFile, group: readonly FoundStray[], first = group[0]): Diagnostic {
  const start = first?.at ?? 0;
  const span = { file: source.id, start, end: start + 1 };
  const stray = first?.stray ?? ({ code: "syntax/look-alike", name: "", plural: "", meant: "" } as const);
  const more = group.length === 1 ? "" : ` (${first === group[0] ? "the first" : "one"} of ${group.length})`;
  const said = sentence`${withArticle(stray.name)} ${{ character: hex(source.text, start) }} is not allowed here${more}`;
  const isOne = group.length === 1;
  const what = isOne ? `the ${stray.name}` : `${group.length} ${stray.plural}`;
  const instead = names[stray.meant];
  const title = instead === undefined ? `remove ${what}` : `replace ${what} by ${instead[isOne ? 0 : 1]}`;
  const fix = { title, edits: group.map((one) => ({ file: source.id, edit: strayEdit(one) })) };
  const help = stray.code === "syntax/carriage-return" ? "save the file with plain line feeds" : undefined;
  return diagnostic(stray.code, span, said, { help, fixes: [fix] });
}

const names: Readonly<Record<string, readonly [string, string]>> = {
  " ": ["a plain blank", "plain blanks"],
  "\n": ["a line feed", "line feeds"],
  '"': ["a plain double quote", "plain double quotes"],
  "-": ["a plain hyphen", "plain hyphens"],
  "->": ["`->`", "`->`"],
  ",": ["a plain comma", "plain commas"],
  "(": ["`(`", "`(`"],
  ")": ["`)`", "`)`"],
  "=": ["`=`", "`=`"],
  "{": ["`{`", "`{`"],
  "}": ["`}`", "`}`"],
};

/** Groups of one name each, in the order in which they are met. */
export function byName(found: readonly FoundStray[]): readonly (readonly FoundStray[])[] {
  const groups = new Map<string, FoundStray[]>();
  for (const one of found) {
    const group = groups.get(one.stray.name);
    if (group === undefined) groups.set(one.stray.name, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
