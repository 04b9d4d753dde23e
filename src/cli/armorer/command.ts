/**
 * Our own commands: what a verb declares, its `--help`, and how its argv is read. The grammar is GNU's, the same as that of the
 * drop-in commands (getopt.ts). Exit codes: 0 fine, 1 the policy or the answer is bad, 2 wrong use.
 */
import { nearestWord } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type OptionSpec, scanOptions } from "../getopt.ts";
import type { CliIo } from "../io.ts";

export interface CommandOption extends OptionSpec<string> {
  readonly long: string;
  /** What the value is called in the help text. */
  readonly valueName?: string;
  readonly about: string;
}

/** argv of a call, sorted into options and operands. */
export interface Invocation {
  readonly operands: readonly string[];
  readonly has: (key: string) => boolean;
  /** The last value given. */
  readonly value: (key: string) => string | undefined;
  readonly values: (key: string) => readonly string[];
  readonly json: boolean;
  /** Prefix of `/sys`, `/proc`, logs, and of default directories. */
  readonly root: string | undefined;
  readonly io: CliIo;
}

export interface Command {
  readonly name: string;
  /** One line, lower case. */
  readonly summary: string;
  /** What follows the name. */
  readonly usage: string;
  /** What to say to somebody who gives operands to a verb that takes none. */
  readonly noOperands?: string;
  /** Paragraphs below the options. */
  readonly details?: string;
  readonly options: readonly CommandOption[];
  readonly run: (call: Invocation) => Promise<number> | number;
}

export const EXIT = { fine: 0, bad: 1, usage: 2 } as const;

const COMMON: readonly CommandOption[] = [
  { key: "json", long: "json", about: "print one JSON document instead of text" },
  { key: "root", long: "root", value: "required", valueName: "DIR", about: "look at the system under DIR" },
  { key: "help", long: "help", short: "h", about: "print this" },
];

/** The options common to every verb that reads policy. */
export const baseOption: CommandOption = {
  key: "base",
  long: "base",
  short: "b",
  value: "required",
  valueName: "DIR",
  about: "directory of profiles and includes (/etc/apparmor.d)",
};

function optionLine(option: CommandOption): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value =
    option.value === "required" ? ` ${option.valueName}` : option.value === "optional" ? `[=${option.valueName}]` : "";
  const left = `  ${short}--${option.long}${value}`;
  const about = wrapped(option.about, WIDTH - ABOUT).join(`\n${" ".repeat(ABOUT)}`);
  return `${left.length > ABOUT - 2 ? `${left}\n${" ".repeat(ABOUT)}` : left.padEnd(ABOUT)}${about}\n`;
}

/** A terminal's width, and the column in which what an option does is said. */
const WIDTH = 80;
const ABOUT = 29;

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

/** What `armorer VERB --help` prints. */
function commandHelp(command: Command): string {
  const options = [...command.options, ...COMMON].map(optionLine).join("");
  const details = command.details === undefined ? "" : `\n${paragraphs(command.details)}\n`;
  return `Usage: armorer ${command.name} ${command.usage}\n\n${paragraphs(sentence(command.summary))}\n\nOptions:\n${options}${details}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The question behind a word that is not known; nothing where no known one is near. */
export function didYouMean(word: string, known: readonly string[], mark = ""): string {
  const near = nearestWord(word, known);
  return near === undefined ? "" : `Did you mean \`${mark}${near}\`?\n`;
}

/** Says what is wrong with argv, and where to read on. */
export function usageError(io: CliIo, command: string, text: string, hint = ""): number {
  io.err(`armorer ${command}: ${displayText(text)}\n${hint}Try \`armorer ${command} --help\`.\n`);
  return EXIT.usage;
}

/** Reads argv and runs the verb; returns the exit status. */
export async function runCommand(command: Command, argv: readonly string[], io: CliIo): Promise<number> {
  const specs = [...command.options, ...COMMON];
  const events = scanOptions<string>(specs, argv);
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const event of events) {
    if (event.kind === "error") {
      const names = specs.map(({ long }) => long);
      const hint = event.unknown === undefined ? "" : didYouMean(event.unknown, names, "--");
      return usageError(io, command.name, event.text, hint);
    }
    if (event.kind === "operand") operands.push(event.value);
    else values.set(event.key, [...(values.get(event.key) ?? []), event.value ?? ""]);
  }
  if (values.has("help")) {
    io.out(commandHelp(command));
    return EXIT.fine;
  }
  if (command.noOperands !== undefined && operands.length > 0) {
    return usageError(io, command.name, `takes no operands${command.noOperands}`);
  }
  return command.run({
    operands,
    has: (key) => values.has(key),
    value: (key) => values.get(key)?.at(-1),
    values: (key) => values.get(key) ?? [],
    json: values.has("json"),
    root: values.get("root")?.at(-1),
    io,
  });
}

/** One JSON document with the name and version of its schema first. */
export function printJson(io: CliIo, schema: string, document: object): void {
  io.json(`${JSON.stringify({ schema, ...document })}\n`);
}

/** What the document of a verb is when it could not even begin: it has the reasons alone. */
export function printRefusals(io: CliIo, schema: string, refusals: readonly string[]): void {
  printJson(io, schema, { ok: false, refusals });
}

/** A path of the system under the root of the call. */
export function underRoot(call: Invocation, path: string): string {
  return call.root === undefined ? path : `${call.root.replace(/\/+$/, "")}${path}`;
}

/** The directory of profiles. */
export function baseDirectory(call: Invocation): string {
  return call.value("base") ?? underRoot(call, "/etc/apparmor.d");
}
