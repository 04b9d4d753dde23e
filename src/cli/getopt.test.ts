import assert from "node:assert/strict";
import { test } from "node:test";
import { type OptionSpec, scanOptions } from "./getopt.ts";

const specs = [
  { key: "replace", long: "replace", short: "r" },
  { key: "replace", long: "reload", short: "r" },
  { key: "remove", long: "remove", short: "R" },
  { key: "write", long: "write-cache", short: "W" },
  { key: "location", long: "cache-loc", short: "L", value: "required" },
  { key: "debug", long: "debug", short: "d", value: "optional" },
  { key: "debug-cache", long: "debug-cache" },
] as const satisfies readonly OptionSpec<string>[];

/** `key=value` for options, `!text` for errors, the text itself for operands. */
function scan(...argv: string[]): string[] {
  return scanOptions<string>(specs, argv).map((event) => {
    if (event.kind === "error") return `!${event.text}`;
    if (event.kind === "operand") return event.value;
    return event.value === undefined ? event.key : `${event.key}=${event.value}`;
  });
}

test("a bundle's last option takes the next element, and operands may come anywhere", () => {
  assert.deepEqual(scan("FILE", "-rWL", "DIR", "other"), ["replace", "write", "location=DIR", "FILE", "other"]);
  assert.deepEqual(scan("-WLDIR"), ["write", "location=DIR"]);
  assert.deepEqual(scan("-L-r"), ["location=-r"]);
});

test("optional values are only taken when glued", () => {
  assert.deepEqual(scan("-d", "jobs"), ["debug", "jobs"]);
  assert.deepEqual(scan("-djobs", "--debug=x", "--debug"), ["debug=jobs", "debug=x", "debug"]);
});

test("an abbreviation is taken when all it may mean is one option, and an exact name wins over longer ones", () => {
  assert.deepEqual(scan("--repl", "--rel"), ["replace", "replace"]);
  assert.deepEqual(scan("--debug"), ["debug"]);
  assert.deepEqual(scan("--re"), ["!option '--re' is ambiguous; possibilities: '--replace' '--remove'"]);
  assert.deepEqual(scan("--deb=1"), ["!option '--deb=1' is ambiguous; possibilities: '--debug' '--debug-cache'"]);
});

test("after two dashes nothing is an option, and a single dash is an operand", () => {
  assert.deepEqual(scan("-r", "--", "-R", "--", "x"), ["replace", "-R", "--", "x"]);
  assert.deepEqual(scan("-", "-r"), ["replace", "-"]);
  assert.deepEqual(scan("-L", "--", "x"), ["location=--", "x"]);
});

test("errors read as those of glibc and the scan goes on after them", () => {
  assert.deepEqual(scan("--bogus=1", "-y", "--replace=1", "--cache-loc"), [
    "!unrecognized option '--bogus=1'",
    "!invalid option -- 'y'",
    "!option '--replace' doesn't allow an argument",
    "!option '--cache-loc' requires an argument",
  ]);
  assert.deepEqual(scan("-ryR"), ["replace", "!invalid option -- 'y'", "remove"]);
  assert.deepEqual(scan("-L"), ["!option requires an argument -- 'L'"]);
});

test("a scan that stops at the first operand leaves the rest alone", () => {
  const events = scanOptions<string>(specs, ["-r", "prog", "-R", "--", "x"], { stopAt: "first-operand" });
  assert.deepEqual(
    events.map((event) => (event.kind === "operand" ? event.value : event.kind)),
    ["option", "prog", "-R", "--", "x"],
  );
});
