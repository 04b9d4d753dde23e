/**
 * Our own commands: what a verb declares, its `--help`, and how its argv is read. The grammar is GNU's, the same as that of the
 * drop-in commands (getopt.ts). Exit codes: 0 fine, 1 the policy or the answer is bad, 2 wrong use.
 */
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
  return `${left.length > 27 ? `${left}\n${" ".repeat(29)}` : left.padEnd(29)}${option.about}\n`;
}

/** What `armorer VERB --help` prints. */
function commandHelp(command: Command): string {
  const options = [...command.options, ...COMMON].map(optionLine).join("");
  const details = command.details === undefined ? "" : `\n${command.details.trim()}\n`;
  return `Usage: armorer ${command.name} ${command.usage}\n\n${sentence(command.summary)}\n\nOptions:\n${options}${details}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Says what is wrong with argv, and where to read on. */
export function usageError(io: CliIo, command: string, text: string): number {
  io.err(`armorer ${command}: ${displayText(text)}\nTry \`armorer ${command} --help\`.\n`);
  return EXIT.usage;
}

/** Reads argv and runs the verb; returns the exit status. */
export async function runCommand(command: Command, argv: readonly string[], io: CliIo): Promise<number> {
  const events = scanOptions<string>([...command.options, ...COMMON], argv);
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const event of events) {
    if (event.kind === "error") return usageError(io, command.name, event.text);
    if (event.kind === "operand") operands.push(event.value);
    else values.set(event.key, [...(values.get(event.key) ?? []), event.value ?? ""]);
  }
  if (values.has("help")) {
    io.out(commandHelp(command));
    return EXIT.fine;
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

/** A path of the system under the root of the call. */
export function underRoot(call: Invocation, path: string): string {
  return call.root === undefined ? path : `${call.root.replace(/\/+$/, "")}${path}`;
}

/** The directory of profiles. */
export function baseDirectory(call: Invocation): string {
  return call.value("base") ?? underRoot(call, "/etc/apparmor.d");
}
