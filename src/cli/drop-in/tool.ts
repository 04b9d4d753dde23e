/**
 * The tools of AppArmor's other packages: what each declares, and how its argv is read. The grammar is GNU's (getopt.ts); where the
 * tools differ, in what they say to wrong arguments and where, each says so itself, because scripts have seen that for many years.
 */
import { type OptionSpec, scanOptions } from "../getopt.ts";
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
  /** All that `--help` prints. */
  readonly help: string;
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
  const stopAt = tool.operands === "program" ? "first-operand" : "end";
  for (const event of scanOptions(tool.options, argv, { stopAt })) {
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
  if (!values.has("help")) return tool.run(root === undefined ? call : { ...call, io: { ...io, ...io.under(root) } });
  io.out(tool.help);
  return 0;
}
