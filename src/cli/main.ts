/** The one way into all commands: which one is meant is said by the name it was called by. */
import { runArmorer } from "./armorer.ts";
import { runParser } from "./apparmor-parser/index.ts";
import { compilePool } from "./compile-pool.ts";
import { OutputGone, processIo } from "./io.ts";

/** Runs the command of that name with the words behind it; leaves with its status. */
export async function main(name: string, words: readonly string[]): Promise<void> {
  const io = processIo();
  try {
    process.exitCode =
      name === "apparmor_parser" ? await runParser(words, { io, openPool: compilePool }) : await runArmorer(words, io);
  } catch (thrown) {
    if (thrown instanceof OutputGone) process.exitCode = 141;
    else {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      process.exitCode = 70;
      io.err(`${name}: this is a bug of armorer, please report it\n${text}\n`);
    }
  }
}
