/** What `armorer VERB --help` prints. */

export interface DescribedOption {
  readonly long: string;
  readonly short?: string;
  /** What its value may be; an option without one takes none. */
  readonly type?: { readonly name: string };
  readonly about: string;
}

export interface DescribedVerb {
  readonly name: string;
  /** One line, lower case. */
  readonly summary: string;
  /** What follows the name. */
  readonly usage: string;
  /** Paragraphs below the options. */
  readonly details?: string;
  /** Calls, each with what it does. */
  readonly examples: readonly (readonly [call: string, about: string])[];
}

/** A terminal's width, and the column in which what an option does is said. */
const WIDTH = 80;
const ABOUT = 29;

function optionLine({ about, long, short, type }: DescribedOption): string {
  const left = `  ${short === undefined ? "    " : `-${short}, `}--${long}${type === undefined ? "" : ` ${type.name}`}`;
  const lines = wrapped(about, WIDTH - ABOUT).join(`\n${" ".repeat(ABOUT)}`);
  return `${left.length > ABOUT - 2 ? `${left}\n${" ".repeat(ABOUT)}` : left.padEnd(ABOUT)}${lines}\n`;
}

/** Words in lines of at most so many characters. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Paragraphs as wide as a terminal; lines that are indented are laid out by hand. */
function paragraphs(text: string): string {
  const blocks = text.replace(/\s+$/, "").split("\n\n");
  return blocks.map((block) => (/^ /m.test(block) ? block : wrapped(block, WIDTH).join("\n"))).join("\n\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function exampleLines([call, about]: readonly [string, string]): string {
  return `  ${call}\n      ${wrapped(about, WIDTH - 6).join("\n      ")}\n`;
}

/** The text of `--help`. */
export function verbHelp(verb: DescribedVerb, options: readonly DescribedOption[]): string {
  const { name, summary, usage } = verb;
  return [
    `Usage: armorer ${name} ${usage}\n`,
    `${paragraphs(sentence(summary))}\n`,
    `Options:\n${options.map(optionLine).join("")}`,
    ...(verb.details === undefined ? [] : [`${paragraphs(verb.details)}\n`]),
    `Examples:\n${verb.examples.map(exampleLines).join("")}`,
  ].join("\n");
}
