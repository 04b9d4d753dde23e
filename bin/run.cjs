// Runs the command whose name comes first; for the wrappers that are no JavaScript.
"use strict";
const [name, ...words] = process.argv.slice(2);
let program;
try {
  program = require("../dist/start.cjs");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" || require("node:fs").existsSync(`${__dirname}/../dist/start.cjs`)) throw error;
  const { resolve } = require("node:path");
  process.stderr.write(
    `${name}: armorer is not built; run \`npm ci && npm run build\` in ${resolve(__dirname, "..")}\n`,
  );
  // What a shell gives for a command that is there and cannot be run; no command of ours gives it otherwise.
  process.exit(126);
}
program.start(name, words);
