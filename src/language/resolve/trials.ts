/** Tried before shown: a fix of an error is carried out and the policy is read again. */
import type { Diagnostic, Fix } from "../../foundation/diagnostics/index.ts";
import { applyEdits, type SourceFile } from "../../foundation/text/index.ts";

/** Fixes tried for one policy, and characters read again for them: what is left untried then is not offered. */
const MOST_TRIED = 100;
const MOST_READ = 2_000_000;

/**
 * The list with those fixes of errors alone that end their error and make no other. `again` gives what would be wrong with another text in
 * place of the file's own; what is wrong in an included file cannot be tried so.
 */
export function withTriedFixes(
  list: readonly Diagnostic[],
  main: SourceFile,
  again: (text: string) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const before = countErrors(list);
  let left = Math.min(MOST_TRIED, Math.ceil(MOST_READ / (main.text.length + 1)));
  const helps = (problem: Diagnostic, { edits }: Fix): boolean => {
    left -= 1;
    if (left < 0) return false;
    const text = applyEdits(
      main.text,
      edits.map(({ edit }) => edit),
    );
    const after = countErrors(again(text));
    const own = said(problem);
    if ((after.get(own) ?? 0) >= (before.get(own) ?? 0)) return false;
    // What a text means that could not be read comes to light by a fix; it does not come from it.
    const counts = (key: string): boolean => !isReading(problem.code) || isReading(key);
    return [...after].every(([key, count]) => !counts(key) || count <= (before.get(key) ?? 0));
  };
  const isOwn = ({ edits }: Fix): boolean => edits.every(({ file }) => file === main.id);
  return list.map((one) => {
    if (one.severity !== "error" || one.fixes.length === 0) return one;
    // The reader has tried its own on each file, but not where the file stands.
    return { ...one, fixes: one.fixes.filter((fix) => (isOwn(fix) ? helps(one, fix) : isReading(one.code))) };
  });
}

function isReading(code: string): boolean {
  return code.startsWith("syntax/");
}

function countErrors(list: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) {
    if (one.severity === "error") counts.set(said(one), (counts.get(said(one)) ?? 0) + 1);
  }
  return counts;
}

/** What is said, wherever it stands: a fix may move it. */
function said({ code, message, at }: Diagnostic): string {
  return `${code} ${at.span.file} ${message}`;
}
