import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { entryPoints, mayImport, rooms, touchesNode } from "./layers.ts";
import {
  type Import,
  importCycles,
  isTest,
  readImports,
  repository,
  sourcesBelow,
  unusedExports,
} from "./support/sources.ts";

const all = sourcesBelow(rooms);
const imports = all.flatMap((source) => source.imports);

/** `src/language/syntax/scanner.ts` → `language/syntax`: the longest module of the table that holds the file. */
function moduleOf(path: string): string | undefined {
  const parts = dirname(path)
    .replace(/^src\//, "")
    .split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join("/");
    if (name in mayImport) return name;
  }
  return undefined;
}

const isOurs = (path: string): boolean => rooms.some((room) => path.startsWith(`${room}/`));

/** What breaks the table; `imports` are repository paths. */
function violations(list: readonly Pick<Import, "from" | "to">[]): string[] {
  const found: string[] = [];
  for (const { from, to } of list) {
    const source = moduleOf(from);
    if (source === undefined) found.push(`${from} is in no module of the table`);
    else if (!isOurs(to)) {
      if (!touchesNode.includes(source)) found.push(`${from} imports ${to}: ${source} is pure`);
    } else {
      const target = moduleOf(to);
      if (target === undefined) found.push(`${to} is in no module of the table`);
      else if (target !== source) {
        if (!(mayImport[source] ?? []).includes(target)) found.push(`${from} imports ${target}`);
        // Tests look behind doors.
        if (to.startsWith("src/") && to !== `src/${target}/index.ts` && !from.startsWith("tests/")) {
          found.push(`${from} imports ${to}, which is not its module's door`);
        }
      }
    }
  }
  return found;
}

test("every import, also one made while running, is allowed by the table of layers", () => {
  const layered = imports.filter(({ from }) => !isTest(from));
  assert.ok(layered.length > 1000, `saw only ${layered.length} imports`);
  assert.ok(layered.some(({ from, to }) => from === "src/app/loaders.ts" && to === "src/app/pipeline.ts"));
  assert.deepEqual(violations(layered), []);
});

test("the table of layers has no cycle", () => {
  const table = Object.entries(mayImport).flatMap(([from, targets]) => targets.map((to) => ({ from, to, names: [] })));
  for (const { to } of table) assert.ok(to in mayImport, `${to} is imported but not in the table`);
  assert.deepEqual(importCycles(table), []);
});

test("no files import each other, not for types either", () => {
  assert.deepEqual(importCycles(imports.filter(({ to }) => isOurs(to))), []);
});

/** What people import from the installed package. */
function publicDoors(): ReadonlySet<string> {
  const text = readFileSync(join(repository, "package.json"), "utf8");
  const doors = [...text.matchAll(/"default": "\.\/build\/(src\/[^"]+)\.js"/g)].map(([, path]) => `${path}.ts`);
  assert.ok(doors.length > 10, "package.json has doors");
  return new Set([...doors, ...entryPoints]);
}

test("every export has a use", () => {
  // The bundler's script holds texts of modules, whose exports are none of its own.
  const ours = all.filter(({ path }) => !path.startsWith("scripts/"));
  assert.deepEqual(unusedExports(ours, publicDoors()), []);
});

test("planted violations are caught", () => {
  const planted: readonly (readonly [string, string, string])[] = [
    ["src/language/syntax/x.ts", 'import { a } from "../model/index.ts";', "imports language/model"],
    ["src/language/syntax/x.ts", 'const { a } = await import("../model/index.ts");', "imports language/model"],
    ["src/language/syntax/x.ts", 'type A = typeof import("../model/index.ts");', "imports language/model"],
    ["src/language/syntax/x.ts", 'import { a } from "../../foundation/text/bytes.ts";', "not its module's door"],
    ["src/compiler/automata/x.ts", 'import { a } from "node:fs";', "is pure"],
    ["src/somewhere/x.ts", 'import { a } from "node:fs";', "in no module"],
    ["src/host/x.ts", 'import { a } from "../app/index.ts";', "imports app"],
    ["lab/x.ts", 'import { a } from "../src/app/index.ts";', "imports app"],
    ["lab/x.ts", 'import { a } from "../tests/support/x.ts";', "imports tests/support"],
    ["src/cli/x.ts", 'import { a } from "../../lab/index.ts";', "imports lab"],
    ["scripts/x.mjs", 'const { a } = await import("../build/src/app/index.js");', "imports app"],
  ];
  for (const [path, text, expected] of planted) {
    const found = violations(readImports(path, text).imports);
    assert.ok(
      found.some((line) => line.includes(expected)),
      `${path}: ${text}: ${found.join("; ")}`,
    );
  }
});

function plant(path: string, text: string): (typeof all)[number] {
  return { path, text, ...readImports(path, text) };
}

test("planted cycles and unused exports are caught", () => {
  const sources = [
    plant("src/a/one.ts", 'import type { Two } from "./two.ts";\nexport type One = Two;\nexport const spare = 1;\n'),
    plant("src/a/two.ts", 'const { x } = await import("./three.ts");\nexport interface Two {}\n'),
    plant("src/a/three.ts", 'import { type One } from "./one.ts";\nexport { four as five } from "./four.ts";\n'),
    plant("src/a/four.ts", "export function four(): void {}\n"),
  ];
  assert.deepEqual(importCycles(sources.flatMap((source) => source.imports)), [
    ["src/a/one.ts", "src/a/three.ts", "src/a/two.ts"],
  ]);
  assert.deepEqual(unusedExports(sources, new Set(["src/a/three.ts"])), ["src/a/one.ts spare"]);
});

test("every file is in a module of the table", () => {
  assert.deepEqual(
    all.map(({ path }) => path).filter((path) => !isTest(path) && moduleOf(path) === undefined),
    [],
  );
});
