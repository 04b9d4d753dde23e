/** What scripts are given. A word or number that means nothing to one would measure, or try, something else than was asked for. */
import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>>;

/**
 * The arguments of this process as `read` understands them. With `--help`, or where something is wrong (`read` throws then), the process ends
 * with the usage.
 */
export function scriptArguments<const Known extends Options, Result>(
  usage: string,
  known: Known,
  read: (values: Parsed<Known>["values"], words: readonly string[]) => Result,
): Result {
  if (process.argv.slice(2).some((one) => one === "--help" || one === "-h")) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
    return read(values, positionals);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${usage}`);
    process.exit(2);
  }
}

export function wholeNumber(name: string, text: string, least = 1): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number) || number < least)
    throw new Error(
      `${name} needs a whole number${least > Number.MIN_SAFE_INTEGER ? ` from ${least} on` : ""}, not ${text}`,
    );
  return number;
}

/** Those of the items whose name holds one of the words; without words all. Every word finds one. */
export function foundBy<Item>(
  words: readonly string[],
  items: Item[] | readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const lost = words.find((word) => !items.some((item) => nameOf(item).includes(word)));
  if (lost !== undefined) throw new Error(`nothing is called ${lost}; there are:\n  ${items.map(nameOf).join("\n  ")}`);
  return items.filter((item) => words.length === 0 || words.some((word) => nameOf(item).includes(word)));
}

export function noWords(words: readonly string[]): void {
  const [word] = words;
  if (word !== undefined) throw new Error(`takes no ${word}`);
}
