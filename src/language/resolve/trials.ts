/** Tried before shown: a fix is carried out and the policy is read again. */
import { compareBy } from "../../foundation/basics/index.ts";
import { acceptTogether, type Diagnostic, type Fix } from "../../foundation/diagnostics/index.ts";
import { applyEdits, type SourceFile, type TextEdit } from "../../foundation/text/index.ts";

/**
 * `some` of the list (all of it, unless they are given) with those fixes alone that end their problem and make no error. `again` gives what would be wrong with another text in
 * place of the file's own; what is wrong in an included file cannot be tried so.
 */
export function withTriedFixes(
  list: readonly Diagnostic[],
  main: SourceFile,
  again: (text: string) => readonly Diagnostic[],
  some = list,
): readonly Diagnostic[] {
  const before = countErrors(list);
  const all = countSaid(list);
  const works = (group: readonly Candidate[]): boolean => {
    const left = again(applyEdits(main.text, group.flatMap(editsOf)));
    const said = countSaid(left);
    for (const [key, count] of countSaid(group.map(({ problem }) => problem))) {
      if ((said.get(key) ?? 0) > (all.get(key) ?? 0) - count) return false;
    }
    const after = countErrors(left);
    // What a text means that could not be read comes to light by a fix; it does not come from it.
    const isRevealing = group.every(({ problem }) => isReading(problem.code));
    return [...after].every(([key, count]) => (isRevealing && !isReading(key)) || count <= (before.get(key) ?? 0));
  };
  const isOwn = ({ edits }: Fix): boolean => edits.every(({ file }) => file === main.id);
  const candidates = some.flatMap((problem) => {
    const [fix] = problem.fixes;
    return fix === undefined || !isOwn(fix) ? [] : [{ problem, fix }];
  });
  const reading = candidates.filter(({ problem }) => isReading(problem.code));
  const meaning = candidates.filter(({ problem }) => !isReading(problem.code));
  const tried = [reading, meaning].flatMap((group) => [...acceptTogether(withoutOverlaps(group), works)]);
  const helping = new Map(tried.map(({ problem, fix }) => [problem, fix]));
  return some.map((one) => {
    if (one.fixes.length === 0 || (one.severity !== "error" && !one.fixes.every(isOwn))) return one;
    const fix = helping.get(one);
    // The reader has tried its own on each file, but not where the file stands.
    return {
      ...one,
      fixes: fix === undefined ? one.fixes.filter((other) => !isOwn(other) && isReading(one.code)) : [fix],
    };
  });
}

interface Candidate {
  readonly problem: Diagnostic;
  readonly fix: Fix;
}

function editsOf({ fix }: Candidate): readonly TextEdit[] {
  return fix.edits.map(({ edit }) => edit);
}

/** Those that can be carried out together; another may be offered once they have been. */
function withoutOverlaps(candidates: readonly Candidate[]): readonly Candidate[] {
  const taken: Candidate[] = [];
  let end = -1;
  for (const candidate of candidates.toSorted(compareBy(firstPlace))) {
    const edits = editsOf(candidate);
    if (firstPlace(candidate) <= end) continue;
    taken.push(candidate);
    end = Math.max(...edits.map((edit) => edit.end));
  }
  return taken;
}

function firstPlace(candidate: Candidate): number {
  return Math.min(...editsOf(candidate).map(({ start }) => start));
}

function isReading(code: string): boolean {
  return code.startsWith("syntax/");
}

function countErrors(list: readonly Diagnostic[]): ReadonlyMap<string, number> {
  return countSaid(list.filter(({ severity }) => severity === "error"));
}

function countSaid(list: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return counts;
}

/** What is said, wherever it stands: a fix may move it. */
function keyOf({ code, message, at }: Diagnostic): string {
  return `${code} ${at.span.file} ${message}`;
}
