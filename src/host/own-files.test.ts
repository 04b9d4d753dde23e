/** Caches decide about policy: nothing that somebody else may have written is read from them, whenever he swaps what. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type System, nodeFiles, nodeSystem, openDirectory } from "./index.ts";

const isRoot = process.geteuid?.() === 0;

/** A directory that nobody else can change. */
function own(context: TestContext): string {
  const directory = mkdtempSync(join(realpathSync(homedir()), ".armorer-own-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test("a directory is taken whose every part only this user and root can change", (t) => {
  const base = own(t);
  mkdirSync(join(base, "a/cache"), { recursive: true });
  const opened = openDirectory(join(base, "a/cache"), { mustBeOwn: true });
  assert.ok(opened.ok);
  writeFileSync(join(base, "a/cache/x"), "bytes");
  const read = nodeFiles().readOwn(`${opened.value}/x`);
  assert.equal(read.ok && Buffer.from(read.value.bytes).toString(), "bytes");
});

test("a directory that was taken stays the same, whatever is put in its place", (t) => {
  const base = own(t);
  for (const name of ["cache", "older"]) {
    mkdirSync(join(base, name));
    writeFileSync(join(base, name, "x"), name);
  }
  const opened = openDirectory(join(base, "cache"), { mustBeOwn: true });
  assert.ok(opened.ok);
  renameSync(join(base, "cache"), join(base, "away"));
  renameSync(join(base, "older"), join(base, "cache"));
  const read = nodeFiles().readOwn(`${opened.value}/x`);
  assert.equal(read.ok && Buffer.from(read.value.bytes).toString(), "cache");
});

test("a directory is refused when others may change it or any part of its path", (t) => {
  const spoil: [string, (base: string) => void][] = [
    ["anybody", (base) => chmodSync(join(base, "a/cache"), 0o777)],
    ["a group", (base) => chmodSync(join(base, "a/cache"), 0o770)],
    ["anybody, above", (base) => chmodSync(join(base, "a"), 0o757)],
    ["anybody adds, above", (base) => chmodSync(join(base, "a"), 0o1777)],
    [
      "behind a link",
      (base) => {
        chmodSync(join(base, "a"), 0o757);
        symlinkSync("a", join(base, "b"));
      },
    ],
  ];
  if (isRoot) {
    spoil.push(
      ["another's", (base) => chownSync(join(base, "a/cache"), 65534, 65534)],
      ["another's, above", (base) => chownSync(join(base, "a"), 65534, 65534)],
    );
  }
  for (const [what, apply] of spoil) {
    const base = own(t);
    mkdirSync(join(base, "a/cache"), { recursive: true });
    apply(base);
    const path = existsSync(join(base, "b")) ? join(base, "b/cache") : join(base, "a/cache");
    const opened = openDirectory(path, { mustBeOwn: true });
    assert.equal(!opened.ok && opened.error.kind, "others-may-write", what);
    // Named by the user, it is taken.
    assert.ok(openDirectory(path, { mustBeOwn: false }).ok, what);
  }
  const inShared = mkdtempSync("/tmp/armorer-own-");
  assert.ok(openDirectory(inShared, { mustBeOwn: true, from: inShared }).ok);
  assert.ok(!openDirectory(inShared, { mustBeOwn: true, from: "/usr" }).ok);
  t.after(() => rmSync(inShared, { recursive: true }));
  const opened = openDirectory(inShared, { mustBeOwn: true });
  assert.deepEqual(opened, { ok: false, error: { kind: "others-may-write", path: "/tmp" } });
  assert.equal(openDirectory("/nonexistent", { mustBeOwn: true }).ok, false);
  assert.equal(openDirectory("/etc/passwd", { mustBeOwn: true }).ok, false);
});

test("an entry is read only when it is a plain file that nobody else can have written, and none is waited for", (t) => {
  const base = own(t);
  const path = (name: string): string => join(base, name);
  const refused: [string, () => void, string][] = [
    ["fifo", () => execFileSync("mkfifo", [path("fifo")]), "EPERM"],
    ["directory", () => mkdirSync(path("directory")), "EPERM"],
    ["link", () => symlinkSync("/etc/passwd", path("link")), "ELOOP"],
    ["dangling", () => symlinkSync("nowhere", path("dangling")), "ELOOP"],
    ["device", () => symlinkSync("/dev/zero", path("device")), "ELOOP"],
    ["writable", () => writeFileSync(path("writable"), "x"), "EPERM"],
    ["group", () => writeFileSync(path("group"), "x"), "EPERM"],
    [
      "twice",
      () => {
        writeFileSync(path("twice"), "x");
        linkSync(path("twice"), path("second"));
      },
      "EPERM",
    ],
    ["absent", () => undefined, "ENOENT"],
  ];
  if (isRoot) refused.push(["another", () => writeFileSync(path("another"), "x"), "EPERM"]);
  for (const [name, make, errno] of refused) {
    make();
    if (name === "writable") chmodSync(path(name), 0o646);
    if (name === "group") chmodSync(path(name), 0o664);
    if (name === "another") chownSync(path(name), 65534, 65534);
    const read = nodeFiles().readOwn(path(name));
    assert.equal(!read.ok && read.error.errno, errno, name);
  }
});

/** The machine's calls; before the one with this number, `strike` happens. */
function striking(which: number, strike: () => void): { readonly system: System; readonly calls: () => number } {
  let calls = 0;
  const before = <T extends readonly unknown[], R>(call: (...args: T) => R) => {
    return (...args: T): R => {
      calls += 1;
      if (calls === which) strike();
      return call(...args);
    };
  };
  const { open, close, read, fstat, stat, lstat, readlink } = nodeSystem;
  const system: System = {
    ...nodeSystem,
    open: before(open),
    close: before(close),
    read: before(read),
    fstat: before(fstat),
    stat: before(stat),
    lstat: before(lstat),
    readlink: before(readlink),
  };
  return { system, calls: () => calls };
}

const good = "the policy of the administrator";
const evil = "the policy of somebody else";

/** What an attacker does: puts his directory, or his entry, in the place of ours. */
const strikes: Readonly<Record<string, (base: string) => void>> = {
  "his directory": (base) => {
    renameSync(join(base, "cache"), join(base, "away"));
    renameSync(join(base, "his"), join(base, "cache"));
  },
  "a link to his directory": (base) => {
    renameSync(join(base, "cache"), join(base, "away"));
    symlinkSync("his", join(base, "cache"));
  },
  "his entry": (base) => renameSync(join(base, "his/name"), join(base, "cache/name")),
  "a link to his entry": (base) => {
    rmSync(join(base, "cache/name"));
    symlinkSync("../his/name", join(base, "cache/name"));
  },
  "a second name of his entry": (base) => {
    rmSync(join(base, "cache/name"));
    linkSync(join(base, "his/name"), join(base, "cache/name"));
  },
};

/** Opens the directory and looks the entry up, with the strike before the call of this number. */
function lookUp(
  context: TestContext,
  which: number,
  strike: (base: string) => void,
): { found: unknown; calls: number } {
  const base = own(context);
  for (const [directory, entry] of [
    ["cache", good],
    ["his", evil],
  ] as const) {
    mkdirSync(join(base, directory), { mode: 0o700 });
    writeFileSync(join(base, directory, "name"), entry, { mode: 0o600 });
  }
  if (isRoot) for (const path of ["his", "his/name"]) chownSync(join(base, path), 65534, 65534);
  else for (const path of ["his", "his/name"]) chmodSync(join(base, path), 0o777);
  const { system, calls } = striking(which, () => strike(base));
  const opened = openDirectory(join(base, "cache"), { mustBeOwn: true }, system);
  const found = opened.ok ? nodeFiles(system).readOwn(`${opened.value}/name`) : undefined;
  return { found: found?.ok === true ? Buffer.from(found.value.bytes).toString() : undefined, calls: calls() };
}

test("whenever somebody swaps the directory or the entry, his policy is never the one that is found", (t) => {
  const { found, calls } = lookUp(t, 0, () => undefined);
  assert.equal(found, good);
  assert.ok(calls > 10, String(calls));
  let hits = 0;
  for (const [what, strike] of Object.entries(strikes)) {
    for (let which = 1; which <= calls; which += 1) {
      const { found: policy } = lookUp(t, which, strike);
      assert.ok(policy === undefined || policy === found, `${what} before call ${which}`);
      if (policy !== undefined) hits += 1;
    }
  }
  // What was opened before stays what it was.
  assert.ok(hits > 10, String(hits));
});
