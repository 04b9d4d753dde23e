import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { examplesIn, runExample } from "../support/examples.ts";
import { repository } from "../support/sources.ts";

const doors: readonly string[] = Object.keys(
  JSON.parse(readFileSync(join(repository, "package.json"), "utf8")).exports,
).filter((door) => !/\.json$|\*/.test(door));

const published: Record<string, unknown> = { URL, Uint8Array };
for (const door of doors) {
  for (const [name, value] of Object.entries<unknown>(await import(door.replace(/^\./, "armorer"))))
    published[name] ??= value;
}

const sources = readdirSync(join(repository, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => `src/${name}`);
const documented = sources.filter((path) => examplesIn(path).length > 0);

/** What those who call the library have; beside it what the file gives to the rest of the code. */
async function namesFor(path: string): Promise<object> {
  const built: object = await import(pathToFileURL(join(repository, "build", path.replace(/\.ts$/, ".js"))).href);
  return path.startsWith("src/library/") ? { ...built, ...published } : { ...published, ...built };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

for (const path of documented)
  test(`the examples of ${path} are true`, async () => {
    const names = await namesFor(path);
    for (const example of examplesIn(path)) {
      const [actual, expected] = await runExample(example, names);
      if (!expected.includes("…")) assert.equal(actual, expected, example.expression);
      else assert.match(actual, new RegExp(`^${expected.split("…").map(escaped).join(".*")}$`), example.expression);
    }
  });

test("there are many examples", () => {
  assert.ok(documented.includes("src/library/jobs.ts"));
  assert.ok(documented.flatMap(examplesIn).length >= 40, `only ${documented.flatMap(examplesIn).length}`);
});
