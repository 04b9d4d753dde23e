/** The one way into all commands: which one is meant is said by the name it was called by. */
import { runArmorer } from "./armorer/index.ts";
import { tools } from "./drop-in/index.ts";
import { runTool } from "./drop-in/tool.ts";
import { runParser } from "./drop-in/apparmor-parser/index.ts";
import { compilePool } from "../service/index.ts";
import { type Refused, invariant } from "../foundation/basics/index.ts";
import { EXIT } from "./armorer/command.ts";
import { exactArguments } from "./exact-arguments.ts";
import { type CliIo, processIo } from "./io.ts";
import { describeTrouble, parserStatus } from "./refusals.ts";

interface Face {
  readonly run: (argv: readonly string[], io: CliIo) => number | Promise<number>;
  /** The exit status when the system refuses what the command cannot do without. */
  readonly refused: (refusal: Refused | undefined) => number;
  /** Our own: what it says to a person is escaped everywhere, and a message that got lost is not a success. */
  readonly isOurs?: boolean;
}

/** The commands there are; all but the most called are read in when they are called. */
const faces: Readonly<Record<string, Face>> = {
  armorer: { run: runArmorer, refused: () => EXIT.bad, isOurs: true },
  apparmor_parser: { run: (argv, io) => runParser(argv, { io, openPool: compilePool }), refused: parserStatus },
  ...Object.fromEntries(
    tools.map(({ name, load, refused }): [string, Face] => [
      name,
      { run: async (argv, io) => await runTool((await load()).tool, argv, io), refused: () => refused },
    ]),
  ),
};

/** The names of the commands. */
export const commandNames: readonly string[] = Object.keys(faces);

/** As with a program that SIGPIPE ended. */
const GONE = 141;
const BUG = 70;

/** Says what was thrown; the exit status. */
function settle(name: string, thrown: unknown, io: CliIo): number {
  const { kind, text, refusal } = describeTrouble(thrown);
  if (kind === "gone") return GONE;
  try {
    io.err(`${name}: ${text}\n`);
  } catch {
    // Nobody is left to hear it; the status says it.
  }
  return kind === "bug" ? BUG : (faces[name]?.refused(refusal) ?? EXIT.bad);
}

/** Runs a command in a world; its exit status, also where the world refuses or we are wrong. */
export async function runCommandWith(name: string, argv: readonly string[], io: CliIo): Promise<number> {
  try {
    const face = faces[name];
    invariant(face !== undefined, `there is no command ${name}`);
    const status = await face.run(argv, io);
    return status === 0 && face.isOurs === true && io.hasLost() ? EXIT.bad : status;
  } catch (thrown) {
    return settle(name, thrown, io);
  }
}

/** Runs the command of that name with its argv; exits with its status. */
export async function main(name: string, argv: readonly string[]): Promise<void> {
  const io = processIo(faces[name]?.isOurs === true ? "always" : "on-terminals");
  // What goes wrong in another thread, or where nobody waits for it, comes this way.
  const stop = (thrown: unknown): void => process.exit(settle(name, thrown, io));
  process.on("uncaughtException", stop);
  process.exitCode = await runCommandWith(name, exactArguments(argv), io);
  process.off("uncaughtException", stop);
}
