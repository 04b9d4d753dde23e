/** What is worth saying of many files: one message for a cause, once for a place, about files whose author is reading. The rest is counted. */
import type { Diagnostic } from "../foundation/diagnostics/index.ts";

/** Why something was found and is not shown. */
export interface Withheld {
  /** It follows from something that is shown. */
  readonly follows: number;
  /** The same was said of the same place. */
  readonly repeated: number;
  /** A warning about a file that is only included. */
  readonly elsewhere: number;
}

interface Teller {
  /** What to show of a file; asked in the order in which it is shown. */
  readonly tell: (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];
  readonly withheld: () => Withheld;
}

interface TellerOptions {
  /** Whether a file is one of those that are checked. */
  readonly isOwn: (path: string) => boolean;
  /** Nothing is kept back. */
  readonly all: boolean;
  /** Every file that fails has its errors, also those of a file that many include. */
  readonly repeatsErrors: boolean;
}

export function createTeller(options: TellerOptions): Teller {
  const said = new Set<string>();
  const withheld = { follows: 0, repeated: 0, elsewhere: 0 };
  const reason = (one: Diagnostic): keyof Withheld | undefined => {
    if (one.follows === true) return "follows";
    const { file, start, end } = one.at.span;
    if (one.severity !== "error" && !options.isOwn(file)) return "elsewhere";
    if (one.severity === "error" && options.repeatsErrors) return undefined;
    const key = `${one.code} ${file} ${start} ${end} ${one.message}`;
    if (said.has(key)) return "repeated";
    said.add(key);
    return undefined;
  };
  return {
    tell: (diagnostics) =>
      options.all
        ? diagnostics
        : withoutEchoes(diagnostics, withheld).filter((one) => {
            const why = reason(one);
            if (why !== undefined) withheld[why] += 1;
            return why === undefined;
          }),
    withheld: () => withheld,
  };
}

/** Rules that cannot be merged conflict in the automaton, too: of two rules for one path that is said once. */
function withoutEchoes(
  diagnostics: readonly Diagnostic[],
  withheld: { -readonly [K in keyof Withheld]: Withheld[K] },
): readonly Diagnostic[] {
  const merged = new Set(
    diagnostics.flatMap((one) => (one.code === "compile/exec-merge-conflict" ? [place(one)] : [])),
  );
  const left = diagnostics.filter((one) => one.code !== "compile/exec-conflict" || !merged.has(place(one)));
  withheld.follows += diagnostics.length - left.length;
  return left;
}

function place({ at: { span } }: Diagnostic): string {
  return `${span.file} ${span.start} ${span.end}`;
}
