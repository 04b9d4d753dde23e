/** Writing where others can write too, while they do; on disks that are full; over files that have more than bytes. */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { WriteOptions } from "../../src/foundation/ports/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { type System, nodeFiles, nodeSystem } from "../../src/host/index.ts";
import { type Call, atCall, hookedSystem, ownedSystem, refusing } from "../support/hooked-system.ts";
import { repository } from "../support/sources.ts";

const OLD = "old\n";
const NEW = "new\n";

interface Workplace {
  readonly directory: string;
  readonly path: string;
  readonly outside: string;
}

/** A directory with a file, and beside it one that nobody named. */
function workplace(context: TestContext): Workplace {
  const root = mkdtempSync(join(tmpdir(), "armorer-hostile-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const directory = join(root, "inside");
  mkdirSync(directory);
  writeFileSync(join(directory, "profile"), OLD);
  writeFileSync(join(root, "outside"), "secret\n", { mode: 0o600 });
  return { directory, path: join(directory, "profile"), outside: join(root, "outside") };
}

/** What a file is like, beside its bytes: also whether anything was done to it. */
function look(path: string): readonly unknown[] {
  const { uid, gid, mode, ctimeNs } = lstatSync(path, { bigint: true });
  return [readFileSync(path, "utf8"), uid, gid, mode, ctimeNs];
}

function troubleOf(system: System, path: string, options: WriteOptions = {}): string | undefined {
  const outcome = nodeFiles(system).write(path, encodeBytes(NEW), options);
  return outcome.ok ? undefined : (outcome.error.trouble?.kind ?? outcome.error.errno);
}

const isTemporary = ({ name, args }: Call): boolean => name === "open" && /\/\.profile\.[^/]*~$/.test(String(args[0]));

/** The temporary file of a write that is under way. */
function temporaryOf(directory: string): string {
  const [name] = readdirSync(directory).filter((entry) => entry.startsWith(".profile."));
  assert.ok(name !== undefined, "no temporary file is there");
  return join(directory, name);
}

for (const name of ["write", "fchmod", "fchown", "run", "fsync", "rename"] as const) {
  test(`a link put in the place of the temporary file before ${name} gives nothing away`, (t) => {
    const { directory, path, outside } = workplace(t);
    const before = look(outside);
    const mallory = ownedSystem(0, { [path]: 12_345 });
    const seen: string[] = [];
    const system = hookedSystem((call) => {
      if (call.name !== name || seen.length > 0) return;
      seen.push(call.name);
      const temporary = temporaryOf(directory);
      unlinkSync(temporary);
      symlinkSync(outside, temporary);
    }, mallory);
    assert.notEqual(troubleOf(system, path, { expected: encodeBytes(OLD) }), undefined);
    assert.deepEqual(seen, [name]);
    assert.deepEqual(look(outside), before);
  });
}

test("a temporary name that is a link already is not followed", (t) => {
  const { directory, path, outside } = workplace(t);
  const before = look(outside);
  const system = hookedSystem((call) => {
    if (!isTemporary(call)) return undefined;
    const name = String(call.args[0]).replace(/^.*\//, "");
    symlinkSync(outside, join(directory, name));
    return undefined;
  });
  assert.equal(troubleOf(system, path), "EEXIST");
  assert.deepEqual(look(outside), before);
  assert.equal(readFileSync(path, "utf8"), OLD);
});

for (const name of ["open", "write", "rename"] as const) {
  test(`a directory exchanged for a link before ${name} leads nowhere else`, (t) => {
    const { directory, path } = workplace(t);
    const other = join(directory, "../other");
    mkdirSync(other);
    writeFileSync(join(other, "profile"), "another's\n");
    const before = look(join(other, "profile"));
    const system = atCall(
      (call) => (name === "open" ? isTemporary(call) : call.name === name),
      () => {
        renameSync(directory, `${directory}-moved`);
        symlinkSync(other, directory);
      },
    );
    assert.equal(troubleOf(system, path), undefined);
    assert.deepEqual(look(join(other, "profile")), before);
    assert.deepEqual(readdirSync(other), ["profile"]);
    assert.equal(readFileSync(`${directory}-moved/profile`, "utf8"), NEW);
  });
}

for (const name of ["open", "lstat", "unlink"] as const) {
  test(`a file that is taken back is removed where it was written, though its directory is exchanged before ${name}`, (t) => {
    const { directory, path } = workplace(t);
    const other = join(directory, "../other");
    mkdirSync(other);
    writeFileSync(join(other, "profile"), OLD);
    const system = atCall(
      ({ args, name: called }) => called === name && /^\/proc\/self\/fd\/\d+\/profile$/.test(String(args[0])),
      () => {
        renameSync(directory, `${directory}-moved`);
        symlinkSync(other, directory);
      },
    );
    const removed = nodeFiles(system).remove(path, { expected: encodeBytes(OLD) });
    assert.ok(removed.ok);
    assert.equal(readFileSync(join(other, "profile"), "utf8"), OLD);
    assert.deepEqual(readdirSync(`${directory}-moved`), []);
  });
}

test("a file that somebody has changed, or that is a link by now, is not removed as what it was", (t) => {
  const { directory, outside, path } = workplace(t);
  const remove = (): string | undefined => {
    const removed = nodeFiles().remove(path, { expected: encodeBytes(OLD) });
    return removed.ok ? undefined : (removed.error.trouble?.kind ?? removed.error.errno);
  };
  writeFileSync(path, "edited\n");
  assert.equal(remove(), "changed");
  assert.equal(readFileSync(path, "utf8"), "edited\n");
  rmSync(path);
  assert.equal(remove(), "ENOENT");
  symlinkSync(outside, path);
  chmodSync(directory, 0o777);
  const before = look(outside);
  assert.equal(remove(), "foreign-link");
  assert.deepEqual(look(outside), before);
});

test("links of another user, and links in a directory of his, are not followed", (t) => {
  const { directory, outside } = workplace(t);
  const before = look(outside);
  const link = join(directory, "link");
  symlinkSync(outside, link);
  assert.equal(troubleOf(ownedSystem(0, { [link]: 12_345 }), link), "foreign-link");
  assert.equal(troubleOf(ownedSystem(0, { [directory]: 12_345 }), link), "foreign-link");
  assert.equal(troubleOf(ownedSystem(500, { [link]: 12_345 }), link), "foreign-link");
  chmodSync(directory, 0o777);
  assert.equal(troubleOf(nodeSystem, link), "foreign-link");
  assert.deepEqual(look(outside), before);
  // As in /tmp: nobody can take another's link away.
  chmodSync(directory, 0o1777);
  assert.equal(troubleOf(nodeSystem, link), undefined);
  assert.equal(readFileSync(outside, "utf8"), NEW);
});

test("no directory is made, and nothing removed, by way of a link of another user", (t) => {
  const { directory, outside } = workplace(t);
  const way = join(directory, "../way");
  const elsewhere = dirname(outside);
  symlinkSync(elsewhere, way);
  const before = readdirSync(elsewhere);
  const foreign = nodeFiles(ownedSystem(0, { [way]: 12_345 }));
  for (const outcome of [
    foreign.makeDirectory(join(way, "made"), 0o755),
    foreign.remove(join(way, basename(outside))),
  ]) {
    assert.equal(outcome.ok || outcome.error.trouble?.kind, "foreign-link");
  }
  assert.deepEqual(readdirSync(elsewhere), before);
  const own = nodeFiles(ownedSystem(0, {}));
  assert.ok(own.makeDirectory(join(way, "made/"), 0o755).ok);
  assert.deepEqual(own.makeDirectory(join(way, "made"), 0o755), {
    ok: false,
    error: { path: join(way, "made"), errno: "EEXIST" },
  });
  assert.ok(own.remove(join(way, "made")).ok);
  assert.deepEqual(readdirSync(elsewhere), before);
});

test("a link on the way to a file is judged as the last one is", (t) => {
  const { directory } = workplace(t);
  const way = join(directory, "../way");
  symlinkSync("inside", way);
  const path = join(way, "profile");
  assert.equal(troubleOf(ownedSystem(0, { [way]: 12_345 }), path), "foreign-link");
  assert.equal(readFileSync(path, "utf8"), OLD);
  assert.equal(troubleOf(ownedSystem(0, {}), path), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
});

test("root writes a user's file in the user's directory, and it stays the user's", (t) => {
  const { directory, path } = workplace(t);
  const system = ownedSystem(0, { [path]: 12_345, [directory]: 12_345 });
  assert.equal(troubleOf(system, path, { expected: encodeBytes(OLD) }), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
  assert.equal(system.lstat(path)?.uid, 12_345n);
});

test("a file that another user left in a shared directory is not filled by an output", (t) => {
  const { directory, path } = workplace(t);
  chmodSync(directory, 0o1777);
  const outcome = nodeFiles(ownedSystem(0, { [path]: 12_345 })).output(path);
  assert.deepEqual(outcome, { ok: false, error: { path, errno: "EACCES" } });
  assert.equal(readFileSync(path, "utf8"), OLD);
});

test("without /proc only directories that nobody else may change are written to", (t) => {
  const { directory, path } = workplace(t);
  const bare: System = hookedSystem(
    ({ name, args }) =>
      // What a program is told to work on counts, too: it has no /proc either.
      name !== "stat" && [args[0], args[1]].flat().some((word) => String(word).startsWith("/proc/"))
        ? { errno: "ENOENT" }
        : undefined,
    { ...nodeSystem, stat: (at) => (at.startsWith("/proc/") ? undefined : nodeSystem.stat(at)) },
  );
  assert.equal(troubleOf(bare, path, { expected: encodeBytes(OLD) }), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
  chmodSync(directory, 0o777);
  assert.equal(troubleOf(bare, path), "unheld-directory");
  assert.deepEqual(readdirSync(directory), ["profile"]);
});

/** Runs a command where /proc is not mounted. */
function runBare(...argv: readonly string[]): SpawnSyncReturns<string> {
  const script = 'umount -l /proc && exec "$@"';
  const program = [process.execPath, join(repository, "bin/run.cjs")];
  return spawnSync("unshare", ["--mount", "sh", "-c", script, "sh", ...program, ...argv], { encoding: "utf8" });
}

test(
  "where /proc is not mounted a profile is changed, and a cache is left out, which is said",
  { skip: process.geteuid?.() !== 0 },
  (t) => {
    const { directory, path } = workplace(t);
    writeFileSync(path, "abi <kernel>,\nprofile mine { }\n");
    chmodSync(path, 0o640);
    const changed = runBare("aa-complain", "--no-reload", "-d", directory, "mine");
    assert.deepEqual([changed.status, changed.stderr], [0, ""], changed.stdout);
    assert.match(readFileSync(path, "utf8"), /flags=\(complain\)/);
    assert.equal(statSync(path).mode & 0o7777, 0o640);
    const compiled = runBare("armorer", "compile", "-M", "kernel-7.2", "-o", "/dev/null", "--cache", directory, path);
    assert.equal(compiled.status, 0, compiled.stderr);
    assert.match(compiled.stderr, /no cache is used: \S+: \/proc is not mounted\n/);
  },
);

const edits: Readonly<Record<string, (path: string) => void>> = {
  "edited in place": (path) => writeFileSync(path, "edited\n"),
  "edited to the same length": (path) => writeFileSync(path, "odl\n"),
  "replaced by an editor": (path) => {
    writeFileSync(`${path}.tmp`, "edited\n");
    renameSync(`${path}.tmp`, path);
  },
  "replaced by a file with the same bytes": (path) => {
    writeFileSync(`${path}.tmp`, OLD);
    renameSync(`${path}.tmp`, path);
  },
  "given other rights": (path) => chmodSync(path, 0o600),
  removed: (path) => unlinkSync(path),
};

for (const [what, edit] of Object.entries(edits)) {
  for (const name of ["open", "fsync"] as const) {
    test(`a file that was ${what} before ${name} stays as it is then`, (t) => {
      const { directory, path } = workplace(t);
      const system = atCall(
        (call) => (name === "open" ? isTemporary(call) : call.name === name),
        () => edit(path),
      );
      assert.equal(troubleOf(system, path, { expected: encodeBytes(OLD) }), "changed");
      const now = existsSync(path) ? readFileSync(path, "utf8") : undefined;
      assert.notEqual(now, NEW);
      assert.deepEqual(readdirSync(directory), now === undefined ? [] : ["profile"]);
    });
  }
}

test("a file that appeared where there should be none is left alone", (t) => {
  const { directory } = workplace(t);
  const path = join(directory, "fresh");
  const system = atCall(
    ({ name }) => name === "link",
    () => writeFileSync(path, "somebody's\n"),
  );
  assert.equal(troubleOf(system, path, { expected: "absent" }), "changed");
  assert.equal(readFileSync(path, "utf8"), "somebody's\n");
  assert.deepEqual(readdirSync(directory), ["fresh", "profile"]);
});

test("a new file comes about without links, too, where the file system has none", (t) => {
  const { directory } = workplace(t);
  const path = join(directory, "fresh");
  assert.equal(troubleOf(refusing("link", "EPERM"), path, { expected: "absent" }), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
  assert.equal(statSync(path).mode & 0o7777, 0o644);
  assert.deepEqual(readdirSync(directory), ["fresh", "profile"]);
});

test("answers that cost somebody's time are kept beside the file that was changed meanwhile", (t) => {
  const { directory, path } = workplace(t);
  writeFileSync(path, "edited\n");
  const outcome = nodeFiles().write(path, encodeBytes(NEW), { expected: encodeBytes(OLD), keepBeside: true });
  const kept = `${path}.armorer-new~`;
  assert.deepEqual(outcome, { ok: false, error: { path, errno: "EBUSY", trouble: { kind: "changed", kept } } });
  assert.equal(readFileSync(kept, "utf8"), NEW);
  assert.equal(readFileSync(path, "utf8"), "edited\n");
  assert.equal(readdirSync(directory).length, 2);
});

/** Runs a tool of the packages `acl` and `attr`, which these tests need (`apt-get install acl attr`). */
function tool(...argv: readonly string[]): string {
  const [program = "", ...rest] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, rest, { encoding: "utf8" });
  assert.equal(error, undefined, `${program} cannot be run: apt-get install acl attr`);
  assert.equal(status, 0, stderr);
  return stdout.replaceAll(/^# file: .*$/gm, "");
}

test("access lists, extended attributes and the group's rights stay", (t) => {
  const { path } = workplace(t);
  chmodSync(path, 0o754);
  tool("setfacl", "-m", "u:12345:rwx,g:12345:r", path);
  tool("setfattr", "-n", "user.origin", "-v", "by hand", path);
  const before = [tool("getfacl", "-pn", path), tool("getfattr", "-d", path)];
  assert.equal(troubleOf(nodeSystem, path), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
  assert.deepEqual([tool("getfacl", "-pn", path), tool("getfattr", "-d", path)], before);
});

test("a file without an access list gets none from its directory", (t) => {
  const { directory, path } = workplace(t);
  tool("setfacl", "-d", "-m", "u:12345:rw", directory);
  const before = tool("getfacl", "-pn", path);
  assert.equal(troubleOf(nodeSystem, path), undefined);
  assert.equal(tool("getfacl", "-pn", path), before);
});

function running(status: number, errors: string): System {
  return { ...nodeSystem, run: () => ({ status, errors }) };
}

test("where attributes cannot be kept, the file is left alone and it is said why", (t) => {
  const { directory, path } = workplace(t);
  const systems: readonly [System, RegExp][] = [
    [{ ...nodeSystem, stat: (at) => (at.endsWith("/cp") ? undefined : nodeSystem.stat(at)) }, /no cp/],
    [running(1, "cp: unrecognized option '--attributes-only'\nBusyBox v1.37"), /coreutils/],
    [running(1, "cp: setting attributes for '/proc/self/fd/4': Operation not supported\n"), /Operation not supported/],
    [refusing("run", "ENOMEM"), /^ENOMEM$/],
  ];
  for (const [system, why] of systems) {
    const outcome = nodeFiles(system).write(path, encodeBytes(NEW));
    assert.ok(!outcome.ok);
    const { trouble, errno } = outcome.error;
    assert.match(trouble?.kind === "attributes" ? trouble.why : errno, why);
    assert.equal(readFileSync(path, "utf8"), OLD);
    assert.deepEqual(readdirSync(directory), ["profile"]);
  }
});

test("a program that runs with its owner's rights is not replaced", (t) => {
  const { path } = workplace(t);
  chmodSync(path, 0o4755);
  assert.equal(troubleOf(nodeSystem, path), "privileged");
  assert.equal(readFileSync(path, "utf8"), OLD);
});

test("a disk that does not confirm is told of, though the file is new", (t) => {
  const { path } = workplace(t);
  let syncs = 0;
  const system = hookedSystem(({ name }) => (name === "fsync" && (syncs += 1) === 2 ? { errno: "EIO" } : undefined));
  assert.equal(troubleOf(system, path), "unconfirmed");
  assert.equal(readFileSync(path, "utf8"), NEW);
});

test("short writes are gone on with, and calls that a signal broke off are made again", (t) => {
  const { path } = workplace(t);
  assert.equal(
    troubleOf(
      hookedSystem(({ name }) => (name === "write" ? { shortBytes: 1 } : undefined)),
      path,
    ),
    undefined,
  );
  assert.equal(readFileSync(path, "utf8"), NEW);
  const broken = new Set<string>();
  const system = hookedSystem(({ name }) => {
    if (name === "close" || broken.has(name)) return undefined;
    broken.add(name);
    return { errno: "EINTR" };
  });
  assert.equal(troubleOf(system, path, { expected: encodeBytes(NEW) }), undefined);
  assert.ok(broken.has("rename") && broken.has("read") && broken.has("run"));
});

test("an output replaces nothing before it is complete", (t) => {
  const { directory, path } = workplace(t);
  const files = nodeFiles();
  const given = files.output(path);
  assert.ok(given.ok);
  assert.ok(given.value.write(encodeBytes("half")).ok);
  assert.equal(readFileSync(path, "utf8"), OLD);
  given.value.discard();
  assert.deepEqual(readdirSync(directory), ["profile"]);
  const again = files.output(path);
  assert.ok(again.ok && again.value.write(encodeBytes(NEW)).ok && again.value.commit().ok);
  again.value.discard();
  assert.equal(readFileSync(path, "utf8"), NEW);
  assert.deepEqual(readdirSync(directory), ["profile"]);
});

test("an output on a full disk leaves the old one, and says so at the end", (t) => {
  const { directory, path } = workplace(t);
  const output = nodeFiles(refusing("write", "ENOSPC")).output(path);
  assert.ok(output.ok);
  output.value.write(encodeBytes(NEW));
  assert.deepEqual(output.value.commit(), { ok: false, error: { path, errno: "ENOSPC" } });
  assert.equal(readFileSync(path, "utf8"), OLD);
  assert.deepEqual(readdirSync(directory), ["profile"]);
});

test("a new output gets what the umask leaves", (t) => {
  const path = join(workplace(t).directory, "fresh");
  const old = process.umask(0o027);
  t.after(() => process.umask(old));
  const output = nodeFiles().output(path);
  assert.ok(output.ok && output.value.commit().ok);
  assert.equal(statSync(path).mode & 0o7777, 0o640);
});

test("devices and pipes are written to as they are, by outputs only", (t) => {
  const { directory } = workplace(t);
  const files = nodeFiles();
  const output = files.output("/dev/full");
  assert.ok(output.ok);
  assert.deepEqual(output.value.write(encodeBytes(NEW)), { ok: false, error: { path: "/dev/full", errno: "ENOSPC" } });
  const nothing = files.output("/dev/null");
  assert.ok(nothing.ok && nothing.value.write(encodeBytes(NEW)).ok && nothing.value.commit().ok);
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
  const pipe = join(directory, "pipe");
  tool("mkfifo", pipe);
  assert.equal(troubleOf(nodeSystem, pipe), "special");
  assert.ok(lstatSync(pipe).isFIFO());
});

test("a file that appears where there was none is not replaced, whatever the bytes were meant for", (t) => {
  const { directory } = workplace(t);
  const path = join(directory, "new");
  const appears = atCall(
    ({ name }) => name === "fsync",
    () => writeFileSync(path, "theirs\n"),
  );
  assert.equal(troubleOf(appears, path), "changed");
  assert.equal(readFileSync(path, "utf8"), "theirs\n");
  // What is put into a cache is ours alone, and may be replaced.
  unlinkSync(path);
  const again = atCall(
    ({ name }) => name === "fsync",
    () => writeFileSync(path, "theirs\n"),
  );
  assert.equal(troubleOf(again, path, { isFresh: true }), undefined);
  assert.equal(readFileSync(path, "utf8"), NEW);
});
