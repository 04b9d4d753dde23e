/** What is no plain file, or larger than any text, wherever policy or a command names a file: it is said what it is, and nothing hangs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type PolicySettings, loadEngine } from "../../src/app/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";

const featureFile = join(import.meta.dirname, "../../../policy/abi/4.0");
const main = join(import.meta.dirname, "../../src/cli/main.js");

/** A directory with one of each: by their names, what they are. */
async function zoo(context: TestContext): Promise<{ directory: string; animals: ReadonlyMap<string, string> }> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-special-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  assert.equal(spawnSync("mkfifo", [join(directory, "pipe")]).status, 0);
  const server = createServer().listen(join(directory, "socket"));
  await once(server, "listening");
  context.after(() => server.close());
  writeFileSync(join(directory, "sparse"), "");
  truncateSync(join(directory, "sparse"), 600 * 2 ** 20);
  const devices = { zero: "/dev/zero", random: "/dev/random", kmsg: "/proc/kmsg" };
  for (const [name, target] of Object.entries(devices)) symlinkSync(target, join(directory, name));
  const animals = new Map([
    ["pipe", "is a FIFO"],
    ["socket", "is a socket"],
    ["zero", "is a character device"],
    ["random", "is a character device"],
    ["kmsg", "is a file of the kernel"],
    ["sparse", "is larger than 64 MiB"],
  ]);
  return { directory, animals };
}

function run(name: string, ...argv: readonly string[]): { status: number | null; text: string } {
  const program = `import(${JSON.stringify(main)}).then(({ main }) => main(${JSON.stringify(name)}, process.argv.slice(1)));`;
  // Whoever hangs is killed, which is no status.
  const options = { input: "", timeout: 300_000, killSignal: "SIGKILL", encoding: "utf8" } as const;
  const { status, stderr, stdout } = spawnSync(process.execPath, ["-e", program, "--", ...argv], options);
  return { status, text: stdout + stderr };
}

function settings(base: string): PolicySettings {
  return {
    base,
    includePath: [],
    kernelFeatures: readFileSync(featureFile, "utf8"),
    policyFeatures: { kind: "kernel" },
    overrideAbi: false,
    namespace: undefined,
    forceComplain: false,
    readImpliesExec: false,
    workingDirectory: base,
    encoding: {},
  };
}

test("an include or an abi that is no plain file is an error that says what it is, also where it need not exist", async (t) => {
  const { directory, animals } = await zoo(t);
  const engine = await loadEngine();
  for (const [name, what] of animals) {
    const lines = {
      [`include <${name}>\nprofile p { }\n`]: "resolve/include-refused",
      [`include if exists <${name}>\nprofile p { }\n`]: "resolve/include-refused",
      [`include "${directory}/${name}"\nprofile p { }\n`]: "resolve/include-refused",
      [`profile p { include <${name}> }\n`]: "resolve/include-refused",
      [`abi <${name}>,\nprofile p { }\n`]: "resolve/abi-unusable",
    };
    for (const [text, code] of Object.entries(lines)) {
      const source = { path: join(directory, "main"), bytes: encodeBytes(text) };
      const { diagnostics, ok } = engine.compile(source, settings(directory), nodeFiles());
      const found = diagnostics.filter((one) => one.code === code);
      assert.ok(!ok && found.length === 1, `${text}: ${diagnostics.map((one) => one.code).join()}`);
      assert.match(found[0]?.message ?? "", new RegExp(`\`${directory}/${name}\` ${what}$`));
    }
  }
});

test("an included directory is read without what is no plain file, a link to itself among it, and says what is too large", async (t) => {
  const { directory } = await zoo(t);
  const engine = await loadEngine();
  const check = (): readonly string[] => {
    const source = { path: join(directory, "main"), bytes: encodeBytes("profile p { include <d> }\n") };
    return engine
      .check(source, settings(directory), nodeFiles())
      .diagnostics.map(({ code }) => code)
      .filter((code) => code !== "resolve/abi-missing");
  };
  mkdirSync(join(directory, "d"));
  writeFileSync(join(directory, "d/rules"), "/a r,\n");
  symlinkSync("../d", join(directory, "d/self"));
  symlinkSync("../pipe", join(directory, "d/pipe"));
  symlinkSync("/dev/zero", join(directory, "d/zero"));
  assert.deepEqual(check(), []);
  symlinkSync("../sparse", join(directory, "d/sparse"));
  engine.forgetFiles();
  assert.deepEqual(check(), ["resolve/include-directory"]);
});

test("no command waits for, or swallows, an operand or option that is no plain file", async (t) => {
  const { directory, animals } = await zoo(t);
  const good = join(directory, "good");
  writeFileSync(good, "profile good { }\n");
  for (const name of ["pipe", "zero", "kmsg", "sparse"]) {
    const what = animals.get(name) ?? "";
    const path = join(directory, name);
    const calls: readonly (readonly [string, ...string[]])[] = [
      ["armorer", "check", "--features", featureFile, path],
      ["armorer", "compile", "--features", featureFile, path],
      ["armorer", "fmt", path],
      ["armorer", "check", "--features", path, good],
      ...(name === "sparse" ? [] : [["armorer", "decode", path] as const]),
      ["apparmor_parser", "-QK", "-M", featureFile, path],
      ["apparmor_parser", "-QK", "-M", path, good],
    ];
    for (const [command, ...argv] of calls) {
      const { status, text } = run(command, ...argv);
      assert.ok(status !== null && status !== 0 && status < 70, `${command} ${argv.join(" ")}: ${status} ${text}`);
      if (command === "armorer")
        assert.match(text.toLowerCase(), new RegExp(what.toLowerCase()), `${argv.join(" ")}: ${text}`);
    }
  }
});

test("the tools of AppArmor and `compile` say what a named file is, the configuration of apparmor_parser among them", async (t) => {
  const { directory, animals } = await zoo(t);
  const good = join(directory, "good");
  writeFileSync(good, "profile good { }\n");
  for (const name of ["pipe", "socket", "zero"]) {
    const what = new RegExp((animals.get(name) ?? "").toLowerCase());
    const path = join(directory, name);
    const out = join(directory, "out");
    const calls: readonly (readonly [number, string, ...string[]])[] = [
      [2, "armorer", "compile", "--features", path, "-o", out, good],
      [1, "armorer", "decode", path],
      [1, "apparmor_parser", "-QK", "-M", path, good],
      [1, "aa-load", path],
    ];
    for (const [expected, command, ...argv] of calls) {
      const { status, text } = run(command, ...argv);
      assert.equal(status, expected, `${command} ${argv.join(" ")}: ${text}`);
      assert.match(text.toLowerCase(), what, `${command} ${argv.join(" ")}`);
    }
    assert.equal(run("aa-status", path).status, 1);
    const { status, text } = run("apparmor_parser", "--config-file", path, "-QK", "-M", featureFile, good);
    assert.equal(status, 1, text);
    assert.match(text.toLowerCase(), what);
  }
  assert.match(run("armorer", "decode", directory).text, /Is a directory/);
});

test("learn reads the policy of a directory with other things in it", async (t) => {
  const { directory } = await zoo(t);
  writeFileSync(join(directory, "good"), "profile good { }\n");
  symlinkSync(".", join(directory, "self"));
  const log = join(directory, "log~");
  const event =
    'apparmor="DENIED" operation="open" class="file" profile="good" name="/etc/x" requested_mask="r" denied_mask="r"';
  writeFileSync(log, `type=AVC msg=audit(1764374400.123:42): ${event} pid=7 comm="cat" fsuid=1000 ouid=0\n`);
  const { status, text } = run("armorer", "learn", "--base", directory, "--log", log);
  assert.match(text, /^good: \/etc\/x r,/m);
  assert.match(text, /sparse/);
  assert.equal(status === 0 || status === 1, true, text);
});
