/** What contributors call: how one test is run, what runs without the lab, what is shown meanwhile, and help that answers before anything is prepared. */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository } from "../support/sources.ts";

const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(repository, "package.json"), "utf8"),
);
const contributing = readFileSync(join(repository, "CONTRIBUTING.md"), "utf8");
const built = readdirSync(join(repository, "build"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".test.js"),
);

/** Runs a program of the repository, with no lab and no place for one: whoever asks for it fails at once. */
function run(context: TestContext, ...argv: readonly string[]): SpawnSyncReturns<string> & { readonly lab: string } {
  const lab = mkdtempSync(join(tmpdir(), "armorer-scripts-"));
  context.after(() => rmSync(lab, { recursive: true }));
  writeFileSync(join(lab, "none"), "");
  // The runner of the tests speaks to those below it, and to no other.
  const { NODE_TEST_CONTEXT: _, ARMORER_ORACLE: __, ...environment } = process.env;
  const env = { ...environment, ARMORER_LAB: join(lab, "none") };
  return { ...spawnSync(process.execPath, argv, { cwd: repository, env, encoding: "utf8" }), lab };
}

test("units run without the lab, and a line says of each file that it is done", (t) => {
  const { lab, status, stderr, stdout } = run(t, "scripts/test.mjs", "src/language/globs", "src/cli/io");
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(readdirSync(lab), ["none"]);
  assert.equal(stderr, "");
  const files = built.filter((path) => /^src\/(?:language\/globs|cli\/io)/.test(path));
  assert.ok(files.length > 1);
  for (const [index] of files.entries())
    assert.match(stdout, new RegExp(`^\\[${index + 1}/${files.length}\\] src/\\S+\\.test\\.ts: [\\d.]+ s$`, "m"));
  assert.match(stdout, /^# pass [1-9]/m);
});

test("the script for units is for them alone, and they are most of all tests", () => {
  assert.equal(scripts["units"], "tsc -b && node scripts/test.mjs src/");
  assert.ok(built.filter((path) => path.startsWith("src/")).length > 80);
});

test("a word that is in no test's path is said to be, beside one that is", (t) => {
  const { status, stderr, stdout } = run(t, "scripts/test.mjs", "src/language/globs", "nosuchtest");
  assert.deepEqual([status, stdout], [1, ""]);
  assert.equal(stderr, "no test has a path with nosuchtest in it\n");
});

test("the tests that scripts and CONTRIBUTING name are there", () => {
  const calls = [...Object.values(scripts), contributing].flatMap((text) =>
    [...text.matchAll(/node scripts\/test\.mjs ([^`\n&]+)/g)].map(([, words = ""]) => words.trim().split(/\s+/)),
  );
  assert.ok(calls.length > 10);
  const words = calls.flat().filter((word) => word !== "WORD…");
  assert.deepEqual(
    words.filter((word) => !built.some((path) => path.includes(word))),
    [],
  );
  const files = [...contributing.matchAll(/node --test (build\/\S+\.test\.js)/g)].map(([, path = ""]) => path);
  assert.ok(files.length >= 2, "how one test is run");
  assert.deepEqual(
    files.filter((path) => !existsSync(join(repository, path))),
    [],
  );
  assert.match(contributing, /--test-name-pattern=/);
});

test("every script is in CONTRIBUTING, and CONTRIBUTING names no other", () => {
  const named = [...contributing.matchAll(/`npm (?:run )?([a-z][a-z:-]*)\b/g)].map(([, name = ""]) => name);
  // The first is npm's own business, the last is the compiler alone.
  const own = Object.keys(scripts).filter((name) => !["prepack", "types"].includes(name));
  assert.deepEqual(
    own.filter((name) => !named.includes(name)),
    [],
  );
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
});

const BENCHES = ["compile", "tools", "meaning", "check", "audit"];

for (const bench of BENCHES) {
  test(`bench/${bench}.ts answers --help, and says what is wrong, before anything is prepared`, (t) => {
    const program = `build/bench/${bench}.js`;
    const help = run(t, program, "--help");
    assert.deepEqual([help.status, help.stderr, readdirSync(help.lab)], [0, "", ["none"]], help.stderr);
    assert.match(help.stdout, /^usage: (?:npm run bench|node build\/bench)/);
    assert.deepEqual(
      help.stdout.split("\n").filter((line) => line.length > 120),
      [],
    );
    const count = /--(r\w+) N/.exec(help.stdout)?.[1] ?? "";
    for (const argv of [["--nope"], [`--${count}=0`], [`--${count}=many`], ["nosuchbench"]]) {
      const { lab, status, stderr, stdout } = run(t, program, ...argv);
      assert.deepEqual([status, stdout, readdirSync(lab)], [2, "", ["none"]], `${argv.join(" ")}: ${stderr}`);
      assert.match(stderr, /^[^\n]+\n\nusage: /, argv.join(" "));
    }
  });
}

test("a bench gets as far as the lab with numbers that it takes", (t) => {
  // Where that cannot be is no directory, and then there is nothing to measure.
  const { status, stderr } = run(t, "build/bench/compile.js", "--runs", "1", "--large", "10", "c");
  assert.notEqual(status, 2, stderr);
  assert.match(stderr, /ENOTDIR/);
});
