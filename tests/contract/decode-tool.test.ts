/** aa-decode beside Debian's own script, run by this machine's shell (tools 22): what it prints, byte for byte. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openProfileTools, renderLabProblem } from "../../lab/index.ts";
import { tool } from "../../src/cli/drop-in/aa-decode.ts";
import { runTool } from "../../src/cli/drop-in/tool.ts";
import { capturedIo } from "../support/captured-io.ts";
import { sample } from "../support/dose.ts";

const isThere = ["/bin/bash", "/usr/bin/python3", "/bin/grep", "/bin/sed"].every((path) => existsSync(path));
const skip = (process.env["ARMORER_ORACLE"] === undefined || !isThere) && "needs the lab, bash and python3";

/** Words, where both sides say the same and end alike. */
const WORDS: readonly (readonly string[])[] = [
  ["2F746D702F666F6F20626172"],
  ["2f746d70"],
  ["41"],
  ["c3A9"],
  ["E282AC"],
  ["F09F9880"],
  ["225C"],
  ["4120"],
  ["xyz"],
  ["/tmp"],
  ["2G"],
  ["0x41"],
  ["41 42"],
  [" 41"],
  ["é"],
];

/** Where they differ: how each ends. */
const ODD: readonly (readonly [words: readonly string[], theirs: number, ours: number])[] = [
  [["2F7"], 1, 1],
  [["4"], 1, 1],
  // no UTF-8: bytes are printed as they are
  [["FF"], 1, 0],
  [["2FFF"], 1, 0],
  [["00"], 1, 0],
  [["--nonsense"], 1, 1],
  [["-x"], 1, 1],
];

const LINES: readonly string[] = [
  'type=AVC msg=audit(1.2:3): apparmor="DENIED" profile="/usr/bin/x" name=2F746D702F6120 pid=1 comm="x"',
  "x name=2F61 y",
  "x profile=2F62 name=2F61",
  "type=PROCTITLE msg=audit(1.2:3): proctitle=2F62696E",
  "x name=4141x",
  "x name=C3A9",
  "name=4141",
  "x fname=41",
  "x name=41,",
  'x name="41"',
  "x name=",
  "nothing of the kind",
  "",
  "x name=2F61 name2=2F61",
];

async function ours(words: readonly string[], input: string): Promise<{ status: number; out: string }> {
  const { io, text } = capturedIo();
  const pieces = [Buffer.from(input)];
  const status = await runTool(tool, words, { ...io, inputPiece: () => pieces.pop() });
  return { status, out: text("out") };
}

test("aa-decode prints what Debian's prints, of words and of lines", { skip }, async (t) => {
  const opened = await openProfileTools();
  if (!opened.ok) assert.fail(renderLabProblem(opened.error));
  const script = join(opened.value.root, "usr/sbin/aa-decode");
  const theirs = (words: readonly string[], input: string): { status: number | null; out: string } => {
    const options = { input, encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" } } as const;
    const { status, stdout } = spawnSync("/bin/bash", [script, ...words], options);
    return { status, out: stdout };
  };
  const words = sample(WORDS, 4, 0);
  for (const one of words) assert.deepEqual(await ours(one, ""), theirs(one, ""), one.join(" "));
  const odd = sample(ODD, 3, 1);
  for (const [one, foreign, own] of odd) {
    assert.deepEqual([one, theirs(one, "").status, (await ours(one, "")).status], [one, foreign, own]);
  }
  const lines = sample(LINES, 5, 0);
  for (const line of lines) {
    const input = `${line}\n`;
    assert.equal((await ours([], input)).out, theirs([], input).out, line);
  }
  t.diagnostic(`${words.length + odd.length + lines.length} of ${WORDS.length + ODD.length + LINES.length} cases`);
});
