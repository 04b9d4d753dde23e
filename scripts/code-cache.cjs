// Runs the bundled commands once, so that V8 has compiled what they need, and keeps that for their next start.
"use strict";
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { loadChunk, writeCodeCaches } = require("../dist/start.cjs");

const directory = mkdtempSync(join(tmpdir(), "armorer-build-"));
const profile = join(directory, "profile");
writeFileSync(
  profile,
  `@{A}=/a /b
profile demo /usr/bin/demo flags=(complain) {
  capability chown,
  network inet stream,
  signal send peer=demo,
  /etc/demo.conf r,
  owner @{A}/** rwk,
  deny /etc/shadow r,
  /usr/bin/other Px -> other,
  ^hat { /tmp/* rw, }
}
`,
);

const runs = [
  ["apparmor_parser", ["--version"]],
  ["apparmor_parser", ["--help"]],
  ["apparmor_parser", ["-N", "-T", profile]],
  ["apparmor_parser", ["-S", "-K", profile]],
  ["apparmor_parser", ["-p", "-T", profile]],
  ["apparmor_parser", ["-Q", "-W", "-m", "file {mask {read}}", "-L", join(directory, "cache"), profile]],
  ["apparmor_parser", ["-Q", "-W", "-m", "file {mask {read}}", "-L", join(directory, "cache"), profile]],
  ["armorer", ["--help"]],
  ["armorer", ["check", profile]],
];

async function run() {
  const { main } = loadChunk("main.cjs");
  for (const [name, words] of runs) await main(name, words);
  writeCodeCaches();
  rmSync(directory, { recursive: true });
  process.exitCode = 0;
}

void run();
