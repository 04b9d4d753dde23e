/** Our own face, run in this process: a run of Node for each of a hundred cases would take longer than all of them. */
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { compilePool } from "../../src/service/compile-pool.ts";
import { ok } from "../../src/foundation/basics/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { capturedIo } from "../support/captured-io.ts";

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the parser's face in a directory. */
export async function runOurs(directory: string, argv: readonly string[], stdin: string): Promise<Answer> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    const { io: captured, bytes, text } = capturedIo();
    const io = { ...captured, input: () => ok(encodeBytes(stdin)), environment: {} };
    const status = await runParser(argv, { io, openPool: compilePool });
    return { status, out: bytes("out").toString("latin1"), err: text("err") };
  } finally {
    process.chdir(before);
  }
}
