import { test } from "node:test";
import assert from "node:assert/strict";
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
import { commandNames, runCommandWith } from "../../src/cli/main.ts";
import { runArmorer, verbNames } from "../../src/cli/armorer/index.ts";
import { compilePool } from "../../src/service/compile-pool.ts";
import type { CliIo } from "../../src/cli/io.ts";
import { capturedIo } from "../support/captured-io.ts";
import { matchGolden } from "../support/golden.ts";

/** A place to run a command in that keeps what it prints. */
function capture(): { readonly io: CliIo; readonly text: () => string } {
  const { io, text } = capturedIo();
  return { io: { ...io, environment: {} }, text };
}

for (const argv of [["--help"], ...verbNames.map((name) => [name, "--help"])]) {
  test(`armorer ${argv.join(" ")} prints what it is known to print`, async () => {
    const { io, text } = capture();
    assert.equal(await runArmorer(argv, io), 0);
    matchGolden(`help/armorer-${argv.join("-").replaceAll("--", "")}.txt`, text());
  });
}

for (const topic of ["--help", "--help=warn", "--help=dump", "--help=optimize"]) {
  test(`apparmor_parser ${topic} prints what it is known to print`, async () => {
    const { io, text } = capture();
    assert.equal(await runParser(["--config-file", "/dev/null", topic], { io, openPool: compilePool }), 0);
    matchGolden(`help/apparmor-parser-${topic.replaceAll(/[-=]+/g, "")}.txt`, text());
  });
}

test("nonsense in argv is wrong usage of every verb, and the message says where to read on", async () => {
  for (const name of verbNames) {
    const { io, text } = capture();
    assert.equal(await runArmorer([name, "--no-such-option"], io), 2);
    assert.match(
      text(),
      new RegExp(`^armorer ${name}: unrecognized option '--no-such-option'\\nTry \`armorer ${name} --help\``),
    );
  }
});

test("help fits a terminal of 80 columns, that of every command", async () => {
  const topics = [["--help"], ["--help=warn"], ["--help=dump"], ["--help=optimize"], ["--help=jobs"]];
  const calls = [
    ...[["--help"], ...verbNames.map((name) => [name, "--help"])].map((argv) => ["armorer", ...argv]),
    ...topics.map((argv) => ["apparmor_parser", "--config-file=/dev/null", ...argv]),
    ...commandNames.filter((name) => name !== "armorer" && name !== "apparmor_parser").map((name) => [name, "--help"]),
  ];
  for (const [name = "", ...argv] of calls) {
    const { io, text } = capture();
    await runCommandWith(name, argv, io);
    const lines = text().split("\n");
    assert.ok(lines.length > 1, `${name} ${argv.join(" ")}`);
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
      `${name} ${argv.join(" ")}`,
    );
  }
});

test("what is wrong with the words of a call fits it, too", async () => {
  for (const name of commandNames.filter((one) => one.startsWith("aa-"))) {
    const { io, text } = capture();
    await runCommandWith(name, ["--no-such-option"], io);
    const wide = text()
      .split("\n")
      .filter((line) => line.length > 80);
    assert.deepEqual(wide, [], name);
  }
});

test("a mistyped verb or option is answered with the one that is near", async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["chekc"], "check"],
    [["help", "staus"], "status"],
    ...verbNames.map((name) => [[name, "--jsno"], "--json"] as const),
  ];
  for (const [argv, near] of cases) {
    const { io, text } = capture();
    assert.equal(await runArmorer(argv, io), 2, argv.join(" "));
    assert.ok(text().includes(`\nDid you mean \`${near}\`?\n`), text());
  }
});

/** The most operands that a verb takes, and why one more is none; of verbs that take any number no more than a word that is none. */
const MOST: Readonly<Record<string, readonly string[]>> = {
  diff: ["p", "p"],
  query: ["p", "/x r"],
  explain: ["p", "p", "/x r"],
  lint: ["p"],
  port: ["--to", "3.0", "p"],
  reach: ["p", "p", "p"],
  app: ["plan", "/x"],
  tools: ["link", "d"],
  completion: ["bash"],
};
const ANY = ["check", "fmt", "compile", "decode", "test", "load", "unload", "package", "lab"];

test("operands that a verb has no use for are wrong usage", async () => {
  const none: string[] = [];
  for (const name of verbNames.filter((one) => !ANY.includes(one))) {
    const { io, text } = capture();
    assert.equal(await runArmorer([name, ...(MOST[name] ?? []), "surplus"], io), 2, name);
    assert.match(text(), /^armorer [a-z]+: .*\b(?:takes?|compared)\b/, name);
    if (MOST[name] === undefined) none.push(name);
  }
  assert.deepEqual(none, ["status", "ps", "audit", "learn", "undo"]);
  for (const argv of [
    ["app", "status", "/x"],
    ["diff", "--git", "HEAD", "p", "p"],
    ["test", "--init", "p", "p", "p"],
    ["help", "check", "status"],
    ["--help", "p"],
    ["--version", "p"],
  ]) {
    const { io, text } = capture();
    assert.equal(await runArmorer(argv, io), 2, argv.join(" "));
    assert.match(text(), /\b(?:takes?|no use for|at most one path)\b/);
  }
});

test("a first word that is none of those a verb knows is answered with the one that is near", async () => {
  for (const [argv, near] of [
    [["app", "instal"], "install"],
    [["package", "debin"], "debian"],
    [["tools", "lnik"], "link"],
    [["completion", "bsh"], "bash"],
    [["lab", "setpu"], "setup"],
    [["help", "chekc"], "check"],
    [["query", "--format", "jsn", "p", "/x r"], "json"],
  ] as const) {
    const { io, text } = capture();
    assert.equal(await runArmorer(argv, io), 2, argv.join(" "));
    assert.ok(text().includes(`\nDid you mean \`${near}\`?\n`), text());
  }
});
