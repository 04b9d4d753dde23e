/** The one way into all commands: which one is meant is said by the name it was called by. */
import { runArmorer } from "./armorer/index.ts";
import { runParser } from "./drop-in/apparmor-parser/index.ts";
import { compilePool } from "../service/index.ts";
import { invariant } from "../foundation/basics/index.ts";
import { type CliIo, OutputGone, processIo } from "./io.ts";

type Face = (words: readonly string[], io: CliIo) => number | Promise<number>;

/** The commands there are; all but the most called are read in when they are called. */
const faces: Readonly<Record<string, Face>> = {
  armorer: runArmorer,
  apparmor_parser: (words, io) => runParser(words, { io, openPool: compilePool }),
  "aa-enabled": async (words, io) => (await import("./drop-in/aa-enabled.ts")).runAaEnabled(words, io),
  "aa-exec": async (words, io) => await (await import("./drop-in/aa-exec.ts")).runAaExec(words, io),
  "aa-features-abi": async (words, io) => (await import("./drop-in/aa-features-abi.ts")).runAaFeaturesAbi(words, io),
  "aa-load": async (words, io) => (await import("./drop-in/aa-load.ts")).runAaLoad(words, io),
  "aa-remove-unknown": async (words, io) =>
    await (await import("./drop-in/aa-remove-unknown.ts")).runAaRemoveUnknown(words, io),
  "aa-teardown": async (words, io) => (await import("./drop-in/aa-teardown.ts")).runAaTeardown(words, io),
  rcapparmor: async (words, io) => await (await import("./drop-in/rcapparmor.ts")).runRcapparmor(words, io),
  "aa-status": async (words, io) => (await import("./drop-in/aa-status.ts")).runAaStatus(words, io),
};

/** Runs the command of that name with the words behind it; leaves with its status. */
export async function main(name: string, words: readonly string[]): Promise<void> {
  const io = processIo();
  try {
    const face = faces[name];
    invariant(face !== undefined, `there is no command ${name}`);
    process.exitCode = await face(words, io);
  } catch (thrown) {
    if (thrown instanceof OutputGone) process.exitCode = 141;
    else {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      process.exitCode = 70;
      io.err(`${name}: this is a bug of armorer, please report it\n${text}\n`);
    }
  }
}
