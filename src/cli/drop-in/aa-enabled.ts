/** The command `aa-enabled` (tools 5): whether AppArmor is there and switched on, for everybody to ask. */
import { say } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";
import type { Tool } from "./tool.ts";

const options = [
  { key: "quiet", long: "quiet", short: "q" },
  { key: "exclusive", long: "exclusive", short: "x" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = `Usage: aa-enabled [OPTION]...

Tells whether AppArmor is enabled.

  -q, --quiet       print nothing
  -x, --exclusive   the interfaces shared with other modules must be usable, too
  -h, --help        print this
`;

/** The answer, and the exit status that stands for it. */
function answer(io: CliIo): { readonly status: number; readonly text: string } {
  const kernel = io.kernelAt({});
  const enabled = kernel.enabled();
  if (enabled === undefined) return { status: 1, text: "No - not available on this system." };
  if (!enabled) return { status: 1, text: "No - disabled at boot." };
  return kernel.directory() === undefined
    ? { status: 3, text: "Maybe - policy interface not available." }
    : { status: 0, text: "Yes" };
}

export const tool: Tool = {
  name: "aa-enabled",
  options,
  help: HELP,
  examples: [["aa-enabled -q && echo yes", "do something where AppArmor is enabled"]],
  operands: "none",
  // Wrong arguments are answered with 1 on standard output, as they always were.
  wrong: (text, io) => {
    io.out([...(text === undefined ? [] : say`aa-enabled: ${text}\n`), HELP]);
    return 1;
  },
  before: ({ argv, io }) => {
    if (argv.length <= 2) return undefined;
    io.out(HELP);
    return 1;
  },
  run: (call) => {
    const { status, text } = answer(call.io);
    if (!call.has("quiet")) call.io.out(`${text}\n`);
    return status;
  },
};
