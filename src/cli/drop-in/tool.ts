/**
 * The tools of AppArmor's other packages: what each declares, and how its argv is read. The grammar is GNU's (getopt.ts); where the
 * tools differ, in what they say to wrong arguments and where, each says so itself, because scripts have seen that for many years.
 */
import { documented, jsonForm } from "../documented.ts";
import { errnoText } from "../errno-texts.ts";
import { type Example, examplesText } from "../examples.ts";
import { type OptionEvent, type OptionSpec, scanOptions } from "../getopt.ts";
import type { CliIo } from "../io.ts";

/** The arguments of a call, sorted. */
export interface ToolCall {
  readonly argv: readonly string[];
  readonly operands: readonly string[];
  readonly has: (key: string) => boolean;
  /** The last value given, or an empty text. */
  readonly value: (key: string) => string | undefined;
  /** All that were given, in order. */
  readonly all: (key: string) => readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly io: CliIo;
}

export interface Tool {
  readonly name: string;
  readonly options: readonly OptionSpec<string>[];
  /** Of the document that it prints with `--json`, where that is a form of ours: then there is one, whatever happens. */
  readonly schema?: string;
  /** What `--help` prints before the examples. */
  readonly help: string;
  readonly examples: readonly Example[];
  /** `none`: an operand is an error; `program`: what follows the first is no option any more. */
  readonly operands: "none" | "any" | "program";
  /** Says what is wrong with argv: the text of getopt, or `undefined` for an operand. The exit status. */
  readonly wrong: (text: string | undefined, io: CliIo) => number;
  /** Called for each option in its place, before it takes effect; a status ends the run. */
  readonly onOption?: (key: string, call: ToolCall) => number | undefined;
  /** Looks at the call when all of argv is read, before help is given; a status ends the run. */
  readonly before?: (call: ToolCall) => number | undefined;
  readonly run: (call: ToolCall) => number | Promise<number>;
}

/** Reads argv and runs the tool; the exit status. */
export function runTool(tool: Tool, argv: readonly string[], io: CliIo): number | Promise<number> {
  const events = scanOptions(tool.options, argv, { stopAt: tool.operands === "program" ? "first-operand" : "end" });
  const isGiven = (key: string): boolean => events.some((event) => event.kind === "option" && event.key === key);
  if (tool.schema === undefined || !isGiven("json") || isGiven("help")) return runEvents(tool, { argv, events, io });
  const run = async (out: CliIo): Promise<number> => await runEvents(tool, { argv, events, io: out });
  return documented(run, jsonForm(tool.schema), io);
}

/** The system that is not this one has to be there: nothing that is found below it would be all that there is. */
function rootProblem(root: string | undefined, { files }: CliIo): string | undefined {
  if (root === undefined) return undefined;
  const status = files.status(root);
  if (status.ok && status.value.kind === "directory") return undefined;
  return `--root needs a directory: ${root}: ${errnoText(status.ok ? "ENOTDIR" : status.error.errno)}`;
}

interface Read {
  readonly argv: readonly string[];
  readonly events: readonly OptionEvent<string>[];
  readonly io: CliIo;
}

function runEvents(tool: Tool, { argv, events, io }: Read): number | Promise<number> {
  const values = new Map<string, string>();
  const given: { readonly key: string; readonly value: string }[] = [];
  const operands: string[] = [];
  const call: ToolCall = {
    argv,
    operands,
    has: (key) => values.has(key),
    value: (key) => values.get(key),
    all: (key) => given.filter((one) => one.key === key).map(({ value }) => value),
    values,
    io,
  };
  for (const event of events) {
    if (event.kind === "error") return tool.wrong(event.text, io);
    if (event.kind === "operand") {
      if (tool.operands === "none") return tool.wrong(undefined, io);
      operands.push(event.value);
      continue;
    }
    const early = tool.onOption?.(event.key, call);
    if (early !== undefined) return early;
    values.set(event.key, event.value ?? "");
    given.push({ key: event.key, value: event.value ?? "" });
  }
  const early = tool.before?.(call);
  if (early !== undefined) return early;
  const root = values.get("root");
  const problem = values.has("help") ? undefined : rootProblem(root, io);
  if (problem !== undefined) return tool.wrong(problem, io);
  if (!values.has("help")) return tool.run(root === undefined ? call : { ...call, io: { ...io, ...io.under(root) } });
  io.out(`${tool.help}\n${examplesText(tool.examples)}`);
  return 0;
}
