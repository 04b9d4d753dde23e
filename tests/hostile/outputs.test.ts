/** What commands write, while others write too and disks are full: the old file or the new one, a sentence, and a status. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";

import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { type System, nodeFiles, nodeSystem } from "../../src/host/index.ts";
import { namedPath, undoDirectory } from "../../src/cli/own-directory.ts";
import { compilePool } from "../../src/service/index.ts";
import { type Call, atCall, refusing } from "../support/hooked-system.ts";
import { scriptedIo } from "../support/scripted-io.ts";

const FEATURES =
  "file {mask {create read write exec append mmap_exec link lock\n}\n}\npolicy {versions {v7 {yes\n}\n}\n}\n";
const GOOD = "profile p {\n/x r,\n}\n";

interface Answer {
  readonly status: number;
  readonly err: string;
}

interface Place {
  readonly directory: string;
  readonly path: (name: string) => string;
  readonly names: () => readonly string[];
  readonly armorer: (argv: readonly string[], system?: System) => Promise<Answer>;
  readonly parser: (argv: readonly string[], system?: System) => Promise<Answer>;
}

function place(context: TestContext, texts: Readonly<Record<string, string>>): Place {
  const directory = mkdtempSync(join(tmpdir(), "armorer-outputs-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string): string => join(directory, name);
  mkdirSync(path("base"));
  for (const [name, text] of Object.entries({ features: FEATURES, ...texts })) writeFileSync(path(name), text);
  return {
    directory,
    path,
    names: () => readdirSync(directory).filter((name) => name !== "base" && name !== "features"),
    armorer: async (argv, system = nodeSystem) => {
      const { io, err } = scriptedIo(system, directory);
      return { status: await runArmorer(argv, io), err: err() };
    },
    parser: async (argv, system = nodeSystem) => {
      const { io, err } = scriptedIo(system, directory);
      const fixed = ["-K", "-q", "--config-file", "/dev/null", "-M", path("features"), "-b", path("base")];
      const openPool = (threads: number): ReturnType<typeof compilePool> =>
        compilePool(threads, undefined, nodeFiles(system));
      return { status: await runParser([...fixed, ...argv], { io, openPool }), err: err() };
    },
  };
}

const compileWords = ({ path }: Place, source: string): readonly string[] => [
  "compile",
  "--no-cache",
  "--base",
  path("base"),
  "--features",
  path("features"),
  "-o",
  path("out"),
  path(source),
];

for (const [what, source] of [
  ["missing", "none"],
  ["wrong", "bad"],
] as const) {
  test(`compile -o leaves the good file when the source is ${what}`, async (t) => {
    const at = place(t, { bad: "profile p {", out: "good" });
    const { status } = await at.armorer(compileWords(at, source));
    assert.equal(status, 1);
    assert.equal(readFileSync(at.path("out"), "utf8"), "good");
    assert.deepEqual(at.names(), ["bad", "out"]);
  });
}

test("compile -o puts the new file in the place of the old one", async (t) => {
  const at = place(t, { p: GOOD, out: "good" });
  const { status, err } = await at.armorer(compileWords(at, "p"));
  assert.equal(status, 0, err);
  assert.equal(readFileSync(at.path("out"), "latin1").slice(3, 10), "version");
  assert.deepEqual(at.names(), ["out", "p"]);
});

test("compile -o on a full disk leaves the good file, says so, and ends with 1", async (t) => {
  const at = place(t, { p: GOOD, out: "good" });
  const { status, err } = await at.armorer(compileWords(at, "p"), refusing("write", "ENOSPC"));
  assert.equal(status, 1);
  assert.match(err, /armorer compile: .*\/out: No space left on device/);
  assert.equal(readFileSync(at.path("out"), "utf8"), "good");
  assert.deepEqual(at.names(), ["out", "p"]);
});

test("compile -o into a directory on a full disk ends with 1", async (t) => {
  const at = place(t, { p: GOOD });
  mkdirSync(at.path("out"));
  const { status, err } = await at.armorer(compileWords(at, "p"), refusing("write", "ENOSPC"));
  assert.equal(status, 1);
  assert.match(err, /p\.bin: No space left on device/);
  assert.deepEqual(readdirSync(at.path("out")), []);
});

test("apparmor_parser -o on a full disk leaves the old file, says so, and ends as 5.0.2 does", async (t) => {
  const at = place(t, { p: GOOD, out: "good" });
  const { status, err } = await at.parser(["-o", at.path("out"), at.path("p")], refusing("write", "ENOSPC"));
  assert.equal(status, 228);
  assert.match(err, /^apparmor_parser: Unable to write to output file .*\/out: No space left on device\n$/m);
  assert.equal(readFileSync(at.path("out"), "utf8"), "good");
  assert.deepEqual(at.names(), ["out", "p"]);
});

test("apparmor_parser -o leaves nothing behind when a later word is wrong", async (t) => {
  const at = place(t, { p: GOOD });
  const { status } = await at.parser(["-o", at.path("out"), "--Optimize=nonsense", at.path("p")]);
  assert.notEqual(status, 0);
  assert.deepEqual(at.names(), ["p"]);
});

test("apparmor_parser -o writes to devices and to what it was handed as they are", async (t) => {
  const at = place(t, { p: GOOD });
  assert.equal((await at.parser(["-o", "/dev/null", at.path("p")])).status, 0);
  const { status, err } = await at.parser(["-o", "/dev/full", at.path("p")]);
  assert.equal(status, 228);
  assert.match(err, /No space left on device/);
});

const isTemporary = ({ name, args }: Call): boolean => name === "open" && /\/\.p\.[^/]*~$/.test(String(args[0]));

for (const [verb, operands, text] of [
  ["fmt", [], GOOD],
  ["check", ["--fix"], "#include <tunables/none>\nprofile p {\n  /x rw\n}\n"],
] as const) {
  test(`${verb} leaves a file alone that was edited meanwhile, says so, and ends with 1`, async (t) => {
    const at = place(t, { p: text });
    const system = atCall(isTemporary, () => writeFileSync(at.path("p"), "profile edited { }\n"));
    const { status, err } = await at.armorer([verb, ...operands, at.path("p")], system);
    assert.match(err, /Was changed by somebody else meanwhile/);
    assert.equal(status, 1);
    assert.equal(readFileSync(at.path("p"), "utf8"), "profile edited { }\n");
    assert.deepEqual(at.names(), ["p"]);
  });
}

test("what tests have learned is kept in a place of theirs, and not in the machine's", (t) => {
  const { io } = scriptedIo(nodeSystem, place(t, {}).directory);
  const opened = undoDirectory(io);
  assert.ok(opened.ok);
  assert.match(namedPath(io, opened.value), /\/armorer-kept-\w+\/var\/lib\/armorer\/undo$/);
});

test("learn keeps the answers beside a profile that was edited meanwhile, says where, and ends with 1", async (t) => {
  const event =
    'type=AVC msg=audit(1795338034.254:7): apparmor="DENIED" operation="open" class="file" profile="p" name="/etc/x" ' +
    'pid=12 comm="p" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';
  const at = place(t, { "base/p": GOOD, log: event });
  const path = at.path("base/p");
  const system = atCall(isTemporary, () => writeFileSync(path, "profile edited { }\n"));
  const argv = ["learn", "--write", "--base", at.path("base"), "--log", at.path("log")];
  const { status, err } = await at.armorer(argv, system);
  assert.ok(err.includes(`what was to be written is in ${path}.armorer-new~`), err);
  assert.equal(status, 1);
  assert.equal(readFileSync(path, "utf8"), "profile edited { }\n");
  assert.match(readFileSync(`${path}.armorer-new~`, "utf8"), /\/etc\/x/);
  assert.deepEqual(readdirSync(at.path("base")), ["p", "p.armorer-new~"]);
});
