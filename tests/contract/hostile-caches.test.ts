/** Cache directories that somebody else may write: root obeys the name he was given, and loads nothing that another could have put there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createCache, purgeCache } from "../../src/app/index.ts";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { compilePool } from "../../src/service/index.ts";
import { type CliIo, processIo } from "../../src/cli/io.ts";
import { runTool } from "../../src/cli/drop-in/tool.ts";
import { tool as aaLoad } from "../../src/cli/drop-in/aa-load.ts";
import { type System, nodeDigest, nodeFiles, nodeKernel, nodeSystem } from "../../src/host/index.ts";
import { plainText } from "../support/captured-io.ts";

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const features = join(import.meta.dirname, "../../../policy/abi/5.0");
const aafs = "sys/kernel/security/apparmor";

interface Scene {
  readonly directory: string;
  readonly io: CliIo;
  readonly err: () => string;
  /** What went to the kernel since it was last asked. */
  readonly loaded: () => Buffer;
}

function scene(context: TestContext): Scene {
  const directory = mkdtempSync(join(tmpdir(), "armorer-hostile-"));
  context.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, aafs, "features/file"), { recursive: true });
  mkdirSync(join(directory, "proc"));
  writeFileSync(join(directory, "proc/mounts"), "securityfs /sys/kernel/security securityfs rw 0 0\n");
  writeFileSync(join(directory, aafs, "features/file/mask"), "read\n");
  writeFileSync(join(directory, aafs, ".replace"), "");
  let err = "";
  return {
    directory,
    err: () => err,
    io: {
      ...processIo(),
      environment: {},
      out: () => undefined,
      err: (text) => void (err += plainText(text)),
      kernelAt: () => nodeKernel({ root: directory }),
    },
    loaded: () => {
      const path = join(directory, aafs, ".replace");
      const bytes = readFileSync(path);
      writeFileSync(path, "");
      return bytes;
    },
  };
}

function load({ directory, io }: Scene, cache: string): Promise<number> {
  const argv = ["--config-file=/dev/null", "-rW", "--kernel-features", features, "-L", cache, join(directory, "demo")];
  return runParser(argv, { io, openPool: compilePool });
}

function entryDirectory(cache: string): string {
  const [inner = ""] = readdirSync(cache);
  return join(cache, inner);
}

/** A cache with a current entry for `demo`, and blob and record that say that they are it and hold other policy. */
async function forge(stage: Scene): Promise<{ cache: string; entry: string; good: Buffer; evil: Buffer }> {
  const profile = join(stage.directory, "demo");
  const cache = join(stage.directory, "cache");
  writeFileSync(profile, "profile demo { capability, }\n");
  assert.equal(await load(stage, join(stage.directory, "other")), 0, stage.err());
  const evil = stage.loaded();
  writeFileSync(profile, "profile demo { /good r, }\n");
  assert.equal(await load(stage, cache), 0);
  const good = stage.loaded();
  assert.notDeepEqual(good, evil);
  return { cache, entry: join(entryDirectory(cache), "demo"), good, evil };
}

/** Where the record of an entry is. */
function record(entry: string): string {
  return join(entry, "../.demo.armorer");
}

function plant(entry: string, evil: Buffer): void {
  const forged = { ...JSON.parse(readFileSync(record(entry), "utf8")), blob: nodeDigest.sha256(evil) };
  writeFileSync(record(entry), JSON.stringify(forged));
  writeFileSync(entry, evil);
}

test("a forged entry of one's own is believed, so that what follows shows something", async (t) => {
  const stage = scene(t);
  const { cache, entry, evil } = await forge(stage);
  plant(entry, evil);
  assert.equal(await load(stage, cache), 0);
  assert.deepEqual(stage.loaded(), evil);
});

test("a blob or record that another owns, may write, or has a second name for is never loaded, and is replaced", async (t) => {
  const spoil: [string, (entry: string) => void][] = [
    ["others may write the blob", (entry) => chmodSync(entry, 0o602)],
    ["the group may write the blob", (entry) => chmodSync(entry, 0o660)],
    ["others may write the record", (entry) => chmodSync(record(entry), 0o666)],
    ["the blob has two names", (entry) => linkSync(entry, join(entry, "../twin"))],
    [
      "the blob is a link",
      (entry) => {
        renameSync(entry, join(entry, "../real"));
        symlinkSync("real", entry);
      },
    ],
    [
      "the blob is a FIFO",
      (entry) => {
        rmSync(entry);
        execFileSync("mkfifo", [entry]);
      },
    ],
    [
      "the record is a FIFO",
      (entry) => {
        rmSync(record(entry));
        execFileSync("mkfifo", [record(entry)]);
      },
    ],
  ];
  if (isRoot) {
    spoil.push(
      ["the blob is another's", (entry) => chownSync(entry, NOBODY, NOBODY)],
      ["the record is another's", (entry) => chownSync(record(entry), NOBODY, NOBODY)],
    );
  }
  for (const [what, apply] of spoil) {
    const stage = scene(t);
    const { cache, entry, good, evil } = await forge(stage);
    plant(entry, evil);
    apply(entry);
    assert.equal(await load(stage, cache), 0, what);
    assert.deepEqual(stage.loaded(), good, what);
    assert.ok(lstatSync(entry).isFile() && lstatSync(record(entry)).isFile(), what);
    assert.deepEqual(readFileSync(entry), good, what);
  }
});

test("what is written into a cache never goes through a link that was planted there", async (t) => {
  const stage = scene(t);
  const { cache, entry, good } = await forge(stage);
  const treasure = join(stage.directory, "treasure");
  for (const name of [entry, join(entry, "../.demo.armorer"), join(entry, "../.features")]) {
    writeFileSync(treasure, "treasure");
    rmSync(name);
    symlinkSync(treasure, name);
  }
  assert.equal(await load(stage, cache), 0);
  assert.deepEqual(stage.loaded(), good);
  assert.equal(readFileSync(treasure, "utf8"), "treasure");
});

/** The machine's calls, of which those to list a directory are followed by `strike`. */
function afterListing(strike: () => void): System {
  return {
    ...nodeSystem,
    readdir: (path) => {
      const entries = nodeSystem.readdir(path, 1000);
      strike();
      return entries;
    },
  };
}

test("a cache is emptied where it is, not where its name leads by then", (t) => {
  for (const empty of ["purge", "remake"] as const) {
    const directory = mkdtempSync(join(tmpdir(), "armorer-emptied-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const at = (path: string): string => join(directory, path);
    const made = createCache(nodeFiles(), at("cache"), "features {\n}\n");
    assert.ok(made.ok);
    writeFileSync(join(made.value, "shadow"), "x");
    if (empty === "remake") rmSync(join(made.value, ".features"));
    mkdirSync(at("treasures"));
    writeFileSync(at("treasures/shadow"), "treasure");
    let isStruck = false;
    const system = afterListing(() => {
      // The owner of the directory has seen which names are to go.
      if (isStruck || !readdirSync(made.ok ? made.value : "").includes("shadow")) return;
      if (empty === "remake" && !/\/proc\//.test(listed)) return;
      isStruck = true;
      renameSync(made.ok ? made.value : "", at("away"));
      symlinkSync(at("treasures"), made.ok ? made.value : "");
    });
    let listed = "";
    const files = nodeFiles({
      ...system,
      readdir: (path) => {
        listed = path;
        return system.readdir(path, 1000);
      },
    });
    if (empty === "purge") purgeCache(files, at("cache"));
    else createCache(files, at("cache"), "features {\n}\n");
    assert.ok(isStruck, empty);
    assert.equal(readFileSync(at("treasures/shadow"), "utf8"), "treasure", empty);
  }
});

test("aa-load loads from a directory only what nobody else can have put there", async (t) => {
  const stage = scene(t);
  const blobs = join(stage.directory, "blobs");
  mkdirSync(blobs);
  writeFileSync(join(blobs, "good"), "good", { mode: 0o600 });
  writeFileSync(join(blobs, "evil"), "evil");
  chmodSync(join(blobs, "evil"), 0o666);
  assert.equal(await runTool(aaLoad, [blobs], stage.io), 1);
  assert.equal(stage.loaded().toString(), "good");
  assert.match(stage.err(), /'[^']*\/blobs\/evil': Operation not permitted\n$/);
  // A file that is named is obeyed.
  assert.equal(await runTool(aaLoad, [join(blobs, "evil")], stage.io), 0);
  assert.equal(stage.loaded().toString(), "evil");
});

test("root follows neither HOME nor XDG_CACHE_HOME of whoever called him, and everybody is told when no cache is used", async (t) => {
  const stage = scene(t);
  const home = join(stage.directory, "home");
  mkdirSync(home);
  writeFileSync(join(stage.directory, "demo"), "profile demo { /good r, }\n");
  const argv = ["compile", "-q", "-M", features, join(stage.directory, "demo")];
  const io = { ...stage.io, environment: { HOME: home, XDG_CACHE_HOME: join(home, "caches") } };
  if (isRoot) {
    // Below --root the system's place is meant, which is below /tmp here.
    assert.equal(await runArmorer([...argv, "--root", stage.directory], io), 0);
    assert.deepEqual(readdirSync(home), []);
  } else assert.equal(await runArmorer(argv, io), 0);
  assert.equal(stage.err().match(/^armorer: no cache is used: /gm)?.length, 1);
});
