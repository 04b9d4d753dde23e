/** Logs that are no logs, and input without an end: it is said what they are, and nothing waits or grows. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { tool as decodeTool } from "../../src/cli/drop-in/aa-decode.ts";
import { runTool } from "../../src/cli/drop-in/tool.ts";
import { repository } from "../support/check-policy.ts";
import { capturedIo } from "../support/captured-io.ts";
import { countJoined } from "../support/joined-bytes.ts";

const COMMAND = join(repository, "bin/armorer");
const EVENT =
  'type=AVC msg=audit(1795338034.254:7): apparmor="DENIED" operation="open" class="file" profile="p" name="/etc/x" ' +
  'pid=12 comm="p" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';

function place(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-logs-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function refusalOf(verb: string, path: string): Promise<string> {
  const { io, text } = capturedIo();
  assert.equal(await runArmorer([verb, "-f", path], io), 1);
  return text("err");
}

for (const verb of ["audit", "learn"]) {
  test(`${verb} -f says of a FIFO, a device, a socket, a directory and a file of the kernel what they are`, async (t) => {
    const at = place(t);
    const fifo = join(at, "fifo");
    assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
    const socket = join(at, "socket");
    const server = createServer().listen(socket);
    t.after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    assert.equal(await refusalOf(verb, fifo), `armorer ${verb}: ${fifo}: Is a FIFO\n`);
    assert.equal(await refusalOf(verb, socket), `armorer ${verb}: ${socket}: Is a socket\n`);
    assert.equal(await refusalOf(verb, "/dev/zero"), `armorer ${verb}: /dev/zero: Is a character device\n`);
    assert.equal(await refusalOf(verb, at), `armorer ${verb}: ${at}: Is a directory\n`);
    // Where the system has it, and lets this user open it.
    if (existsSync("/proc/kmsg")) {
      assert.match(
        await refusalOf(verb, "/proc/kmsg"),
        /\/proc\/kmsg: (?:Is a file of the kernel|Operation not permitted|Permission denied)\n$/,
      );
    }
  });
}

for (const name of ["-", "/dev/stdin", "/dev/fd/0"]) {
  test(`audit -f ${name} reads the pipe that was handed over`, () => {
    const { status, stdout } = spawnSync(COMMAND, ["audit", "-f", name], { input: EVENT, encoding: "utf8" });
    assert.match(stdout, /\/etc\/x/);
    assert.equal(status, 0);
  });
}

test("audit -f /dev/fd/3 reads the pipe, and the file, that were handed over there", (t) => {
  const log = join(place(t), "log");
  writeFileSync(log, EVENT);
  for (const source of [
    `cat '${log}' | '${COMMAND}' audit -f /dev/fd/3 3<&0 </dev/null`,
    `'${COMMAND}' audit -f /dev/fd/3 3<'${log}'`,
  ]) {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", source], { encoding: "utf8" });
    assert.match(stdout, /\/etc\/x/, stderr);
    assert.equal(status, 0);
  }
});

test("standard input without an end is read up to its limit", () => {
  const argv = ["-c", `head -c 70000000 /dev/zero | '${COMMAND}' check -`];
  const { status, stderr } = spawnSync("sh", argv, { encoding: "utf8" });
  assert.match(stderr, /standard input: Is larger than 64 MiB/);
  assert.equal(status, 1);
});

test("aa-decode passes on a line without an end as it comes, and joins no piece twice", async (t) => {
  const piece = Buffer.alloc(65_536, "a");
  const hex = Buffer.from("\nx name=2F61\n name=2F62");
  const pieces = [...Array.from({ length: 200 }, () => piece), hex];
  const { io, text } = capturedIo();
  const joined = countJoined(t);
  const status = await runTool(decodeTool, [], { ...io, inputPiece: () => pieces.shift() });
  const count = joined();
  assert.equal(text("out"), `${"a".repeat(200 * 65_536)}\nx name="/a"\n name="/b"`);
  assert.equal(text("err"), "aa-decode: a line is longer than 1 MiB, and printed without being decoded\n");
  assert.equal(status, 1);
  assert.ok(count < 2 << 20, `${count} bytes were joined`);
});

test("an answer without an end is refused", (t) => {
  const directory = place(t);
  mkdirSync(join(directory, "p"));
  writeFileSync(join(directory, "p/p"), "profile p {\n}\n");
  writeFileSync(join(directory, "log"), EVENT);
  const argv = ["learn", "--ask", "-b", join(directory, "p"), "-f", join(directory, "log")];
  const script = `head -c 200000 /dev/zero | "$@"`;
  const { status, stderr } = spawnSync("sh", ["-c", script, "sh", COMMAND, ...argv], { encoding: "utf8" });
  assert.match(stderr, /cannot read standard input: a line is longer than 64 KiB/);
  assert.equal(status, 1);
});

for (const [packer, argv] of [
  ["zstd", ["-q"]],
  ["xz", ["-0"]],
] as const) {
  const isThere = spawnSync(packer, ["--version"]).status === 0;
  test(
    `a log that ${packer} unpacks to hundreds of times its size is left, and that is said`,
    { skip: !isThere },
    (t) => {
      const log = join(place(t), "log");
      const pack = `{ printf '%s' "$1"; head -c 300000000 /dev/zero; printf '\\n%s' "$1"; } | "$2" -c "$3" > "$4"`;
      assert.equal(spawnSync("sh", ["-c", pack, "sh", EVENT, packer, ...argv, log]).status, 0);
      const { stdout, stderr } = spawnSync(COMMAND, ["audit", "-f", log, "--json"], { encoding: "utf8" });
      assert.match(stderr + stdout, /it unpacks to more than 250 times its size, and what follows is left out/);
      assert.equal((stdout.match(/"count":1\b/g) ?? []).length > 0, true, stdout);
    },
  );
}
