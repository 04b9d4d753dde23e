/**
 * One cause, one message: a word that means nothing because of a character that cannot be told from another, or cannot be seen. Where the
 * grammar takes such a word, what it means shows that it is wrong.
 */
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { hasStrays, strayProblem, straysIn } from "../syntax/index.ts";

/** `list` is what is said; `tried` gives it with those fixes alone that help, as `withTriedFixes` does. */
export function nameStrays(
  list: readonly Diagnostic[],
  main: SourceFile,
  tried: (list: readonly Diagnostic[]) => readonly Diagnostic[],
): readonly Diagnostic[] {
  if (!hasStrays(main.text)) return list;
  const problems = new Map<Diagnostic, Diagnostic>();
  for (const one of list) {
    const { file, start, end } = one.at.span;
    if (one.severity !== "error" || one.follows === true || file !== main.id || one.code.startsWith("syntax/"))
      continue;
    const strays = straysIn(main.text, start, end);
    if (strays.length > 0) problems.set(one, strayProblem(main, strays));
  }
  if (problems.size === 0) return list;
  // The same errors, each with the fix of its characters.
  const asked = new Map([...problems].map(([one, { fixes }]) => [{ ...one, fixes }, one]));
  const helped = new Set<Diagnostic | undefined>();
  const answers = tried([...asked.keys()]);
  for (const [at, one] of [...asked.values()].entries()) if ((answers[at]?.fixes.length ?? 0) > 0) helped.add(one);
  const spans = [...problems.keys()].filter((one) => helped.has(one)).map(({ at }) => at.span);
  return list.flatMap((one) => {
    if (helped.has(one)) return problems.get(one) ?? one;
    const { file, start } = one.at.span;
    const isHidden = one.code === "syntax/hidden-character";
    return isHidden && spans.some((span) => span.file === file && span.start <= start && start < span.end) ? [] : one;
  });
}
