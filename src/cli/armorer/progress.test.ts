import assert from "node:assert/strict";
import { test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import type { CliIo } from "../io.ts";
import { startProgress } from "./progress.ts";

function terminal(isTerminal: boolean): { io: CliIo; said: () => string } {
  const { io, text } = capturedIo({ isTerminal });
  return { io, said: text };
}

test("progress is shown on a terminal only, and taken away", () => {
  let now = 0;
  for (const [shown, isTerminal] of [
    [true, true],
    [false, false],
  ] as const) {
    const { io, said } = terminal(isTerminal);
    const progress = startProgress(io, 10, () => (now += 100));
    progress.step("a");
    progress.step("b\u001b[2J");
    progress.clear();
    assert.equal(said().includes("[2/10] b\\x1b[2J"), shown);
    assert.equal(said().endsWith("\r\u001b[K"), shown);
  }
});

test("a short run shows no progress", () => {
  const { io, said } = terminal(true);
  const progress = startProgress(io, 10, () => 0);
  progress.step("a");
  progress.clear();
  assert.equal(said(), "");
});
