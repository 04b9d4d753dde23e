import { type StdioOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { callerEnvironment } from "../caller-environment.ts";
import { type Command, EXIT, type Invocation, choiceError, usageError } from "./command.ts";
import { displayText } from "../../foundation/text/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { FILE, oneOf } from "./value-types.ts";

const KERNELS = ["6.1", "6.12", "7.2"] as const;

/** The lab's own programs, by the first operand. They are compiled with the tests and are not part of the installed package. */
const PROGRAMS: Readonly<Record<string, string>> = {
  setup: "build/lab/main.js",
  run: "build/lab/main.js",
  features: "build/lab/main.js",
  oracle: "build/lab/main.js",
  tour: "build/lab/tour/main.js",
};

/** Options of one action alone. */
const ONLY: Readonly<Record<string, string>> = { report: "tour", refresh: "setup" };

function argvFor(call: Invocation): readonly string[] {
  const [task = "", ...operands] = call.operands;
  const argv: string[] = task === "tour" ? [] : [task];
  for (const kernel of call.values("kernel")) argv.push("--kernel", kernel);
  if (call.has("report")) argv.push("--report", call.value("report") ?? "");
  if (call.has("refresh")) argv.push("--refresh");
  if (call.json) argv.push("--json");
  return operands.length === 0 ? argv : [...argv, "--", ...operands];
}

/** The actions that have a document to print. */
const DOCUMENTED: readonly string[] = ["run", "features"];

/** Runs the program; with `--json` what it prints is a document. */
async function start(program: string, { io, json }: Invocation, argv: readonly string[]): Promise<number> {
  return await new Promise((settle) => {
    const env = callerEnvironment(io.environment);
    const stdio: StdioOptions = json ? ["inherit", "pipe", "pipe"] : "inherit";
    const child = spawn(process.execPath, [program, ...argv], { stdio, env });
    const printed: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout?.on("data", (bytes: Buffer) => printed.push(bytes));
    child.stderr?.on("data", (bytes: Buffer) => said.push(bytes));
    child.on("error", (error) => {
      io.err(`armorer lab: ${program} cannot be started: ${displayText(error.message)}\n`);
      settle(EXIT.usage);
    });
    child.on("close", (status) => {
      io.err(Buffer.concat(said).toString());
      if (printed.length > 0) io.json(Buffer.concat(printed).toString());
      settle(status ?? EXIT.bad);
    });
  });
}

export const command: Command = {
  name: "lab",
  summary: "boot real kernels under QEMU and run things there",
  usage: "[OPTION]... setup|run|features|oracle|tour [-- COMMAND...]",
  runsProgram: true,
  options: [
    { key: "kernel", long: "kernel", short: "k", type: oneOf("K", KERNELS), about: "6.1, 6.12 or 7.2" },
    { key: "report", long: "report", type: FILE, about: "where the tour writes its JSON" },
    { key: "refresh", long: "refresh", about: "with setup: fetch everything again" },
  ],
  examples: [
    ["armorer lab setup", "fetch kernels, guest and oracle"],
    ["armorer lab -k 7.2 run -- cat /proc/version", "run a command on a kernel"],
  ],
  details: `  setup      install what is missing (as root); fetch kernels, guest and oracle
  run        boot a kernel, run a command, show output and kernel records
  features   print a kernel's feature tree
  oracle     run the oracle, Debian's apparmor_parser
  tour       the product on three kernels, step by step

The lab belongs to the source tree: it works in a clone, not in an installed package.`,
  run: async (call) => {
    const program = PROGRAMS[call.operands[0] ?? ""];
    if (program === undefined) return choiceError(call.io, "lab", call.operands[0], Object.keys(PROGRAMS));
    const odd = Object.keys(ONLY).find((key) => call.has(key) && call.operands[0] !== ONLY[key]);
    if (odd !== undefined)
      return usageError(call.io, "lab", `--${odd} is for ${ONLY[odd] ?? ""}, not for ${call.operands[0] ?? ""}`);
    if (call.json && !DOCUMENTED.includes(call.operands[0] ?? ""))
      return usageError(call.io, "lab", "--json goes with run and features");
    const path = join(packageDirectory(), program);
    if (existsSync(path)) return await start(path, call, argvFor(call));
    call.io.err(`armorer lab: ${path} does not exist; the lab works in a clone of the source, after \`npm ci\`\n`);
    return EXIT.usage;
  },
};
