/** The command `aa-enabled` (tools 5): whether AppArmor is there and switched on, for everybody to ask. */
import { scanOptions } from "../getopt.ts";
import { say } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";

const specs = [
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

/** Runs the command; the exit status. Wrong usage is reported on standard output with status 1, as it always was. */
export function runAaEnabled(argv: readonly string[], io: CliIo): number {
  const events = scanOptions<string>(specs, argv);
  const wrong = events.find((event) => event.kind !== "option");
  if (wrong !== undefined || argv.length > 2) {
    io.out([...(wrong?.kind === "error" ? say`aa-enabled: ${wrong.text}\n` : []), HELP]);
    return 1;
  }
  const keys = new Set(events.flatMap((event) => (event.kind === "option" ? [event.key] : [])));
  if (keys.has("help")) {
    io.out(HELP);
    return 0;
  }
  const { status, text } = answer(io);
  if (!keys.has("quiet")) io.out(`${text}\n`);
  return status;
}
