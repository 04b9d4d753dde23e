/** What a bench is asked on the command line. It is read before anything is prepared: help, and what is wrong, end the process. */
import { parseArgs } from "node:util";

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

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${option} needs a whole number above 0, not ${text}`);
  return Number(text);
}

function read<Defaults extends Numbers>(
  usage: string,
  { numbers, texts = [], names = [] }: Offered<Defaults>,
): Asked<keyof Defaults & string> {
  const all = [...Object.keys(numbers), ...texts];
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(all.map((name) => [name, { type: "string" as const }])),
      help: { type: "boolean" as const, short: "h" },
    },
  });
  const given = new Map(Object.entries<unknown>(values));
  const textOf = (option: string): string | undefined => {
    const value = given.get(option);
    return typeof value === "string" ? value : undefined;
  };
  if (given.has("help")) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}`);
  const counts = Object.entries(numbers).map(([name, count]) => [name, numberOf(name, textOf(name) ?? String(count))]);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the defaults
    numbers: Object.fromEntries(counts) as Record<keyof Defaults & string, number>,
    text: (option) => textOf(option) ?? "",
    names: positionals,
  };
}

/** The arguments of a bench. Errors: ends the process, with 2, after a sentence and the usage. */
export function benchArguments<Defaults extends Numbers>(
  usage: string,
  offered: Offered<Defaults>,
): Asked<keyof Defaults & string> {
  try {
    return read(usage, offered);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    process.stderr.write(`${thrown.message}\n\n${usage}`);
    return process.exit(2);
  }
}
