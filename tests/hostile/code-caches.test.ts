/** V8's caches of the code are code: nobody runs what others could have written there. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Script } from "node:vm";

const repository = join(import.meta.dirname, "../../..");
const isRoot = process.geteuid?.() === 0;

function temporary(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-code-caches-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function isNoCache(path: string): boolean {
  return !path.includes("/caches-");
}

/** A package without caches in a directory. */
function packageIn(directory: string): void {
  for (const part of ["dist", "policy"])
    cpSync(join(repository, part), join(directory, part), { recursive: true, filter: isNoCache });
}

function cachesIn(directory: string): readonly string[] {
  return readdirSync(join(directory, "dist"), { recursive: true, encoding: "utf8" }).filter((one) =>
    one.startsWith("caches-"),
  );
}

test("whatever the caller's umask, nobody else may write the caches", (t) => {
  const directory = temporary(t);
  packageIn(directory);
  execFileSync("sh", ["-c", 'umask 0; "$@"', "sh", process.execPath, join(directory, "dist/code-cache.cjs")], {
    stdio: "ignore",
  });
  const caches = cachesIn(directory);
  assert.ok(caches.some((path) => path.endsWith("/main.cjs")));
  assert.deepEqual(
    caches.filter((path) => (statSync(join(directory, "dist", path)).mode & 0o022) !== 0),
    [],
  );
});

test("making caches says nothing, and leaves nothing but them, whatever the caller's directories are", (t) => {
  const directory = temporary(t);
  packageIn(directory);
  // Commas divide the directories of caches, and `$&` is what was replaced.
  const [TMPDIR, HOME] = [join(directory, "temporary,x$&"), join(directory, "home")];
  for (const one of [TMPDIR, HOME]) mkdirSync(one);
  const before = readdirSync(directory);
  const make = (): readonly [number | null, string] => {
    const program = join(directory, "dist/code-cache.cjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
      env: { PATH: "/usr/bin:/bin", TMPDIR, HOME },
      encoding: "utf8",
    });
    return [status, stdout + stderr];
  };
  assert.deepEqual(make(), [0, ""]);
  assert.deepEqual([readdirSync(directory), readdirSync(TMPDIR), readdirSync(HOME)], [before, [], []]);
  const parts = new Set(readdirSync(join(directory, "dist"), { recursive: true, encoding: "utf8" }));
  const strange = cachesIn(directory).filter((path) => !parts.has(path.replace(/^[^/]+\/?/, "")) && path.includes("/"));
  assert.deepEqual(strange, []);
  const [status, text] = make();
  assert.equal(status, 1);
  assert.match(text, /^code-cache: \S+ is there already, and is made anew once it is removed\n$/);
});

/** What a part of the program prints whose cache holds other code of the same length. */
function printed(directory: string): string {
  const call = `require(${JSON.stringify(`${directory}/start.cjs`)}).start("armorer", [])`;
  return spawnSync(process.execPath, ["-e", call], { encoding: "utf8" }).stdout;
}

function sourceOf(word: string): string {
  return `console.log("${word}"); exports.main = () => undefined;`;
}

test("a cache that somebody else could have written is not run", (t) => {
  const directory = temporary(t);
  cpSync(join(repository, "dist/start.cjs"), join(directory, "start.cjs"));
  writeFileSync(join(directory, "main.cjs"), sourceOf("source"));
  const caches = join(directory, `caches-${process.versions.v8}`);
  mkdirSync(caches);
  const text = `(function(exports,require,module,__filename,__dirname){${sourceOf("cached")}\n})`;
  const script = new Script(text, { filename: join(directory, "main.cjs") });
  writeFileSync(join(caches, "main.cjs"), script.createCachedData(), { mode: 0o644 });
  assert.equal(printed(directory), "cached\n", "V8 takes it, so that the owner and the mode decide");
  for (const mode of [0o666, 0o664, 0o646]) {
    chmodSync(join(caches, "main.cjs"), mode);
    assert.equal(printed(directory), "source\n", mode.toString(8));
  }
  chmodSync(join(caches, "main.cjs"), 0o644);
  if (!isRoot) return;
  chownSync(join(caches, "main.cjs"), 65534, 65534);
  assert.equal(printed(directory), "source\n", "somebody else's");
});
