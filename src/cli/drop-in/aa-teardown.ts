/** The command `aa-teardown` (tools 9.4): unloads every profile. Confined processes become unconfined and stay so. */
import { displayText } from "../../foundation/text/index.ts";
import { refusalText } from "../../app/index.ts";
import type { CliIo } from "../io.ts";
import { stillLoaded } from "./still-loaded.ts";
import type { Tool, ToolCall } from "./tool.ts";

const HELP = "Usage: aa-teardown\n\nUnloads all AppArmor profiles; takes no arguments.\n\n  -h, --help   print this\n";

function run({ io }: ToolCall): number {
  io.out("Unloading AppArmor profiles\n");
  const kernel = io.kernelAt({});
  const loaded = kernel.profiles();
  if (!loaded.ok) {
    io.err(`aa-teardown: ${displayText(refusalText(loaded.error))}\n`);
    return 1;
  }
  let status = 0;
  const missed: string[] = [];
  for (const { name } of loaded.value) {
    // Children go with their parents.
    if (name.includes("//")) continue;
    const removed = kernel.remove(name);
    if (removed.ok) continue;
    if (removed.error.kind === "policy-rejected" && removed.error.errno === "ENOENT") {
      missed.push(name);
      continue;
    }
    io.err(`aa-teardown: ${displayText(name)}: ${displayText(refusalText(removed.error))}\n`);
    status = 1;
  }
  const left = stillLoaded(missed, kernel);
  for (const why of left.ok ? left.value.map((name) => `${name}: it is still loaded`) : [left.error]) {
    io.err(`aa-teardown: ${displayText(why)}\n`);
    status = 1;
  }
  return status;
}

export const tool: Tool = {
  name: "aa-teardown",
  options: [{ key: "help", long: "help", short: "h" }],
  help: HELP,
  examples: [["aa-teardown", "no profile is loaded any more"]],
  operands: "none",
  wrong: refuseWords,
  // Not even `--` is taken.
  before: ({ argv, has, io }) => (argv.length > (has("help") ? 1 : 0) ? refuseWords(undefined, io) : undefined),
  run,
};

function refuseWords(_: string | undefined, io: CliIo): number {
  io.err(HELP);
  return 1;
}
