import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as fc from "fast-check";
import { type OptionSpec, scanOptions } from "../../src/cli/getopt.ts";

const specs = [
  { key: "a", short: "a" },
  { key: "b", short: "b", value: "required" },
  { key: "c", short: "c", value: "optional" },
  { key: "skip", long: "skip" },
  { key: "skip-cache", long: "skip-cache" },
  { key: "skip-read-cache", long: "skip-read-cache", value: "required" },
  { key: "show", long: "show", value: "optional" },
  { key: "size", long: "size", value: "required" },
] as const satisfies readonly OptionSpec<string>[];

const SHORT = "ab:c::";
const LONG = "skip,skip-cache,skip-read-cache:,show::,size:";
const gnu = spawnSync("getopt", ["--test"]).status === 4;

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What getopt(1) prints for the same argv: the options it recognised, and its complaints. */
function ours(argv: readonly string[], stop: boolean): { stdout: string; stderr: string } {
  const events = scanOptions<string>(specs, argv, { stopAt: stop ? "first-operand" : "end" });
  const options = events.flatMap((event) => {
    if (event.kind !== "option") return [];
    const takes = specs.find((spec) => spec.key === event.key);
    const value = takes !== undefined && "value" in takes ? ` ${quote(event.value ?? "")}` : "";
    return [` ${event.as}${value}`];
  });
  const operands = events.flatMap((event) => (event.kind === "operand" ? [` ${quote(event.value)}`] : []));
  const errors = events.flatMap((event) => (event.kind === "error" ? [`prog: ${event.text}\n`] : []));
  return { stdout: `${options.join("")} --${operands.join("")}\n`, stderr: errors.join("") };
}

const arg = fc.oneof(
  fc.constantFrom(
    "--",
    "-",
    "",
    "x",
    "-a",
    "-b",
    "-c",
    "--skip",
    "--skip-cache",
    "--sk",
    "--sh",
    "--si",
    "--s",
    "--",
    "--=x",
    "-=",
  ),
  fc
    .tuple(
      fc.constantFrom("-", "--", ""),
      fc.string({ unit: fc.constantFrom(...Array.from("abcskiphowze-= y':")), maxLength: 8 }),
    )
    .map((parts) => parts.join("")),
);

test(
  "options, values, operands and complaints are those of getopt(1)",
  { skip: gnu ? false : "needs GNU getopt(1) of util-linux: apt-get install util-linux" },
  () => {
    let asked = 0;
    fc.assert(
      fc.property(fc.array(arg, { maxLength: 6 }), fc.boolean(), (argv, stop) => {
        const { stdout, stderr } = spawnSync(
          "getopt",
          ["-n", "prog", "-o", (stop ? "+" : "") + SHORT, "-l", LONG, "--", ...argv],
          {
            encoding: "utf8",
            env: { LC_ALL: "C", PATH: process.env["PATH"] },
          },
        );
        asked += 1;
        assert.deepEqual(ours(argv, stop), { stdout, stderr });
      }),
      { seed: 20261122, numRuns: 500 },
    );
    assert.ok(asked >= 500);
  },
);
