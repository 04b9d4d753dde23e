/**
 * The command `aa-exec` (tools 6.1): runs a program confined. Attributes belong to a thread, and a child copies those of the
 * thread that made it, so what this process sets for its next exec is what the program gets.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { type Environment, callerEnvironment } from "../caller-environment.ts";
import { errnoText } from "../errno-texts.ts";
import { say } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import { writeAttribute } from "../../host/index.ts";
import { changeRefusal } from "./change-refusal.ts";
import type { Tool, ToolCall } from "./tool.ts";

const options = [
  { key: "profile", long: "profile", short: "p", value: "required" },
  { key: "namespace", long: "namespace", short: "n", value: "required" },
  { key: "immediate", long: "immediate", short: "i" },
  { key: "debug", long: "debug", short: "d" },
  { key: "verbose", long: "verbose", short: "v" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-exec [OPTION]... [--] PROGRAM [ARGUMENT]...

Runs a program confined by a profile.

  -p, --profile=PROFILE       the profile, a child or a stack of profiles
  -n, --namespace=NAMESPACE   the namespace of the profile
  -i, --immediate             change at once, not when the program starts
  -d, --debug                 say more than --verbose
  -v, --verbose               say what is done
  -h, --help                  print this
`;

function label(profile: string | undefined, namespace: string | undefined): string | undefined {
  return namespace === undefined ? profile : `:${namespace}://${profile ?? ""}`;
}

function fail(io: CliIo, text: string): number {
  io.err(say`[${String(process.pid)}] aa-exec: ERROR: ${text}\n`);
  return 1;
}

/** Runs the program with our own streams; its exit status. Where it is, PATH says, as for the C library's execvp. */
async function runProgram(program: readonly string[], env: Environment, io: CliIo): Promise<number> {
  const [name = "", ...rest] = program;
  const refuse = (error: unknown): number => {
    const errno = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "ENOENT";
    return fail(io, `Failed to execute "${name}": ${errnoText(errno)}`);
  };
  // Node takes an empty name for a mistake of ours; the kernel has an answer.
  if (name === "") return refuse(undefined);
  let child: ChildProcess;
  try {
    child = spawn(name, rest, { stdio: "inherit", env });
  } catch (thrown) {
    // Some refusals come this way, others as an event.
    return refuse(thrown);
  }
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return await new Promise<number>((resolve) => {
    child.on("error", (error) => resolve(refuse(error)));
    child.on("exit", (status, signal) => resolve(signal === null ? (status ?? 1) : 128 + constants.signals[signal]));
  });
}

async function run({ operands: program, has, value, io }: ToolCall): Promise<number> {
  if (program.length === 0) {
    io.err(HELP);
    return 1;
  }
  const wanted = label(value("profile"), value("namespace"));
  if (wanted !== undefined) {
    const immediate = has("immediate");
    const call = immediate ? "aa_change_profile" : "aa_change_onexec";
    if (has("verbose") || has("debug")) io.err(say`[${String(process.pid)}] ${call}("${wanted}")\n`);
    const done = writeAttribute(immediate ? "current" : "exec", `${immediate ? "changeprofile" : "exec"} ${wanted}`);
    if (!done.ok) return fail(io, changeRefusal(done.error.errno, wanted, value("profile")));
    if (has("debug")) io.err(say`[${String(process.pid)}] aa-exec: DEBUG: 0 = ${call}("${wanted}")\n`);
  }
  if (has("verbose")) io.err(say`[${String(process.pid)}] exec ${program.join(" ")}\n`);
  return runProgram(program, callerEnvironment(io.environment), io);
}

export const tool: Tool = {
  name: "aa-exec",
  options,
  help: HELP,
  examples: [["aa-exec -p backup -- /usr/local/bin/backup --all", "a program under the profile backup"]],
  operands: "program",
  wrong: (text, io) => {
    io.err([...say`aa-exec: ${text ?? ""}\n`, HELP]);
    return 1;
  },
  onOption: (key, { has, io }) =>
    has(key) && (key === "profile" || key === "namespace")
      ? fail(io, `Multiple -${key.charAt(0)}/--${key} parameters given`)
      : undefined,
  run,
};
