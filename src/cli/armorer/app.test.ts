import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { repository } from "../../../tests/support/sources.ts";
import { runArmorer } from "./index.ts";

const PROGRAM = "/opt/My App/my-app";
const BASE = "etc/apparmor.d";

/** A tree with a program in it; further files by path. */
function treeWith(context: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-app-"));
  context.after(() => rmSync(root, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put(PROGRAM, "");
  mkdirSync(join(root, BASE, "abi"), { recursive: true });
  for (const abi of ["3.0", "4.0"]) copyFileSync(join(repository, "policy/abi", abi), join(root, BASE, "abi", abi));
  for (const [path, text] of Object.entries(files)) put(path, text);
  return root;
}

async function run(...argv: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, text } = capturedIo();
  const status = await runArmorer(["app", ...argv], io);
  return { status, out: text("out"), err: text("err") };
}

/** Words of a command line with single quotes. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

test("the commands of docs/app.md print what the page says", async (context) => {
  const page = readFileSync(join(repository, "docs/app.md"), "utf8");
  const [, block = ""] = /```console\n([\s\S]*?)```/.exec(page) ?? [];
  const root = treeWith(context);
  const place = mkdtempSync(join(tmpdir(), "armorer-app-page-"));
  const before = process.cwd();
  context.after(() => {
    process.chdir(before);
    rmSync(place, { recursive: true });
  });
  symlinkSync(root, join(place, "image"));
  process.chdir(place);
  const examples = block.split(/^\$ /m).slice(1);
  assert.ok(examples.length > 4);
  for (const example of examples) {
    const [command = ""] = example.split("\n", 1);
    const [, , ...words] = wordsOf(command);
    const { err, out } = await run(...words);
    assert.equal(err, "");
    assert.equal(out, example.slice(command.length + 1), command);
  }
});

test("a program that another profile confines is left where it is, with the profile named", async (context) => {
  const confined = 'profile mine "/opt/My App/*" { }\n';
  const root = treeWith(context, { [`${BASE}/mine`]: confined });
  const refused = await run("install", "--root", root, PROGRAM);
  assert.equal(refused.status, 1);
  assert.match(
    refused.err,
    /runs under `mine` of .*\/mine, which a new profile would take it out of; add `userns,` there/,
  );
  writeFileSync(join(root, BASE, "mine"), confined.replace("{ }", "{ userns, }"));
  const needless = await run("install", "--root", root, PROGRAM);
  assert.equal(needless.status, 0);
  assert.match(needless.out, /needs no profile\n.*lets it make user namespaces/);
  mkdirSync(join(root, BASE, "disable"));
  symlinkSync("/dev/null", join(root, BASE, "disable/mine"));
  assert.match((await run("plan", "--root", root, PROGRAM)).out, /gets a profile of its own/);
});

test("no file that is there is replaced, no name is taken twice, and what was changed by hand is left alone", async (context) => {
  const root = treeWith(context, { [`${BASE}/opt.My_App.my-app`]: "# somebody's\n" });
  const installed = await run("install", "--root", root, PROGRAM);
  assert.equal(installed.status, 0, installed.err);
  assert.match(installed.out, /`opt\.My_App\.my-app\.2`/);
  assert.equal(readFileSync(join(root, BASE, "opt.My_App.my-app"), "utf8"), "# somebody's\n");
  const taken = await run("plan", "--root", root, "--name", "opt.My_App.my-app", "/opt/other");
  assert.deepEqual([taken.status, /is there already/.test(taken.err)], [1, true]);
  for (const name of ["a/b", "a b", "x*", ".x", "README", "-x", ""]) {
    assert.notEqual((await run("plan", "--root", root, `--name=${name}`, "/opt/other")).status, 0, name);
  }
  const file = join(root, BASE, "opt.My_App.my-app.2");
  writeFileSync(file, readFileSync(file, "utf8").replace("userns,", "userns,\n  /x r,"));
  for (const action of ["install", "remove"]) {
    const left = await run(action, "--root", root, PROGRAM);
    assert.deepEqual([left.status, /was changed since it was written/.test(left.err)], [1, true], action);
  }
  assert.match((await run("status", "--root", root)).out, /changed by hand/);
  writeFileSync(file, readFileSync(file, "utf8").replace("userns,", "userns"));
  const broken = await run("status", "--root", root);
  assert.deepEqual([broken.status, /is no policy any more/.test(broken.err)], [1, true]);
});

test("a file that may not be read is told as one by `status`", async (context) => {
  const root = treeWith(context, { [`${BASE}/shut`]: "profile shut { }\n" });
  const { io, text } = capturedIo();
  const read: typeof io.files.read = (path, options) =>
    path.endsWith("/shut") ? { ok: false, error: { path, errno: "EACCES" } } : io.files.read(path, options);
  const status = await runArmorer(["app", "-b", join(root, BASE), "status"], { ...io, files: { ...io.files, read } });
  assert.equal(status, 1);
  assert.match(text("err"), /^armorer app: what \S+\/shut says cannot be read: Permission denied\n$/);
});

test("a parser that knows no such rule is not given one", async (context) => {
  const root = treeWith(context);
  rmSync(join(root, BASE, "abi/4.0"));
  const refused = await run("install", "--root", root, PROGRAM);
  assert.deepEqual([refused.status, /knows no `userns` rules/.test(refused.err)], [1, true]);
  const old = await run("install", "--root", root, "--abi", "3.0", PROGRAM);
  assert.equal(old.status, 0, old.err);
  assert.doesNotMatch(readFileSync(join(root, BASE, "opt.My_App.my-app"), "utf8"), /^\s*userns/m);
});

test("a link is followed to what the kernel sees, and what is no program's path is refused", async (context) => {
  const root = treeWith(context);
  symlinkSync("../opt/My App/my-app", join(root, "opt/short"));
  symlinkSync("My App/my-app", join(root, "opt/shorter"));
  const planned = await run("plan", "--root", root, "/opt/shorter");
  assert.match(planned.err, /\/opt\/shorter is a link; the kernel sees \/opt\/My App\/my-app/);
  assert.match(planned.out, /^\/opt\/My App\/my-app gets/);
  for (const path of ["opt/x", "/opt/", "/", "", `/${"x".repeat(5000)}`]) {
    assert.notEqual((await run("plan", "--root", root, path)).status, 0, path);
  }
  assert.match((await run("plan", "--root", root, "/opt/../opt//x")).out, /^\/opt\/x gets/);
});

test("an option that would do nothing is wrong usage", async (context) => {
  const root = treeWith(context);
  for (const argv of [
    ["verify", "--name", "x", PROGRAM],
    ["remove", "--abi", "4.0", PROGRAM],
    ["plan", "--start", PROGRAM],
    ["status", "x"],
    ["plan"],
  ]) {
    assert.equal((await run("--root", root, ...argv)).status, 2, argv.join(" "));
  }
});

test(
  "where the directory may not be written, nothing is, and the reason is given",
  { skip: process.getuid?.() === 0 ? false : "needs root" },
  async (context) => {
    const root = treeWith(context);
    rmSync(join(root, BASE), { recursive: true });
    const missing = await run("install", "--root", root, PROGRAM);
    assert.deepEqual([missing.status, /No such file or directory/.test(missing.err)], [1, true]);
    chmodSync(root, 0o755);
  },
);
