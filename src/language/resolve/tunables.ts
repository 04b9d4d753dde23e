/** A profile that lacks `include <tunables/global>`: every variable it uses is undefined, and one line mends it. Tried before it is offered. */
import type { Diagnostic, Fix } from "../../foundation/diagnostics/index.ts";
import { applyEdits, type SourceFile } from "../../foundation/text/index.ts";
import { isMissingVariable } from "./causes.ts";

const LINE = "include <tunables/global>";

/**
 * The list with the fix at the first variable that the line defines, and the others as what follows from it. `again` gives what would be
 * wrong with another text in place of the file's own.
 */
export function offerTunables(
  list: readonly Diagnostic[],
  main: SourceFile,
  again: (text: string) => readonly Diagnostic[],
): readonly Diagnostic[] {
  if (!list.some(isOpen) || /include\s+(?:if\s+exists\s+)?<tunables\/global>/.test(main.text)) return list;
  const at = placeOf(main.text);
  const edit = { start: at, end: at, newText: `${LINE}\n` };
  const left = new Set(
    again(applyEdits(main.text, [edit]))
      .filter(isError)
      .map(said),
  );
  const mended = list.filter((one) => isMissingVariable(one) && isError(one) && !left.has(said(one)));
  const before = new Set(list.filter(isError).map(said));
  const first = mended.find(isOpen);
  if (first === undefined || [...left].some((one) => !before.has(one))) return list;
  const fix: Fix = { title: `add \`${LINE}\``, edits: [{ file: main.id, edit }] };
  const names = new Set(mended.map(({ facts }) => facts["variable"]));
  const others = names.size === 1 ? "" : `, and ${names.size - 1} more that are used here`;
  const help = `\`${LINE}\` before the first profile defines it${others}`;
  return list.map((one) =>
    one === first ? { ...one, help, fixes: [fix] } : mended.includes(one) ? { ...one, follows: true as const } : one,
  );
}

/** A variable that is missing, and not for another reason that is known. */
function isOpen(one: Diagnostic): boolean {
  return isMissingVariable(one) && isError(one) && one.follows !== true;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** What is said, wherever it stands: the line moves all others. */
function said({ code, message, at }: Diagnostic): string {
  return `${code} ${at.span.file} ${message}`;
}

/** Behind the abi line and the comments before it, before anything else. */
function placeOf(text: string): number {
  const start = /^(?:[ \t]*(?:#(?!include\b).*)?\n)*[ \t]*abi\s+(?!\s)[^,\n]*,[^\n]*\n/.exec(text);
  if (start !== null) return start[0].length;
  return /^(?:[ \t]*#(?!include\b).*\n)*/.exec(text)?.[0].length ?? 0;
}
