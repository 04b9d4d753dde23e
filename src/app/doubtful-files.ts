/** Files that are changed although what is loaded may be something else. */
import type { PolicySet } from "../language/resolve/index.ts";
import type { LearnedFile, LearnResult } from "./engine.ts";

/** The changed files that no boot loads, or not for certain, and why. */
export function doubtfulFiles(files: readonly LearnedFile[], set: PolicySet): LearnResult["doubtful"] {
  const states = new Map(set.files.map(({ path, state }) => [path, state]));
  const changed = files.filter(({ after, before }) => after !== undefined && after !== before);
  return changed.flatMap(({ path }) => [
    ...(states.get(path) === "disabled" ? [{ path, reason: "it is disabled, and no boot loads it" }] : []),
    ...namesakes(path, set),
  ]);
}

function namesakes(path: string, { diagnostics }: PolicySet): LearnResult["doubtful"] {
  return diagnostics
    .filter(({ code }) => code === "resolve/duplicate-across-files")
    .flatMap(({ also, at, message }) => {
      const places: readonly string[] = [at, ...also].map(({ span }) => span.file);
      const [other] = places.includes(path) ? places.filter((one) => one !== path) : [];
      return other === undefined
        ? []
        : [{ path, reason: `${message}, the other is ${other}: the one that is loaded last counts` }];
    });
}
