/** Which of `--warn`'s classes a diagnostic belongs to. Codes that no class claims are not printed: upstream has no such warning. */
const CLASSES: readonly (readonly [RegExp, string])[] = [];

/** The class of a code. */
export function warningClass(code: string): string | undefined {
  return CLASSES.find(([pattern]) => pattern.test(code))?.[1];
}
