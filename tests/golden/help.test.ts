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
