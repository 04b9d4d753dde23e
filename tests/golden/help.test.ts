import { test } from "node:test";
import assert from "node:assert/strict";
import { runParser } from "../../src/cli/drop-in/apparmor-parser/index.ts";
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

test("help fits a terminal of 80 columns", async () => {
  for (const argv of [["--help"], ...verbNames.map((name) => [name, "--help"])]) {
    const { io, text } = capture();
    await runArmorer(argv, io);
    const wide = text()
      .split("\n")
      .filter((line) => line.length > 80);
    assert.deepEqual(wide, [], argv.join(" "));
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

test("operands that a verb has no use for are wrong usage", async () => {
  for (const name of ["status", "audit", "learn"]) {
    const { io, text } = capture();
    assert.equal(await runArmorer([name, "surplus"], io), 2, name);
    assert.match(text(), /takes no operands/);
  }
});
