/** Tools that change the policy set, in directories where somebody else has put what he likes: nothing waits, nothing outside is touched, all is said. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCommandWith } from "../../src/cli/main.ts";
import { capturedIo } from "../support/captured-io.ts";

const TEXT = "profile p /usr/bin/p flags=(complain) {\n  /a r,\n}\n";

interface Ended {
  readonly status: number;
  readonly text: string;
}

async function call(tool: string, directory: string, ...words: readonly string[]): Promise<Ended> {
  const { io, text } = capturedIo();
  const argv = ["-d", directory, "--no-reload", ...words];
  const status = await runCommandWith(tool, argv, { ...io, environment: { PATH: "" } });
  return { status, text: text() };
}

function place(context: TestContext): { readonly root: string; readonly policy: string } {
  const root = mkdtempSync(join(tmpdir(), "armorer-hostile-modes-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const policy = join(root, "p");
  mkdirSync(policy);
  writeFileSync(join(policy, "p"), TEXT);
  return { root, policy };
}

test("pipes, devices, loops and directories among profiles and marks stop nothing, and are said", async (t) => {
  const { policy, root } = place(t);
  for (const directory of ["disable", "force-complain"]) mkdirSync(join(policy, directory));
  for (const path of ["pipe", "disable/p", "force-complain/p"])
    assert.equal(spawnSync("mkfifo", [join(policy, path)]).status, 0);
  symlinkSync("/dev/zero", join(policy, "zero"));
  symlinkSync("loop", join(policy, "loop"));
  mkdirSync(join(policy, "directory"));
  const { status, text } = await call("aa-enforce", policy, "p");
  assert.equal(status, 1);
  assert.match(text, /disable\/p switches it off, and is no symbolic link/);
  assert.equal(readFileSync(join(policy, "p"), "utf8"), TEXT);
  assert.ok(lstatSync(join(policy, "disable/p")).isFIFO());
  for (const name of ["pipe", "zero", "loop", "directory"]) {
    const ended = await call("aa-complain", policy, join(policy, name));
    assert.match(ended.text, new RegExp(name), name);
  }
  assert.deepEqual(readdirSync(root), ["p"]);
});

test("a directory of marks that is a file, a pipe or a link elsewhere is not written through, but where it is root's own", async (t) => {
  for (const kind of ["file", "pipe"] as const) {
    const { policy } = place(t);
    if (kind === "file") writeFileSync(join(policy, "disable"), "words");
    else assert.equal(spawnSync("mkfifo", [join(policy, "disable")]).status, 0);
    const { status, text } = await call("aa-disable", policy, "p");
    assert.equal(status, 1, text);
    assert.match(text, /disable/);
    assert.equal(readFileSync(join(policy, "p"), "utf8"), TEXT);
  }
});

test(
  "a link that another user controls is not followed to the file that it leads to",
  { skip: process.geteuid?.() !== 0 && "needs root" },
  async (t) => {
    const { policy, root } = place(t);
    writeFileSync(join(root, "outside"), TEXT.replace("profile p /usr/bin/p", "profile q /usr/bin/q"));
    symlinkSync(join(root, "outside"), join(policy, "q"));
    lchownSync(join(policy, "q"), 12345, 12345);
    mkdirSync(join(root, "foreign"));
    symlinkSync(join(root, "foreign"), join(policy, "disable"));
    lchownSync(join(policy, "disable"), 12345, 12345);
    const before = readFileSync(join(root, "outside"), "utf8");
    const written = await call("aa-enforce", policy, "--profile-file", join(policy, "q"));
    assert.equal(written.status, 1, written.text);
    assert.equal(readFileSync(join(root, "outside"), "utf8"), before);
    const linked = await call("aa-disable", policy, "p");
    assert.equal(linked.status, 1, linked.text);
    assert.match(linked.text, /symbolic link that another user controls/);
    assert.deepEqual(readdirSync(join(root, "foreign")), []);
  },
);

test("names that no shell and no terminal likes are names like others", async (t) => {
  const { policy } = place(t);
  const names = ["a b", "-x", "ü", "x;y", "$(z)", "new\nline", "\u001b[31m", "q'\""];
  for (const [index, name] of names.entries()) writeFileSync(join(policy, name), `profile n${index} { }\n`);
  for (const [index, name] of names.entries()) {
    const off = await call("aa-disable", policy, "--profile", `n${index}`);
    assert.equal(off.status, 0, off.text);
    assert.equal(readlinkSync(join(policy, "disable", name)), join(policy, name));
    const on = await call("aa-complain", policy, "--profile", `n${index}`);
    assert.equal(on.status, 0, on.text);
    assert.equal(readFileSync(join(policy, name), "utf8"), `profile n${index} flags=(complain) { }\n`);
  }
  assert.deepEqual(readdirSync(join(policy, "disable")), []);
});

test("modes and owners of files stay, and nothing is left beside them", async (t) => {
  const { policy } = place(t);
  chmodSync(join(policy, "p"), 0o640);
  assert.equal((await call("aa-enforce", policy, "p")).status, 0);
  assert.equal(lstatSync(join(policy, "p")).mode & 0o7777, 0o640);
  assert.deepEqual(readdirSync(policy), ["p"]);
});
