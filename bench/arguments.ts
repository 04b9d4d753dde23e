/** What a bench is asked on the command line. It is read before anything is prepared: help, and what is wrong, end the process. */
import { scriptArguments, wholeNumber } from "../tests/support/script-options.ts";

type Numbers = Readonly<Record<string, number>>;

interface Offered<Defaults extends Numbers> {
  /** Options with whole numbers above 0, and what they are by default. */
  readonly numbers: Defaults;
  /** Options with any text; by default it is empty. */
  readonly texts?: readonly string[];
  /** Operands. */
  readonly names?: readonly string[];
}

interface Asked<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>;
  readonly text: (option: string) => string;
  /** The operands, each one of those that were offered. */
  readonly names: readonly string[];
}

/** The arguments of a bench. Errors: ends the process, with 2, after a sentence and the usage. */
export function benchArguments<Defaults extends Numbers>(
  usage: string,
  { numbers, texts = [], names = [] }: Offered<Defaults>,
): Asked<keyof Defaults & string> {
  const options = [...Object.keys(numbers), ...texts].map((name) => [name, { type: "string" }] as const);
  return scriptArguments(usage, Object.fromEntries(options), (values, words) => {
    const unknown = words.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`there is no bench ${unknown}`);
    const counts = Object.entries(numbers).map(([name, count]) => [
      name,
      wholeNumber(`--${name}`, values[name] ?? String(count)),
    ]);
    return {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the defaults
      numbers: Object.fromEntries(counts) as Record<keyof Defaults & string, number>,
      text: (option) => values[option] ?? "",
      names: words,
    };
  });
}
