// Runs the command whose name comes first; for the wrappers that are no JavaScript.
"use strict";
const [name, ...words] = process.argv.slice(2);
let program;
try {
  program = require("../dist/start.cjs");
} catch (error) {
  const { existsSync } = require("node:fs");
  const { resolve } = require("node:path");
  const home = resolve(__dirname, "..");
  if (error.code !== "MODULE_NOT_FOUND" || existsSync(`${home}/dist/start.cjs`)) throw error;
  if (!existsSync(`${home}/package.json`)) {
    // The folder of the commands was copied without what they belong to.
    const told = `the rest of armorer is not in ${home}; install links to the commands, not copies of them`;
    process.stderr.write(`${name}: ${told}\n`);
    process.exit(127);
  }
  process.stderr.write(`${name}: armorer is not built; run \`npm ci && npm run build\` in ${home}\n`);
  // What a shell gives for a command that is there and cannot be run; no command of ours gives it otherwise.
  process.exit(126);
}
program.start(name, words);
