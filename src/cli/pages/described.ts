/** The commands there are, as manual pages and completions need them: read from the tables that the commands themselves read argv by, and from what `--help` prints. */
import { type Command, commonOptions } from "../armorer/command.ts";
import { loadVerb, overview, verbNames } from "../armorer/index.ts";
import { parserExamples, parserUsage } from "../drop-in/apparmor-parser/help.ts";
import { optionTable } from "../drop-in/apparmor-parser/option-table.ts";
import { tools } from "../drop-in/index.ts";
import type { Tool } from "../drop-in/tool.ts";
import type { Example } from "../examples.ts";
import { parseHelp } from "./help-text.ts";

/** What an option takes. */
interface DescribedValue {
  /** What the help calls it: `FILE`, `DIR`. */
  readonly name: string;
  readonly isOptional: boolean;
  /** Where it is one of a few. */
  readonly words?: readonly string[];
}

export interface DescribedOption {
  readonly long: string | undefined;
  readonly short: string | undefined;
  readonly value: DescribedValue | undefined;
  /** One phrase; nothing of options that the help does not mention. */
  readonly about: string | undefined;
}

export interface DescribedCommand {
  /** `armorer`, `aa-status`. */
  readonly program: string;
  /** Of `armorer` only. */
  readonly verb: string | undefined;
  /** Of the manual. */
  readonly section: 1 | 8;
  /** One phrase, lower case. */
  readonly summary: string;
  /** What follows the name, one for each way to call it. */
  readonly usages: readonly string[];
  readonly options: readonly DescribedOption[];
  /** Paragraphs; those with an indented line are laid out by hand. */
  readonly paragraphs: readonly string[];
  readonly examples: readonly Example[];
  /** `program`: what follows the first operand belongs to another program. */
  readonly operands: "files" | "none" | "program" | readonly string[];
  /** Where the first operand is one of these words: what those behind it are. */
  readonly others: "file" | "directory" | "none";
}

/** The commands of everybody, as Debian's pages do; the others are for administrators. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(["aa-enabled", "aa-exec", "aa-features-abi"]);

function lowered(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** `bash|zsh|fish`, `{start|stop}`: the words that an operand may be. */
function operandWords(usage: string): readonly string[] | undefined {
  return /(?:^|[\s{(])((?:[a-z][\w-]*\|)+[a-z][\w-]*)/.exec(usage)?.[1]?.split("|");
}

/** What a usage says behind the words for the first operand. */
function otherOperands(usage: string): DescribedCommand["others"] {
  const [, placeholder] = /\b(FILE|PROGRAM|DIR)\b/.exec(usage) ?? [];
  if (placeholder === undefined) return "none";
  return placeholder === "DIR" ? "directory" : "file";
}

function describeVerb(name: string, command: Command): DescribedCommand {
  return {
    program: "armorer",
    verb: name,
    section: 1,
    summary: command.summary,
    usages: [command.usage],
    options: [...command.options, ...commonOptions].map(({ long, short, type, about }) => ({
      long,
      short,
      about,
      value:
        type === undefined
          ? undefined
          : { name: type.name, isOptional: false, ...(type.words !== undefined && { words: type.words }) },
    })),
    paragraphs: (command.details ?? "").split("\n\n").filter((text) => text.trim() !== ""),
    examples: command.examples,
    operands:
      command.firstOperand ?? operandWords(command.usage) ?? (command.noOperands === undefined ? "files" : "none"),
    others: otherOperands(command.usage),
  };
}

/** A command whose options are a table for getopt, and whose words about them are in its help. */
function describeTool(
  program: string,
  { examples, help, operands, options: specs }: Pick<Tool, "examples" | "help" | "operands" | "options">,
): DescribedCommand {
  const { usages, paragraphs, options } = parseHelp(help, program);
  const [first = `${program}: a command of AppArmor.`, ...others] = paragraphs;
  // Up to the end of the first sentence; the rest of the paragraph is said below.
  const sentence = /^[^]*?[.:](?=\s|$)/.exec(first)?.[0] ?? first;
  const words = operandWords(usages.join(" "));
  return {
    program,
    verb: undefined,
    section: FOR_EVERYBODY.has(program) ? 1 : 8,
    summary: lowered(sentence.replace(/[.:]$/, "").replaceAll(/\s+/g, " ")),
    usages,
    options: specs.map(({ long, short, value = "nothing" }) => {
      const said = options.find(
        (one) => (long !== undefined && one.long === long) || (short !== undefined && one.short === short),
      );
      const name = said?.value ?? "VALUE";
      return {
        long,
        short,
        about: said?.about,
        value: value === "nothing" ? undefined : { name, isOptional: value === "optional" },
      };
    }),
    paragraphs: [first.slice(sentence.length).trim(), ...others].filter((text) => text !== ""),
    examples,
    operands: words ?? (operands === "any" ? "files" : operands),
    others: otherOperands(usages.join(" ")),
  };
}

/** `armorer` itself, whose operands are the verbs. */
function describeArmorer(verbs: readonly DescribedCommand[]): DescribedCommand {
  const plain = { value: undefined };
  return {
    program: "armorer",
    verb: undefined,
    section: 1,
    summary: "AppArmor, end to end",
    usages: ["VERB [OPTION]... [OPERAND]..."],
    options: [
      { ...plain, long: "help", short: "h", about: "list the verbs" },
      { ...plain, long: "version", short: "V", about: "print the version" },
    ],
    paragraphs: overview().split("\n\n").slice(2),
    examples: [],
    operands: ["help", ...verbs.map(({ verb = "" }) => verb)],
    others: "none",
  };
}

/** All of them: `armorer`, its verbs, and the drop-in commands. */
export async function describeCommands(): Promise<readonly DescribedCommand[]> {
  const verbs: DescribedCommand[] = [];
  for (const name of verbNames) {
    const command = await loadVerb(name);
    if (command !== undefined) verbs.push(describeVerb(name, command));
  }
  const parser = { options: optionTable, help: parserUsage, examples: parserExamples, operands: "any" } as const;
  const others: DescribedCommand[] = [describeTool("apparmor_parser", parser)];
  for (const { name, load } of tools) others.push(describeTool(name, (await load()).tool));
  return [describeArmorer(verbs), ...verbs, ...others];
}

/** `armorer-check`, `aa-status`: how a page is called. */
export function pageName({ program, verb }: DescribedCommand): string {
  return verb === undefined ? program : `${program}-${verb}`;
}

/** An option as it is typed, short form first. */
export function optionNames({ long, short }: DescribedOption): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), ...(long === undefined ? [] : [`--${long}`])];
}
