/** There is one way to write for a command: src/cli/output.ts, over the descriptors that src/cli/io.ts holds. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const sources = resolve(import.meta.dirname, "../../src");

/** What writes past the printer, or reads standard input past it. */
const PAST =
  /\bstd(?:out|err)\b.*\bfrom\s*["'](?:node:)?process|\bprocess\s*\.\s*(?:stdout|stderr|_rawDebug|emitWarning)\b|\bconsole\s*\.|\bwrite(?:v)?Sync\b|\bcreateWriteStream\b|["']\/dev\/(?:stdout|stderr|tty|fd\/|pts)/;

/**
 * The descriptors themselves; the code that runs before anything is read in, and says so when that fails; another thread, with a text of its own; a
 * listener, which is no command and warns as Node's own do, with escaped text.
 */
const ALLOWED = new Set(["cli/io.ts", "cli/start.ts", "cli/armorer/still-at-work.ts", "confinement/hat-server.ts"]);

/** Below the commands, writing is for files and the kernel. */
const HOST = /^host\//;

function past(path: string, text: string): string[] {
  if (ALLOWED.has(path)) return [];
  const pattern = HOST.test(path) ? /\bprocess\s*\.\s*(?:stdout|stderr|_rawDebug)\b|\bconsole\s*\./ : PAST;
  return text
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

test("no command writes past the printer", () => {
  const paths = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.endsWith(".test.ts"),
  );
  assert.ok(paths.filter((path) => path.startsWith("cli/")).length > 40, "saw too few sources");
  assert.deepEqual(
    paths.flatMap((path) => past(path, readFileSync(join(sources, path), "utf8"))),
    [],
  );
});

test("planted writes are caught", () => {
  for (const line of [
    "process.stdout.write(name)",
    "process . stderr.write(name)",
    'import { stdout as raw } from "node:process"',
    "console.error(name)",
    "writeSync(1, name)",
    'createWriteStream("/dev/stdout")',
  ]) {
    assert.equal(past("cli/armorer/x.ts", line).length, 1, line);
  }
});
