/** Our own face, run in this process: a run of Node for each of a hundred cases would take longer than all of them. */
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { compilePool } from "../../src/service/compile-pool.ts";
import { processIo } from "../../src/cli/io.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the parser's face in a directory. */
export async function runOurs(directory: string, argv: readonly string[], stdin: string): Promise<Answer> {
  const before = process.cwd();
  process.chdir(directory);
  const out: Uint8Array[] = [];
  let err = "";
  try {
    const io = {
      ...processIo(),
      out: (text: string | Uint8Array) => void out.push(typeof text === "string" ? encodeBytes(text) : text),
      err: (text: string) => void (err += text),
      input: () => encodeBytes(stdin),
      environment: {},
      isTerminal: () => false,
    };
    const status = await runParser(argv, { io, openPool: compilePool });
    return { status, out: Buffer.concat(out).toString("latin1"), err };
  } finally {
    process.chdir(before);
  }
}
