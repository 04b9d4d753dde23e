import assert from "node:assert/strict";
import { test } from "node:test";
import { runInForeground } from "./foreground.ts";

const options = { errorOnly: true, env: { A: "own" } };

test("a program in the foreground has the environment that is given, and nothing else of ours", async () => {
  const ended = await runInForeground("/bin/sh", ["-c", 'test "$A$HOME" = own && exit 7'], options);
  assert.deepEqual(ended, { ok: true, value: { status: 7, signal: undefined } });
});

test("a program that cannot be started is an errno, however Node says so", async () => {
  for (const [path, args] of [
    ["/nonexistent/program", []],
    ["/etc/passwd", []],
    ["/bin/true", ["x".repeat(4_000_000)]],
    ["/bin/true", ["a\0b"]],
  ] as const) {
    const ended = await runInForeground(path, args, options);
    assert.equal(ended.ok, false, path);
  }
});
