import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const repository = join(import.meta.dirname, "../../..");
const doors: Readonly<Record<string, string | { readonly types: string; readonly default: string }>> = JSON.parse(
  readFileSync(join(repository, "package.json"), "utf8"),
).exports;
const names = Object.keys(doors).filter((door) => !/\.json$|\*/.test(door));

/** A project that depends on the package. */
function project(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-library-"));
  context.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(repository, join(directory, "node_modules/armorer"));
  return directory;
}

test("the README's example runs in a project that depends on the package", (t) => {
  const directory = project(t);
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(join(repository, "README.md"), "utf8"))?.[1] ?? "";
  const promised = [...example.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`);
  assert.ok(promised.length > 1, example);
  writeFileSync(join(directory, "example.mjs"), example);
  const { stdout, stderr } = spawnSync(process.execPath, ["example.mjs"], { cwd: directory, encoding: "utf8" });
  assert.deepEqual({ stdout, stderr }, { stdout: promised.join(""), stderr: "" });
});

test("every door but those that touch Node can be bundled for a browser", async (t) => {
  const directory = project(t);
  for (const name of names.filter((door) => !["./host", "./confinement"].includes(door))) {
    const { metafile } = await build({
      stdin: { contents: `export * from "armorer${name.slice(1)}";`, resolveDir: directory },
      bundle: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "esm",
      logLevel: "silent",
    });
    const inputs = Object.keys(metafile.inputs);
    assert.ok(inputs.length > 2, name);
    assert.deepEqual(
      inputs.filter((path) => builtinModules.includes(path.replace(/^node:/, ""))),
      [],
      name,
    );
  }
});

interface Size {
  readonly bytes: number;
  readonly packed: number;
}

/** What bundles made as docs/library.md says take, by the name of the file. */
async function bundled(directory: string, code: string, splitting: boolean): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: directory, sourcefile: "page.mjs" },
    outdir: "page",
    bundle: true,
    splitting,
    minify: true,
    write: false,
    format: "esm",
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** A file with all that it imports at once. */
function closure(files: ReadonlyMap<string, string>, name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, other = ""] of (files.get(name) ?? "").matchAll(/(?:from|import)"\.\/([^"]+)"/g))
    closure(files, other, seen);
  return seen;
}

function kilobytes(sizes: readonly number[]): number {
  return sizes.reduce((total, one) => total + one, 0) / 1000;
}

function sizeOf(files: ReadonlyMap<string, string>, wanted: Iterable<string>): Size {
  const sizes = [...wanted].map((name) => Buffer.from(files.get(name) ?? ""));
  return {
    bytes: kilobytes(sizes.map(({ length }) => length)),
    packed: kilobytes(sizes.map((bytes) => gzipSync(bytes, { level: 9 }).length)),
  };
}

test("what a page reads is as much as docs/library.md says", async (t) => {
  const directory = project(t);
  const page = readFileSync(join(repository, "docs/library.md"), "utf8").replaceAll("\n", " ");
  const said = [...page.matchAll(/(\d+) kB(?: more| at its start)? \((\d+) kB/g)].map(([, bytes, packed]) => [
    Number(bytes),
    Number(packed),
  ]);
  // A page that draws, for one that draws in no import is left out as a whole.
  const check = 'import { check } from "armorer"; console.log(await check("profile a { }"));';
  const split = await bundled(directory, check, true);
  const [entry = ""] = [...split.keys()].filter((name) => /^stdin|^page/.test(name));
  const start = closure(split, entry);
  const later = [...(split.get(entry) ?? "").matchAll(/import\("\.\/((?:pipeline|starter-policy)[^"]+)"\)/g)].map(
    ([, name = ""]) => name,
  );
  assert.equal(new Set(later).size, 2, `${later.join(" ")} of ${[...split.keys()].join(" ")}`);
  const all = later.reduce((seen, name) => closure(split, name, new Set(seen)), new Set(start) as ReadonlySet<string>);
  const whole = await bundled(directory, check, false);
  const parts = ["syntax", "text", "diagnostics"].map((name) => `export * from "armorer/${name}";`).join("\n");
  const some = await bundled(directory, parts, false);
  const measured = [
    sizeOf(split, start),
    sizeOf(
      split,
      [...all].filter((name) => !start.has(name)),
    ),
    sizeOf(whole, whole.keys()),
    sizeOf(some, some.keys()),
  ];
  assert.equal(said.length, measured.length);
  for (const [at, { bytes, packed }] of measured.entries()) {
    const [wantedBytes = 0, wantedPacked = 0] = said[at] ?? [];
    const isNear = Math.abs(bytes - wantedBytes) < bytes / 10 && Math.abs(packed - wantedPacked) < packed / 10;
    assert.ok(isNear, `${wantedBytes} kB (${wantedPacked} kB) is ${bytes} kB (${packed} kB)`);
  }
});

/** A block with what it says of its values in comments, `expression; // value`, as a program that compares them. */
function comparing(block: string): { readonly program: string; readonly promises: number } {
  let promises = 0;
  const program = block.replaceAll(
    /^(?!const |import |\s|\/\/)(.+); \/\/ (\S.*)$/gm,
    (_, expression: string, value: string) => {
      promises += 1;
      return `(await import("node:assert/strict")).deepEqual(${expression}, ${value});`;
    },
  );
  return { program, promises };
}

test("every block of the tour of the library runs, and its values are what it says", (t) => {
  const directory = project(t);
  const blocks = [...readFileSync(join(repository, "docs/library.md"), "utf8").matchAll(/```js\n([\s\S]*?)```/g)];
  assert.ok(blocks.length > 4);
  let all = 0;
  for (const [, block = ""] of blocks) {
    const { program, promises } = comparing(block);
    all += promises;
    writeFileSync(join(directory, "block.mjs"), program);
    const { status, stderr } = spawnSync(process.execPath, ["block.mjs"], { cwd: directory, encoding: "utf8" });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, block);
  }
  assert.ok(all > 3, String(all));
});

test("the tour names every door, and every job that it names is one", async () => {
  const tour = readFileSync(join(repository, "docs/library.md"), "utf8");
  for (const name of names) assert.ok(tour.includes(`\`armorer${name.slice(1)}\``), name);
  const jobs = [...tour.matchAll(/^\| `(\w+)\([^`]*\)`/gm)].map(([, job = ""]) => job);
  assert.ok(jobs.length > 12);
  const door: object = await import("armorer");
  assert.deepEqual(
    jobs.filter((job) => !(job in door)),
    [],
  );
});

test("the README says how it is installed, and where the tour of the library is", () => {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  for (const said of [
    /npm (?:install|ci)/,
    /npm run build/,
    /\[docs\/installing\.md\]/,
    /\[docs\/library\.md\]/,
    /npm run docs/,
  ])
    assert.match(readme, said);
  const installing = readFileSync(join(repository, "docs/installing.md"), "utf8");
  for (const said of [/npm install -g armorer/, /npm run deb/, /armorer tools link/]) assert.match(installing, said);
});
