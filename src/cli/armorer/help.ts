/** What `armorer VERB --help` prints. */
import { type Example, examplesText } from "../examples.ts";
import { paragraphs, WIDTH, wrapped } from "../terminal-width.ts";

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
  readonly examples: readonly Example[];
}

/** The column in which what an option does is said. */
const ABOUT = 29;

function optionLine({ about, long, short, type }: DescribedOption): string {
  const left = `  ${short === undefined ? "    " : `-${short}, `}--${long}${type === undefined ? "" : ` ${type.name}`}`;
  const lines = wrapped(about, WIDTH - ABOUT).join(`\n${" ".repeat(ABOUT)}`);
  return `${left.length > ABOUT - 2 ? `${left}\n${" ".repeat(ABOUT)}` : left.padEnd(ABOUT)}${lines}\n`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The text of `--help`. */
export function verbHelp(verb: DescribedVerb, options: readonly DescribedOption[]): string {
  const { name, summary, usage } = verb;
  return [
    `Usage: armorer ${name} ${usage}\n`,
    `${paragraphs(sentence(summary))}\n`,
    `Options:\n${options.map(optionLine).join("")}`,
    ...(verb.details === undefined ? [] : [`${paragraphs(verb.details)}\n`]),
    examplesText(verb.examples),
  ].join("\n");
}
