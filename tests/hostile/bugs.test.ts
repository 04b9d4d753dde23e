/** A bug of ours, planted, costs the file that brings it to light, and no other: in one thread, in several, and where a thread dies of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type PolicySettings, loadEngine } from "../../src/app/index.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { dumpAutomata, printSource } from "../../src/printouts/index.ts";
import { memoryStore } from "../support/memory-files.ts";

const featureFile = join(import.meta.dirname, "../../../policy/abi/4.0");
const main = join(import.meta.dirname, "../../src/cli/main.js");
const settings: PolicySettings = {
  base: "/p",
  includePath: [],
  kernelFeatures: readFileSync(featureFile, "utf8"),
  policyFeatures: { kind: "kernel" },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
};

test("an engine in which something is thrown says so of that file, forgets what it knew, and compiles the next", async () => {
  const known = memoryStore({ "/p/shared": "/shared r,\n" });
  let reads = 0;
  const files: FilesPort = {
    ...known,
    kind: (path) => (path === "/p/planted" ? "file" : known.kind(path)),
    read: (path) => {
      if (path === "/p/planted") throw new RangeError("Maximum call stack size exceeded");
      if (path === "/p/shared") reads += 1;
      return known.read(path);
    },
  };
  const engine = await loadEngine();
  const compile = (rules: string): readonly [boolean, readonly string[]] => {
    const source = { path: "/p/main", bytes: encodeBytes(`profile p { ${rules} }\n`) };
    const { diagnostics, ok } = engine.compile(source, settings, files);
    return [ok, diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code)];
  };
  const good = "include <shared>";
  assert.deepEqual(compile(good), [true, []]);
  const readOnce = reads;
  assert.deepEqual(compile("include <planted>"), [false, ["internal/bug"]]);
  reads = 0;
  assert.deepEqual(compile(good), [true, []]);
  // Each load asks the file once for whoever listens; a session that knows nothing reads it once more.
  assert.equal(reads, readOnce);
  const source = { path: "/p/main", bytes: encodeBytes("profile p { include <planted> }\n") };
  for (const what of ["preprocessed", "variables", "structures"] as const) {
    // Whoever prints says whose bug it was; the engine only forgets.
    assert.throws(() => printSource(what, engine.stages(source, settings, files)), RangeError, what);
  }
  const dumps = { patterns: true, states: 1, graph: true, packed: true };
  assert.throws(() => dumpAutomata(dumps, engine.stages(source, settings, files)), RangeError);
  assert.ok(!engine.check(source, settings, files).ok && !engine.outline(source, settings, files).ok);
});

/** Loaded before the program, in its threads as well: decoding a text with a certain word in it fails, or ends the thread. */
const plant = `
import { isMainThread } from "node:worker_threads";
const { decode } = TextDecoder.prototype;
TextDecoder.prototype.decode = function (bytes, ...rest) {
  const text = bytes === undefined ? "" : Buffer.from(bytes).toString("latin1");
  if (text.includes("planted-exit") && !isMainThread) process.exit(9);
  if (text.includes("planted-")) throw new RangeError("Invalid array length");
  return decode.call(this, bytes, ...rest);
};
// The reader of logs fails on the word, what brings it the lines does not.
const { includes, indexOf, startsWith } = String.prototype;
for (const [name, own] of Object.entries({ includes, indexOf, startsWith })) {
  String.prototype[name] = function (...args) {
    const isOurs = includes.call(this, "broken-line") && includes.call(new Error().stack, "/learning/audit/");
    if (isOurs) throw new RangeError("Invalid string length");
    return own.apply(this, args);
  };
}
`;

interface Place {
  readonly directory: string;
  readonly profiles: string;
}

/** Twenty profiles, of which those named have the word in them. */
function place(context: TestContext, planted: Readonly<Record<number, string>>): Place {
  const directory = mkdtempSync(join(tmpdir(), "armorer-bugs-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const profiles = join(directory, "profiles");
  mkdirSync(profiles);
  for (let number = 10; number < 30; number += 1) {
    writeFileSync(join(profiles, `p${number}`), `# ${planted[number] ?? ""}\nprofile p${number} { /f${number} r, }\n`);
  }
  writeFileSync(join(directory, "plant.mjs"), plant);
  return { directory, profiles };
}

interface Ran {
  readonly status: number | null;
  readonly text: string;
}

function run({ directory }: Place, name: string, argv: readonly string[]): Ran {
  const program = `import(${JSON.stringify(main)}).then(({ main }) => main(${JSON.stringify(name)}, process.argv.slice(1)));`;
  const before = ["--import", pathToFileURL(join(directory, "plant.mjs")).href, "-e", program, "--"];
  const options = { encoding: "utf8", timeout: 300_000, killSignal: "SIGKILL" } as const;
  const { status, stderr, stdout } = spawnSync(process.execPath, [...before, ...argv], options);
  return { status, text: stdout + stderr };
}

for (const jobs of ["1", "2", "3"]) {
  test(`${jobs} threads compile the other profiles, also when a thread ends`, (t) => {
    const where = place(t, { 12: "planted-throw", 17: "planted-exit", 23: "planted-exit" });
    const out = join(where.directory, "out");
    const argv = ["compile", "--jobs", jobs, "--features", featureFile, "-o", `${out}/`, where.profiles];
    const { status, text } = run(where, "armorer", argv);
    assert.equal(status, 1, text);
    assert.equal(readdirSync(out).length, 17);
    for (const bad of ["p12", "p17", "p23"]) assert.ok(text.includes(`${bad}: not compiled`), text);
    assert.equal(text.split("internal/bug").length - 1, 3, text);
    assert.match(text, /report it/);
  });
}

test("apparmor_parser with jobs compiles the other profiles as well", (t) => {
  const where = place(t, { 12: "planted-throw", 17: "planted-exit" });
  const argv = ["-QK", "-j2", "-M", featureFile, "-S", where.profiles];
  const { status, text } = run(where, "apparmor_parser", argv);
  assert.equal(status, 1);
  for (let number = 10; number < 30; number += 1) {
    assert.equal(text.includes(`p${number}\0`), number !== 12 && number !== 17, `p${number}`);
  }
  assert.match(text, /AppArmor parser error for .*p12.* at line 1: armorer failed on this file/);
});

test("fmt lays out the other files, and leaves the one it fails on as it was", (t) => {
  const where = place(t, { 12: "planted-throw" });
  const read = (number: number): string => readFileSync(join(where.profiles, `p${number}`), "utf8");
  const before = read(12);
  const { status, text } = run(where, "armorer", ["fmt", where.profiles]);
  assert.equal(status, 1, text);
  assert.match(text, /p12: left as it was: armorer failed on this file, which is a bug/);
  assert.equal(read(12), before);
  for (const number of [10, 11, 13, 29]) assert.match(read(number), /^ {2}\/f\d+ r,$/m);
});

for (const options of [[], ["--json"], ["--dot"]]) {
  test(`decode ${options.join("")} shows the other streams, whichever it fails on`, (t) => {
    const where = place(t, {});
    writeFileSync(join(where.profiles, "p12"), "profile planted { }\n");
    const out = join(where.directory, "out");
    const argv = ["compile", "--features", featureFile, "-o", `${out}/`, where.profiles];
    assert.equal(run(where, "armorer", argv).status, 0);
    const streams = readdirSync(out).toSorted().slice(0, 4);
    const paths = streams.map((name) => join(out, name));
    // As long as the other, so that every length in the stream stays right.
    const bad = Buffer.from(
      readFileSync(paths[2] ?? "")
        .toString("latin1")
        .replace("planted\0", "planted-throw\0"),
      "latin1",
    );
    assert.ok(bad.includes("planted-throw"), streams.join(" "));
    const at = bad.indexOf("planted-throw") - 2;
    bad.writeUInt16LE(bad.readUInt16LE(at) + "-throw".length, at);
    writeFileSync(paths[2] ?? "", bad);
    const { status, text } = run(where, "armorer", ["decode", ...options, ...paths]);
    assert.equal(status, 1, text);
    assert.equal(text.split("armorer failed on this file, which is a bug").length - 1, 1, text);
    for (const name of ["p10", "p11", "p13"]) assert.ok(text.includes(name), text);
  });
}

/** What the kernel writes of a profile that may not read a file. */
function denial(profile: string, name: string, serial: number): string {
  const head = `type=AVC msg=audit(1764374400.123:${serial}): apparmor="DENIED" operation="open" class="file"`;
  const who = 'pid=7 comm="cat" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0';
  return `${head} profile="${profile}" name="${name}" ${who}\n`;
}

test("audit and learn read the other lines of a log, and the other files of a policy", (t) => {
  const where = place(t, { 12: "planted-throw" });
  const log = join(where.directory, "log");
  writeFileSync(
    log,
    denial("p15", "/etc/broken-line", 1) + denial("p16", "/etc/good", 2) + denial("p17", "/etc/fine", 3),
  );
  const audit = run(where, "armorer", ["audit", "--log", log]);
  const learn = run(where, "armorer", ["learn", "--base", where.profiles, "--log", log]);
  for (const { status, text } of [audit, learn]) {
    assert.equal(status, 1, text);
    assert.match(text, /note: 1 line left out: armorer failed on this line, which is a bug/);
    assert.ok(text.includes("/etc/good") && text.includes("/etc/fine") && !text.includes("/etc/broken"), text);
  }
  assert.match(learn.text, /p12: armorer failed on this file, which is a bug/);
});
