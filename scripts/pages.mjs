// Writes the pages of the manual and the completions, which are made from the tables of options (src/cli/pages).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Writes them below `made`. */
export async function writePages(made) {
  const { renderPages } = await import(pathToFileURL(resolve("build/src/cli/pages/index.js")).href);
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const [path, text] of await renderPages(version)) {
    mkdirSync(dirname(join(made, path)), { recursive: true });
    writeFileSync(join(made, path), text);
  }
}
