/** Real processes that are ended at any point (SIGKILL), or whose calls a tracer makes fail: what is left is what was, or what was to be. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { repository } from "../../support/check-policy.ts";

const COMMAND = join(repository, "bin/armorer");
const FILES = 10;

const crooked = (index: number): string => `profile p${index} {\n/etc/x${index}   r,\n}\n`;
const straight = (index: number): string => `profile p${index} {\n  /etc/x${index} r,\n}\n`;

/** A directory of files to be laid out anew. */
function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "armorer-kills-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(join(path, "p"));
  return path;
}

function fill(path: string): void {
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(path, "p", `p${index}`), crooked(index));
}

/** Each file is as it was or as it is to be; how many are new. What else is there is passed over by all tools, and is taken away. */
function countNew(path: string): number {
  let done = 0;
  for (let index = 0; index < FILES; index += 1) {
    const text = readFileSync(join(path, "p", `p${index}`), "utf8");
    assert.ok(text === crooked(index) || text === straight(index), `p${index} is ${JSON.stringify(text)}`);
    if (text === straight(index)) done += 1;
  }
  for (const name of readdirSync(join(path, "p"))) {
    if (/^p[0-9]+$/.test(name)) continue;
    assert.match(name, /^\..*~$/);
    rmSync(join(path, "p", name));
  }
  return done;
}

const RUNS = 54;
const AT_ONCE = 6;

test("kill -9 at 54 points of a run leaves whole files, and the next run does the rest", async (t) => {
  const paths = Array.from({ length: AT_ONCE }, () => directory(t));
  const [first = ""] = paths;
  fill(first);
  const start = process.hrtime.bigint();
  assert.equal(spawnSync(COMMAND, ["fmt", join(first, "p")]).status, 0);
  const wholeMs = Number(process.hrtime.bigint() - start) / 1e6;
  assert.equal(countNew(first), FILES);
  let broken = 0;
  const killOne = async (path: string, delayMs: number): Promise<void> => {
    fill(path);
    const child = spawn(COMMAND, ["fmt", join(path, "p")], { stdio: "ignore" });
    const gone = once(child, "exit");
    // Where it is by then nobody knows, and it need not be known.
    await wait(delayMs);
    child.kill("SIGKILL");
    await gone;
    const done = countNew(path);
    if (done > 0 && done < FILES) broken += 1;
  };
  for (let run = 0; run < RUNS; run += AT_ONCE) {
    // Side by side they take longer than one alone.
    await Promise.all(paths.map((path, index) => killOne(path, (wholeMs * 2 * (run + index + 1)) / RUNS)));
  }
  t.diagnostic(`${broken} of ${RUNS} runs ended in the middle of the files`);
  assert.equal(spawnSync(COMMAND, ["fmt", join(first, "p")]).status, 0);
  assert.equal(countNew(first), FILES);
});

const STRACE = "/usr/bin/strace";

/** One of the calls of a real run, which a tracer makes fail or end the run. */
const injections = [
  ["rename", "signal=KILL"],
  ["fsync", "signal=KILL"],
  ["fsync", "error=EIO"],
  ["rename", "error=ENOSPC"],
  ["fchmod", "error=EROFS"],
] as const;

for (const [call, what] of injections) {
  test(`strace: ${call} meets ${what} in a real run`, (t) => {
    assert.ok(existsSync(STRACE), "strace is missing: apt-get install strace");
    const path = directory(t);
    fill(path);
    const inject = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:${what}:when=7`];
    const { status, stderr } = spawnSync(STRACE, [...inject, COMMAND, "fmt", join(path, "p")], { encoding: "utf8" });
    const done = countNew(path);
    assert.ok(done < FILES || what === "error=EIO", "nothing happened to it");
    assert.notEqual(status, 0);
    if (what.startsWith("error=")) {
      assert.match(stderr, /^armorer fmt: .*\/p\/p[0-9]+: /m);
      assert.doesNotMatch(stderr, /\n +at |bug of armorer/);
      assert.deepEqual(readdirSync(join(path, "p")).length, FILES);
    }
  });
}
