import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { mayImport, touchesNode } from "./layers.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const IMPORT = /^(?:import|export)\b(?:[^'"();=]*?\bfrom)?\s*["']([^"']+)["']/gm;

interface Import {
  readonly from: string;
  readonly to: string;
}

/** `src/language/syntax/lexer.ts` → `language/syntax`: the longest module of the table that holds the file. */
function moduleOf(path: string): string | undefined {
  const parts = dirname(path).split("/").slice(1);
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join("/");
    if (name in mayImport) return name;
  }
  return undefined;
}

/** What breaks the table; `imports` are repository paths. */
function violations(imports: readonly Import[]): string[] {
  const found: string[] = [];
  for (const { from, to } of imports) {
    const source = moduleOf(from);
    if (source === undefined) found.push(`${from} is in no module of the table`);
    else if (!to.startsWith("src/")) {
      if (!touchesNode.includes(source)) found.push(`${from} imports ${to}: ${source} is pure`);
    } else {
      const target = moduleOf(to);
      if (target === undefined) found.push(`${to} is in no module of the table`);
      else if (target !== source) {
        if (!(mayImport[source] ?? []).includes(target)) found.push(`${from} imports ${target}`);
        if (to !== `src/${target}/index.ts`) found.push(`${from} imports ${to}, which is not its module's door`);
      }
    }
  }
  return found;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(repository, path), "utf8");
  return [...text.matchAll(IMPORT)].map(([, to = ""]) => ({
    from: path,
    to: to.startsWith(".") ? join(dirname(path), to) : to,
  }));
}

function sources(): string[] {
  return readdirSync(join(repository, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => join("src", path))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.endsWith(".d.ts"));
}

test("every import in src is allowed by the table of layers", () => {
  const imports = sources().flatMap(importsOf);
  assert.ok(imports.length > 20, `saw only ${imports.length} imports`);
  assert.deepEqual(violations(imports), []);
});

test("the table of layers has no cycle", () => {
  const seen = new Map<string, "open" | "done">();
  const visit = (name: string, path: readonly string[]): void => {
    assert.notEqual(seen.get(name), "open", `cycle: ${[...path, name].join(" → ")}`);
    if (seen.has(name)) return;
    seen.set(name, "open");
    assert.ok(mayImport[name], `${name} is imported but not in the table`);
    for (const next of mayImport[name] ?? []) visit(next, [...path, name]);
    seen.set(name, "done");
  };
  for (const name of Object.keys(mayImport)) visit(name, []);
});

test("planted violations are caught", () => {
  const planted: readonly (readonly [string, string, string])[] = [
    ["src/language/syntax/x.ts", "src/language/model/index.ts", "imports language/model"],
    ["src/language/syntax/x.ts", "src/foundation/text/bytes.ts", "not its module's door"],
    ["src/compiler/automata/x.ts", "node:fs", "is pure"],
    ["src/somewhere/x.ts", "node:fs", "in no module"],
  ];
  for (const [from, to, expected] of planted) {
    assert.ok(
      violations([{ from, to }]).some((found) => found.includes(expected)),
      `${from} → ${to}`,
    );
  }
});

test("every file under src is in a module of the table", () => {
  assert.deepEqual(
    sources().filter((path) => moduleOf(path) === undefined),
    [],
  );
});
