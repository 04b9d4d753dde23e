// Runs every test that was built, or those whose path holds one of the words given.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const words = process.argv.slice(2);
const files = readdirSync("build", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.js") && (words.length === 0 || words.some((word) => path.includes(word))))
  .toSorted()
  .map((path) => `build/${path}`);
if (files.length === 0) {
  console.error("no tests found: run `npm run build` first");
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
process.exit(status ?? 1);
