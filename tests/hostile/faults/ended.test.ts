/** A real aa-genprof that a signal ends while it waits for a key: the profile that it made goes with it, what was saved stays. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const SOURCES = join(import.meta.dirname, "../../../src/cli");

interface Ended {
  readonly signal: string;
  /** What the file of the profile says when the signal comes; `undefined`: what was made. */
  readonly now?: string;
}

/** What is left of the profile's file, and what was said on standard error. */
async function leftBy(
  context: TestContext,
  { now, signal }: Ended,
): Promise<{ text: string | undefined; said: string }> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-ended-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const at = (name: string): string => join(directory, name);
  mkdirSync(at("p"));
  writeFileSync(at("notes"), "\u007fELF");
  writeFileSync(at("log"), "");
  const made = at(`p/${at("notes").slice(1).replaceAll("/", ".")}`);
  // The kernel's own setting is not this test's to change.
  const code = `const { runCommandWith } = await import(${JSON.stringify(join(SOURCES, "main.js"))});
const { processIo } = await import(${JSON.stringify(join(SOURCES, "io.js"))});
const io = { ...processIo(), readSetting: (path) => ({ ok: false, error: { path, errno: "EACCES" } }) };
process.exitCode = await runCommandWith("aa-genprof", process.argv.slice(1), io);`;
  const argv = ["--no-check-mountpoint", "-d", at("p"), "-f", at("log"), at("notes")];
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, "--", ...argv]);
  let shown = "";
  const said: Buffer[] = [];
  const asks = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (piece: Buffer) => {
      shown += piece.toString();
      if (shown.includes("(F)inish")) resolve();
    });
    child.on("exit", () => reject(new Error(`it ended before it asked: ${shown}${Buffer.concat(said).toString()}`)));
  });
  child.stderr.on("data", (piece: Buffer) => void said.push(piece));
  await asks;
  assert.ok(existsSync(made));
  if (now !== undefined) writeFileSync(made, now);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names of signals
  child.kill(signal as NodeJS.Signals);
  await once(child, "close");
  const text = existsSync(made) ? readFileSync(made, "utf8") : undefined;
  return { text, said: Buffer.concat(said).toString() };
}

test("whatever signal ends aa-genprof, the profile that it made is gone again, and that is said", async (t) => {
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"]) {
    const { said, text } = await leftBy(t, { signal });
    assert.equal(text, undefined, signal);
    assert.match(said, /^The profile of \S+\/notes that was made for this is gone again\.$/m, signal);
  }
});

test("what was saved of a profile stays where a signal ends aa-genprof", async (t) => {
  const now = "profile notes {\n}\n";
  assert.deepEqual(await leftBy(t, { signal: "SIGKILL", now }), { said: "", text: now });
});
