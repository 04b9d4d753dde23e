// Runs the command whose name comes first; for the wrappers that are no JavaScript.
"use strict";
const [name, ...words] = process.argv.slice(2);
require("../dist/start.cjs").start(name, words);
