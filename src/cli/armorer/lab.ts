import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { callerEnvironment } from "../caller-environment.ts";
import { type Command, EXIT, type Invocation, usageError } from "./command.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import { packageDirectory } from "../../service/index.ts";

/** The lab's own programs, by the first operand. They are compiled with the tests and are not part of the installed package. */
const PROGRAMS: Readonly<Record<string, string>> = {
  setup: "build/lab/main.js",
  run: "build/lab/main.js",
  features: "build/lab/main.js",
  oracle: "build/lab/main.js",
  tour: "build/lab/tour/main.js",
};

function argvFor(call: Invocation): readonly string[] {
  const [task = "", ...operands] = call.operands;
  const argv: string[] = task === "tour" ? [] : [task];
  for (const kernel of call.values("kernel")) argv.push("--kernel", kernel);
  if (call.has("report")) argv.push("--report", call.value("report") ?? "");
  if (call.has("refresh")) argv.push("--refresh");
  if (call.json && task === "run") argv.push("--json");
  return operands.length === 0 ? argv : [...argv, "--", ...operands];
}

async function start(program: string, argv: readonly string[], io: CliIo): Promise<number> {
  return await new Promise((settle) => {
    const env = callerEnvironment(io.environment);
    const child = spawn(process.execPath, [program, ...argv], { stdio: "inherit", env });
    child.on("error", (error) => {
      io.err(`armorer lab: ${program} cannot be started: ${displayText(error.message)}\n`);
      settle(EXIT.usage);
    });
    child.on("close", (status) => settle(status ?? EXIT.bad));
  });
}

export const command: Command = {
  name: "lab",
  summary: "boot real kernels under QEMU and run things there",
  usage: "[OPTION]... setup|run|features|oracle|tour [-- COMMAND...]",
  options: [
    { key: "kernel", long: "kernel", short: "k", value: "required", valueName: "K", about: "6.1, 6.12 or 7.2" },
    { key: "report", long: "report", value: "required", valueName: "FILE", about: "where the tour writes its JSON" },
    { key: "refresh", long: "refresh", about: "with setup: fetch everything again" },
  ],
  details: `  setup      install what is missing (as root); fetch kernels, guest and oracle
  run        boot a kernel, run a command, show output and kernel records
  features   print a kernel's feature tree
  oracle     run the oracle, Debian's apparmor_parser
  tour       the product on three kernels, step by step

The lab belongs to the source tree: it works in a clone, not in an installed package.`,
  run: async (call) => {
    const program = PROGRAMS[call.operands[0] ?? ""];
    if (program === undefined)
      return usageError(call.io, "lab", "name an action: setup, run, features, oracle or tour");
    const path = join(packageDirectory(), program);
    if (existsSync(path)) return await start(path, argvFor(call), call.io);
    call.io.err(`armorer lab: ${path} does not exist; the lab works in a clone of the source, after \`npm ci\`\n`);
    return EXIT.usage;
  },
};
