/**
 * Our own commands: what a verb declares, and how its argv is read. The grammar is GNU's, the same as that of the drop-in commands
 * (getopt.ts). Exit codes: 0 fine, 1 the policy or the answer is bad, 2 wrong use or no whole answer.
 */
import { nearestWord } from "../../foundation/basics/index.ts";
import { displayText, withoutTrailing } from "../../foundation/text/index.ts";
import { type OptionEvent, type OptionSpec, scanOptions } from "../getopt.ts";
import type { CliIo } from "../io.ts";
import { pathInSystem } from "../system-paths.ts";
import { type DescribedOption, type DescribedVerb, verbHelp } from "./help.ts";
import { stillAtWork } from "./still-at-work.ts";
import { type DocumentForm, documented, jsonForm } from "../documented.ts";
import { marked } from "./verb-output.ts";
import { DIRECTORY, type ValueType } from "./value-types.ts";

export interface CommandOption extends DescribedOption {
  readonly key: string;
  readonly type?: ValueType;
  /** `-` as its value is standard input. */
  readonly readsInput?: true;
}

/** argv of a call, sorted into options and operands. */
export interface Invocation {
  readonly operands: readonly string[];
  /** The operands as they were written. */
  readonly words: readonly string[];
  readonly has: (key: string) => boolean;
  /** The last value given. */
  readonly value: (key: string) => string | undefined;
  readonly values: (key: string) => readonly string[];
  readonly json: boolean;
  /** Prefix of `/sys`, `/proc`, logs, and of default directories. */
  readonly root: string | undefined;
  readonly io: CliIo;
}

export interface Command extends DescribedVerb {
  /** It may be at work for seconds before it says a word. */
  readonly isSlow?: true;
  /** What to say to somebody who gives operands to a verb that takes none. */
  readonly noOperands?: string;
  /** What the first operand may be, where the usage does not list all of it. */
  readonly firstOperand?: readonly string[];
  /** Behind its first operand are the words of another program. */
  readonly runsProgram?: true;
  readonly options: readonly CommandOption[];
  /** Which operands are paths of the system that is looked at. */
  readonly paths?: "all" | "first" | "all but the first";
  /** Options, by their keys, of which one has no effect, or the opposite one, beside the other. */
  readonly conflicts?: readonly (readonly [string, string])[];
  /** What it prints for programs beside JSON; a run prints one of them, also when it can do nothing. */
  readonly forms?: readonly DocumentForm[];
  readonly run: (call: Invocation) => Promise<number> | number;
}

export const EXIT = { fine: 0, bad: 1, usage: 2 } as const;

/** The options of every verb. */
export const commonOptions: readonly CommandOption[] = [
  { key: "json", long: "json", about: "print one JSON document instead of text" },
  { key: "root", long: "root", type: DIRECTORY, about: "look at the system under DIR" },
  { key: "help", long: "help", short: "h", about: "print this" },
];

/** The options common to every verb that reads policy. */
export const baseOption: CommandOption = {
  key: "base",
  long: "base",
  short: "b",
  type: DIRECTORY,
  about: "directory of profiles and includes (/etc/apparmor.d)",
};

/** The question behind a word that is not known; nothing where no known one is near. */
export function didYouMean(word: string, known: readonly string[], mark = ""): string {
  const near = nearestWord(word, known);
  return near === undefined ? "" : `Did you mean \`${mark}${near}\`?\n`;
}

/** The option behind an operand that is a file or a directory, of a verb that has an option for it. */
export function didYouMeanOption(
  operands: readonly string[],
  options: readonly CommandOption[],
  { files }: Pick<CliIo, "files">,
): string {
  for (const operand of operands) {
    const kind = files.kind(operand);
    const key = kind === "file" ? "log" : kind === "directory" ? "base" : undefined;
    const option = options.find((one) => one.key === key);
    if (option !== undefined) return `Did you mean \`--${option.long} ${displayText(operand)}\`?\n`;
  }
  return "";
}

/** Says what is wrong with argv, and where to read on. */
export function usageError(io: CliIo, command: string, text: string, hint = ""): number {
  io.err(`armorer ${command}: ${displayText(text)}\n${hint}Try \`armorer ${command} --help\`.\n`);
  return EXIT.usage;
}

/** What to say of a word that is none of a few, and which of them may be meant. */
export function choiceError(io: CliIo, command: string, word: string | undefined, words: readonly string[]): number {
  const found = word === undefined ? "" : `, not \`${word}\``;
  const hint = word === undefined ? "" : didYouMean(word, words);
  return usageError(io, command, `takes one of ${words.join(", ")}${found}`, hint);
}

/** What argv holds, or what is wrong with it. */
interface ReadArgv {
  readonly operands: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly problem: { readonly text: string; readonly hint: string } | undefined;
}

function specOf({ key, long, short, type }: CommandOption): OptionSpec<string> {
  const value = type === undefined ? "nothing" : "required";
  return { key, long, value, ...(short !== undefined && { short }) };
}

async function problemOf(
  event: OptionEvent<string>,
  options: readonly CommandOption[],
  io: CliIo,
): Promise<ReadArgv["problem"]> {
  if (event.kind === "error") {
    const names = options.map(({ long }) => long);
    return { text: event.text, hint: event.unknown === undefined ? "" : didYouMean(event.unknown, names, "--") };
  }
  if (event.kind === "operand") return undefined;
  const type = options.find(({ key }) => key === event.key)?.type;
  if (type === undefined) return undefined;
  const { as, value = "" } = event;
  const wrong = value === "" ? {} : await type.problemOf(value, io);
  if (wrong === undefined) return undefined;
  const found = wrong.why === undefined ? `, not \`${value}\`` : `: ${value}: ${wrong.why}`;
  const hint = wrong.near === undefined ? "" : `Did you mean \`${wrong.near}\`?\n`;
  return { text: `${as} needs ${type.expected}${value === "" ? ", not an empty word" : found}`, hint };
}

async function readArgv(
  events: readonly OptionEvent<string>[],
  options: readonly CommandOption[],
  io: CliIo,
): Promise<ReadArgv> {
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  let problem: ReadArgv["problem"];
  for (const event of events) {
    problem ??= await problemOf(event, options, io);
    if (event.kind === "operand") operands.push(event.value);
    else if (event.kind === "option") values.set(event.key, [...(values.get(event.key) ?? []), event.value ?? ""]);
  }
  return { operands, values, problem };
}

function isPath(at: number, { paths }: Command): boolean {
  return paths === "all" || (paths === "first" && at === 0) || (paths === "all but the first" && at > 0);
}

/** A path of the system under the root; one that only this machine has is taken from here, which is said. */
function pathOf(operand: string, root: string, io: CliIo): string {
  const path = pathInSystem(operand, root, io);
  if (path === operand || isThere(path, io) || !isThere(operand, io)) return path;
  io.err(`note: ${displayText(operand)} is of this machine; the system under ${displayText(root)} has none\n`);
  return operand;
}

/** Whether something is there, be it only a refusal. */
function isThere(path: string, { files }: CliIo): boolean {
  const status = files.status(path);
  return status.ok || (status.error.errno !== "ENOENT" && status.error.errno !== "ENOTDIR");
}

/** What is wrong with the words of a call together, whatever they mean to the verb. */
function misfit(
  { conflicts = [], noOperands, options, runsProgram }: Command,
  { operands, values }: Pick<ReadArgv, "operands" | "values">,
): string | undefined {
  if (noOperands !== undefined && operands.length > 0) return `takes no operands${noOperands}`;
  const own = runsProgram === true ? operands.slice(0, 1) : operands;
  if (own.includes("")) return "an operand is an empty word";
  const read = options.filter(({ readsInput }) => readsInput === true).flatMap(({ key }) => values.get(key) ?? []);
  if ([...own, ...read].filter((word) => word === "-").length > 1)
    return "standard input can be read once, and `-` is there twice";
  const pair = conflicts.find((keys) => keys.every((key) => values.has(key)));
  const name = (key: string): string => `--${options.find((option) => option.key === key)?.long ?? key}`;
  return pair === undefined ? undefined : `choose one of ${name(pair[0])} and ${name(pair[1])}`;
}

/** Reads argv and runs the verb; returns the exit status. With `--json`, or another of its forms, there is one document, whatever happens. */
export async function runCommand(command: Command, argv: readonly string[], io: CliIo): Promise<number> {
  const options = [...command.options, ...commonOptions];
  const events = scanOptions<string>(options.map(specOf), argv);
  const isGiven = (key: string): boolean => events.some((event) => event.kind === "option" && event.key === key);
  const forms = [jsonForm(`armorer/${command.name}/1`), ...(command.forms ?? [])].filter(({ key }) => isGiven(key));
  if (isGiven("help") && events.every(({ kind }) => kind !== "error")) {
    io.out(verbHelp(command, options));
    return EXIT.fine;
  }
  const run = async (out: CliIo): Promise<number> => {
    const { operands, values, problem } = await readArgv(events, options, out);
    if (problem !== undefined) return usageError(out, command.name, problem.text, problem.hint);
    const misfits = misfit(command, { operands, values });
    if (misfits !== undefined) {
      const isOption = command.noOperands !== undefined && operands.length > 0;
      const hint = isOption ? didYouMeanOption(operands, command.options, out) : undefined;
      return usageError(out, command.name, misfits, hint);
    }
    if (forms.length > 1) {
      const all = ["json", ...(command.forms ?? []).map(({ key }) => key)].map((key) => `--${key}`);
      return usageError(out, command.name, `choose one of ${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`);
    }
    const root = values.get("root")?.at(-1);
    return command.run({
      words: operands,
      operands: operands.map((operand, at) =>
        root !== undefined && isPath(at, command) ? pathOf(operand, root, out) : operand,
      ),
      has: (key) => values.has(key),
      value: (key) => values.get(key)?.at(-1),
      values: (key) => values.get(key) ?? [],
      json: isGiven("json"),
      root,
      io: root === undefined ? out : { ...out, ...out.under(root) },
    });
  };
  const watched = async (out: CliIo): Promise<number> =>
    command.isSlow === true && !argv.includes("-") ? stillAtWork(command.name, out, run) : run(out);
  const [form] = forms;
  return form === undefined ? watched(marked(io)) : documented(watched, form, marked(io));
}

/** One JSON document with the name and version of its schema first. */
export function printJson(io: CliIo, schema: string, document: object): void {
  io.json(`${JSON.stringify({ schema, ...document })}\n`);
}

/** A path of the system under the root of the call. */
export function underRoot({ root }: Invocation, path: string): string {
  return root === undefined ? path : `${withoutTrailing(root, "/")}${path}`;
}

/** The directory of profiles. */
export function baseDirectory(call: Invocation): string {
  return call.value("base") ?? underRoot(call, "/etc/apparmor.d");
}
