import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import type { CliIo } from "../io.ts";
import { stillAtWork } from "./still-at-work.ts";

/** A file in a terminal's place. */
function terminal(context: TestContext): { readonly descriptor: number; readonly written: () => string } {
  const directory = mkdtempSync(join(tmpdir(), "armorer-work-"));
  const path = join(directory, "terminal");
  const descriptor = openSync(path, "w");
  context.after(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  return { descriptor, written: () => readFileSync(path, "utf8") };
}

/** So many looks take half a minute; what has not come by then will not come. */
const MOST_LOOKS = 3_000_000;

/** Keeps this thread busy, without a look at anything else, until the text is there. */
function workUntil(written: () => string, wanted: string): void {
  let looks = 0;
  while (!written().includes(wanted)) assert.ok((looks += 1) < MOST_LOOKS, `no \`${wanted}\``);
}

test("a verb that is long at work without a word has a line on the terminal, which its first word takes away", async (t) => {
  const { descriptor, written } = terminal(t);
  const { io, text } = capturedIo({ isTerminal: true });
  const status = await stillAtWork(
    "check",
    { ...io, terminalDescriptor: descriptor },
    async (out) => {
      workUntil(written, "armorer check: still at work, 0.01 s");
      out.out("done\n");
      return 0;
    },
    5,
  );
  assert.equal(status, 0);
  assert.equal(text("out"), "done\n");
  assert.equal(text("err"), "\r\u001b[K");
});

test("after the first word, or the end, nothing is written any more", async (t) => {
  const { descriptor, written } = terminal(t);
  const { io } = capturedIo({ isTerminal: true });
  let before = "";
  const run = async (out: CliIo): Promise<number> => {
    workUntil(written, "still at work");
    out.err("a word\n");
    before = written();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    return 0;
  };
  await stillAtWork("check", { ...io, terminalDescriptor: descriptor }, run, 1);
  assert.equal(written(), before);
});

test("without a terminal there is no line", async () => {
  const { io, text } = capturedIo();
  assert.equal(await stillAtWork("check", io, async () => 1, 1), 1);
  assert.equal(text(), "");
});
