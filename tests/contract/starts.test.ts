/** What a command reads to start: parts of the bundle and modules of Node. Either costs every start, whatever it is asked. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const dist = join(import.meta.dirname, "../../../dist");

/** Runs a command with its files and modules counted. */
const watcher = `
const fs = require("node:fs");
const { readFileSync } = fs;
const parts = [];
fs.readFileSync = (path, ...rest) => {
  if (String(path).endsWith(".cjs") && !String(path).includes("/caches-")) parts.push(String(path));
  return readFileSync(path, ...rest);
};
const [dist, name, ...words] = process.argv.slice(1);
const { start } = require(dist + "/start.cjs");
const before = new Set(process.moduleLoadList);
parts.length = 0;
start(name, words);
process.on("exit", () => {
  const loaded = process.moduleLoadList.filter((one) => !before.has(one));
  const heavy = loaded.filter((one) => /^NativeModule (?:child_process|module|net|os|stream|timers\\/promises|v8|zlib|worker_threads)$/.test(one));
  fs.writeSync(2, "\\n" + JSON.stringify({ parts: parts.map((path) => path.slice(dist.length + 1)), heavy }) + "\\n");
});
`;

interface Start {
  readonly parts: readonly string[];
  readonly heavy: readonly string[];
}

function startOf(...words: readonly string[]): Start {
  const { stderr } = spawnSync(process.execPath, ["-e", watcher, dist, ...words], { encoding: "utf8" });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the watcher above prints
  return JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as Start;
}

test("a question that needs no verb reads what every start needs, and nothing else", () => {
  for (const word of ["--version", "--help"])
    assert.deepEqual(startOf("armorer", word), { parts: ["main.cjs"], heavy: [] });
  assert.deepEqual(startOf("apparmor_parser", "--help"), { parts: ["parser.cjs"], heavy: [] });
});

test("a tool or a verb reads its own part, and no other's", () => {
  const alone = /^(?:main|faces\/chunk-[\w-]+)\.cjs$/;
  for (const [command, own] of [
    [["aa-enabled", "--help"], "aa-enabled"],
    [["aa-status", "--help"], "aa-status"],
    [["aa-exec", "--help"], "aa-exec"],
    [["armorer", "ps", "--help"], "ps"],
    [["armorer", "explain", "--help"], "explain"],
  ] as const) {
    const faces = startOf(...command).parts.filter((part) => !alone.test(part));
    assert.deepEqual(
      faces.map((part) => part.replace(/-[A-Z\d]+\.cjs$/, "")),
      [`faces/${own}`],
    );
  }
  assert.deepEqual(startOf("aa-enabled", "--help").heavy, []);
  assert.deepEqual(startOf("armorer", "ps", "--help").heavy, []);
});

test("a tool that loads nothing does not read the parser, and one that reads no policy says nothing to V8", () => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-starts-"));
  try {
    const path = join(directory, "profile");
    writeFileSync(path, "profile p /usr/bin/p flags=(complain) {\n}\n");
    const isParser = (part: string): boolean => readFileSync(join(dist, part), "latin1").includes("--preprocess");
    const start = startOf("aa-disable", "--no-reload", "-d", directory, path);
    assert.ok(start.parts.includes("policy-set.cjs"));
    assert.deepEqual(start.parts.filter(isParser), []);
    assert.equal(startOf("rcapparmor", "--help").parts.filter(isParser).length, 1);
    const easy = startOf("aa-easyprof", "--no-verify", "--template", path, "/usr/bin/p");
    assert.ok(easy.parts.includes("easyprof.cjs"));
    assert.deepEqual([easy.parts.filter(isParser), easy.heavy], [[], []]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
