/** What was found, in whatever form it is at hand: what `check` gives, or a report of a file. */
import type { CheckedSource } from "../app/index.ts";
import type { FileReport, FindSource } from "../foundation/diagnostics/index.ts";
import { sourceFile } from "../foundation/text/index.ts";

/** What is shown of a checked policy file: all that `check`, `compile` or `resolve` gives. */
export type Checks = Pick<CheckedSource, "path" | "ok" | "diagnostics" | "texts">;

/** One file's diagnostics. */
export type Reported = FileReport | Checks;

interface Reports {
  readonly reports: readonly FileReport[];
  readonly find: FindSource;
}

function isList(reported: Reported | readonly Reported[]): reported is readonly Reported[] {
  return Array.isArray(reported);
}

/** As reports, with the texts that they point into; `find` is asked for what they do not bring. */
export function reportsOf(reported: Reported | readonly Reported[], find?: FindSource): Reports {
  const all = isList(reported) ? reported : [reported];
  const texts = new Map(
    all.flatMap((one) => ("file" in one ? [one.file] : one.texts)).map((text) => [text.id, text] as const),
  );
  const reports = all.map((one) => {
    if ("file" in one) return one;
    const own = sourceFile(one.path, "");
    return { file: texts.get(own.id) ?? own, ok: one.ok, diagnostics: one.diagnostics };
  });
  return { reports, find: (id) => texts.get(id) ?? find?.(id) };
}
