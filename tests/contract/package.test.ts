import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { repository } from "../support/sources.ts";

const home = mkdtempSync(join(tmpdir(), "armorer-package-"));
after(() => rmSync(home, { recursive: true, force: true }));

function npm(...argv: readonly string[]): string {
  const quiet = [
    "--ignore-scripts",
    "--offline",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `--cache=${join(home, "cache")}`,
  ];
  return execFileSync("npm", [...argv, ...quiet], {
    cwd: repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

npm("pack", "--pack-destination", home);
const tarball = readdirSync(home).find((name) => name.endsWith(".tgz"));
assert.ok(tarball !== undefined);
// For the whole system, without scripts and without anything of development; and a project that sees nothing else.
const prefix = join(home, "prefix");
npm("install", "--global", "--prefix", prefix, join(home, tarball));
const installed = join(prefix, "lib/node_modules/armorer");
const project = join(home, "project");
mkdirSync(join(project, "node_modules"), { recursive: true });
symlinkSync(installed, join(project, "node_modules/armorer"));
const files = readdirSync(installed, { recursive: true, encoding: "utf8" })
  .filter((path) => statSync(join(installed, path)).isFile())
  .toSorted();

test("the package holds what it needs and nothing else", () => {
  assert.ok(files.length > 100, `saw only ${files.length} files`);
  assert.deepEqual(
    files.filter((path) => /\.map$|\.test\.|(?:^|\/)caches-|\.cache$|^(?:tests|lab|bench|scripts|src)\//.test(path)),
    [],
  );
  assert.deepEqual(
    readdirSync(dirname(installed)).filter((name) => !name.startsWith(".")),
    ["armorer"],
  );
  const { scripts, dependencies, bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  assert.equal(dependencies, undefined);
  assert.deepEqual(bin, { armorer: "bin/armorer" });
  for (const name of ["prepare", "preinstall", "install", "postinstall"]) assert.ok(!(name in scripts), name);
});

test("nothing in the package refers to a map of its source, which is not there", () => {
  const code = files.filter((path) => /\.(?:[cm]?js|d\.ts|css)$/.test(path));
  assert.ok(code.length > 100);
  assert.deepEqual(
    code.filter((path) => readFileSync(join(installed, path), "utf8").includes("sourceMappingURL")),
    [],
  );
});

test("no link in the package leads nowhere", () => {
  const pages = files.filter((path) => path.endsWith(".md"));
  assert.ok(pages.includes("README.md"));
  let links = 0;
  const dead = pages.flatMap((page) => {
    const text = readFileSync(join(installed, page), "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
    return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      links += 1;
      const path = join(dirname(page), decodeURI(link.replace(/#.*/, "")));
      return existsSync(join(installed, path)) ? [] : [`${page}: ${link}`];
    });
  });
  assert.ok(links > 20, `saw only ${links} links`);
  assert.deepEqual(dead, []);
});

test("every path that package.json names is there, and every import of a type leads to a file", () => {
  const { exports: doors, bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const paths: readonly string[] = JSON.stringify([doors, bin]).match(/(?<=")(?:\.\/|bin\/)[^"*]+\.?\w*(?=")/g) ?? [];
  const named = paths.filter((path) => !(path in doors));
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(installed, path))),
    [],
  );
  const dead = files
    .filter((path) => path.endsWith(".d.ts"))
    .flatMap((path) =>
      [...readFileSync(join(installed, path), "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].flatMap(
        ([, to = ""]) => {
          const wanted = join(dirname(path), to).replace(/\.(?:ts|js)$/, ".d.ts");
          return existsSync(join(installed, wanted)) ? [] : [`${path}: ${to}`];
        },
      ),
    );
  assert.deepEqual(dead, []);
});

test("an installation for the whole system puts armorer on the path, and nothing else", () => {
  assert.deepEqual(readdirSync(join(prefix, "bin")), ["armorer"]);
  const drop = join(installed, "bin/apparmor_parser");
  assert.match(execFileSync(drop, ["--help"], { encoding: "utf8" }), /^Usage/im);
});

test("the first run makes V8's caches of the code, for the next ones", async () => {
  const dist = join(installed, "dist");
  // Where they are made is below them, and goes while this looks.
  const cachesOf = (): readonly string[] =>
    readdirSync(dist)
      .filter((name) => name.startsWith("caches-"))
      .flatMap((name) => readdirSync(join(dist, name)).map((path) => `${name}/${path}`));
  assert.deepEqual(cachesOf(), []);
  writeFileSync(join(project, "profile"), "profile demo { /etc/hosts r, }\n");
  const command = join(prefix, "bin/armorer");
  const check = (): ReturnType<typeof spawnSync> =>
    spawnSync(command, ["check", "profile"], { cwd: project, encoding: "utf8" });
  const first = check();
  assert.equal(first.status, 0);
  // It is made by a process of its own, which nobody waits for but this test.
  while (!cachesOf().some((path) => path.endsWith("/compile-worker.cjs"))) await setTimeout(50);
  const second = check();
  assert.deepEqual([second.status, second.stdout, second.stderr], [first.status, first.stdout, first.stderr]);
});

test("a project that has only the package compiles and runs with it", () => {
  writeFileSync(
    join(project, "use.mjs"),
    `import { compile, memoryFiles } from "armorer";
import { nodeFiles } from "armorer/host";
import schema from "armorer/schemas/check.json" with { type: "json" };
const { ok, units } = await compile("include <tunables/global>\\nprofile demo { /etc/hosts r, }");
console.log(ok, units.length, typeof nodeFiles().read, memoryFiles().texts(), schema.title !== undefined);
`,
  );
  const { stdout } = spawnSync(process.execPath, ["--no-warnings", "use.mjs"], { cwd: project, encoding: "utf8" });
  assert.equal(stdout, "true 1 function {} true\n");
});

/** What people write, and what they are kept from. */
const TYPED = `import { compile, type CompiledSource, type OwnUnit, type PolicyInput, runTests } from "armorer";
import type { Diagnostic } from "armorer/diagnostics";
import { plan, type TextChange } from "armorer/edit";
import type { FilesPort, KernelPort } from "armorer/ports";
import { parse } from "armorer/syntax";
import { sourceFile } from "armorer/text";

export async function download(policy: PolicyInput): Promise<Blob> {
  const compiled: CompiledSource<OwnUnit> = await compile(policy, { kernelFeatures: "kernel-6.12" });
  const said: readonly Diagnostic[] = compiled.diagnostics;
  if (said.some(({ severity }) => severity === "error")) throw new Error();
  return new Blob(compiled.units.map(({ bytes }) => bytes));
}
export async function isPassed(policy: PolicyInput, suite: string): Promise<boolean> {
  const { ok, tests } = await runTests(policy, suite);
  return ok && tests.every(({ outcome }) => outcome === "passed");
}
export const ports = (files: FilesPort, kernel: KernelPort): unknown => [files, kernel];
const changes: TextChange[] = [{ kind: "add-rule", profile: ["demo"], rule: "/x r" }];
plan(parse(sourceFile("x", "profile demo { }")), changes);
// @ts-expect-error -- no such capability
plan(parse(sourceFile("x", "")), [{ kind: "add-rule", profile: ["a"], rule: { kind: "capability", names: ["chwn"] } }]);
// @ts-expect-error -- no such option
await compile("", { file: {} });
`;

test("a project in TypeScript compiles with it, whoever resolves its modules, without Node's types", () => {
  writeFileSync(join(project, "use.mts"), TYPED);
  for (const [module, moduleResolution] of [
    ["node16", "node16"],
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const options = { module, moduleResolution, strict: true, exactOptionalPropertyTypes: true, noEmit: true };
    const compilerOptions = { ...options, target: "es2022", lib: ["es2022", "dom"], types: [], skipLibCheck: false };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.mts"] }));
    const { status, stdout } = spawnSync(join(repository, "node_modules/.bin/tsc"), ["-p", project], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout], [0, ""], moduleResolution);
  }
});
