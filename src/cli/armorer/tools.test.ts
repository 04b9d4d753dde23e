import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { repository } from "../../../tests/support/sources.ts";
import { nodeLinks } from "../../host/index.ts";
import { tools } from "../drop-in/index.ts";
import { runArmorer } from "./index.ts";

const NAMES = ["apparmor_parser", ...tools.map(({ name }) => name)].toSorted();

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "armorer-tools-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function run(...argv: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  const { io, text } = capturedIo();
  const status = await runArmorer(["tools", ...argv], io);
  return { status, text: text() };
}

test("every drop-in command is linked, once, and runs by its link", async (context) => {
  const path = directory(context);
  const preview = await run("link", "--dry-run", path);
  assert.match(preview.text, /aa-status: would be linked$/m);
  assert.doesNotMatch(preview.text, /: linked$/m);
  assert.equal(preview.status, 0);
  assert.match(preview.text, /Nothing was changed/);
  assert.deepEqual(readdirSync(path), []);
  assert.equal((await run("link", path)).status, 0);
  assert.deepEqual(readdirSync(path).toSorted(), NAMES);
  for (const name of NAMES) assert.equal(readlinkSync(join(path, name)), join(repository, "bin", name));
  const again = await run("link", path);
  assert.deepEqual([again.status, again.text.match(/left as it was/g)?.length], [0, NAMES.length]);
  const help = spawnSync(join(path, "aa-enabled"), ["--help"], { encoding: "utf8" });
  assert.match(help.stdout, /^Usage: aa-enabled/);
});

test("what is in the way stays, and then nothing is linked", async (context) => {
  const path = directory(context);
  writeFileSync(join(path, "aa-status"), "theirs");
  symlinkSync("/nowhere", join(path, "aa-exec"));
  const { status, text } = await run("link", path);
  assert.equal(status, 1);
  assert.match(text, /aa-status: is there already[^]*nothing was linked/);
  assert.match(text, /aa-exec: is there already/);
  assert.deepEqual(readdirSync(path).toSorted(), ["aa-exec", "aa-status"]);
});

test("--root: links lead to where that system has armorer, and none is made that leads nowhere there", async (context) => {
  const image = directory(context);
  mkdirSync(join(image, "sbin"));
  const refused = await run("link", "--root", image, "/sbin");
  assert.equal(refused.status, 1);
  assert.match(refused.text, /the links would lead nowhere in that system/);
  assert.deepEqual(readdirSync(join(image, "sbin")), []);
  mkdirSync(join(image, repository, "bin"), { recursive: true });
  for (const name of NAMES) writeFileSync(join(image, repository, "bin", name), "");
  assert.equal((await run("link", "--root", image, "/sbin")).status, 0);
  assert.equal(readlinkSync(join(image, "sbin/aa-exec")), join(repository, "bin/aa-exec"));
  assert.equal((await run("unlink", "--root", image, "/sbin")).status, 0);
  assert.deepEqual(readdirSync(join(image, "sbin")), []);
  // This very package, in a system whose root is above it.
  const within = mkdtempSync(join(repository, "build/armorer-tools-"));
  context.after(() => rmSync(within, { recursive: true }));
  const top = dirname(repository);
  assert.equal((await run("link", "--root", top, within.slice(top.length))).status, 0);
  assert.equal(readlinkSync(join(within, "aa-exec")), join("/", basename(repository), "bin/aa-exec"));
});

test("only links of ours are taken away", async (context) => {
  const path = directory(context);
  await run("link", path);
  rmSync(join(path, "aa-status"));
  writeFileSync(join(path, "aa-status"), "theirs");
  rmSync(join(path, "aa-exec"));
  symlinkSync("/elsewhere/aa-exec", join(path, "aa-exec"));
  const { status } = await run("unlink", path);
  assert.equal(status, 0);
  assert.deepEqual(readdirSync(path).toSorted(), ["aa-exec", "aa-status"]);
  const again = await run("unlink", path);
  assert.equal(again.status, 1);
  assert.match(again.text, /aa-load: is not there\n/);
  assert.match(again.text, /aa-exec: left as it was\n/);
  assert.match(again.text, /no link of ours is in .*: nothing was taken away\n$/);
  assert.ok(lstatSync(join(path, "aa-status")).isFile());
});

test("where a link cannot be made, those before it are taken away again", async (context) => {
  const path = directory(context);
  const { io, text } = capturedIo();
  const links = nodeLinks();
  let calls = 0;
  const make: typeof links.make = (place, target) => {
    calls += 1;
    return calls === 3 ? { ok: false, error: { path: place, errno: "ENOSPC" } } : links.make(place, target);
  };
  const status = await runArmorer(["tools", "link", path], { ...io, links: { ...links, make } });
  assert.equal(status, 1);
  assert.match(text(), /No space left on device; no link was made/);
  assert.deepEqual(readdirSync(path), []);
});

test("a directory that is not there, and words that are none, are said", async (context) => {
  const path = directory(context);
  chmodSync(path, 0o755);
  assert.match((await run("link", join(path, "none"))).text, /there is no such directory/);
  writeFileSync(join(path, "file"), "");
  assert.match((await run("link", join(path, "file"))).text, /file: Not a directory/);
  for (const argv of [[], ["link"], ["install", path], ["link", path, path]])
    assert.equal((await run(...argv)).status, 2);
});
