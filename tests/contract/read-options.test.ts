/** Every option of a verb is read by the verb, or by what it imports: one that nobody reads would be taken, and have no effect. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadVerb, verbNames } from "../../src/cli/armorer/index.ts";
import { repository, sourcesBelow } from "../support/sources.ts";

const FOLDER = "src/cli/armorer";
const imports = new Map(sourcesBelow([FOLDER]).map((source) => [source.path, source.imports.map(({ to }) => to)]));

/** A file of the folder and all that it leads to there, but the list of verbs. */
function reached(file: string): ReadonlySet<string> {
  const found = new Set([file]);
  for (const path of found)
    for (const to of imports.get(path) ?? []) if (imports.has(to) && to !== `${FOLDER}/index.ts`) found.add(to);
  return found;
}

/** The text without what declares options and says which of them exclude each other. */
function readingCode(path: string): string {
  const text = readFileSync(join(repository, path), "utf8");
  return text.replaceAll(/\bkey: "[\w-]+"/g, "").replaceAll(/^ {2}conflicts: \[[^]*?\],$/gm, "");
}

test("an option that a verb takes is read", async () => {
  let read = 0;
  const unread: string[] = [];
  for (const name of verbNames) {
    const command = await loadVerb(name);
    assert.ok(command !== undefined, name);
    const code = [...reached(`${FOLDER}/${name}.ts`)].map(readingCode).join("\n");
    for (const { key } of command.options) {
      if (code.includes(`"${key}"`)) read += 1;
      else unread.push(`${name} --${key}`);
    }
  }
  assert.deepEqual(unread, []);
  assert.ok(read > 150, `only ${read} options were looked for`);
});
