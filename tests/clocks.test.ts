/** No test judges by the clock: on a busy machine it would fail for no fault. Work is bounded by counted steps (tests/support/counted-steps.ts). */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const repository = join(import.meta.dirname, "../..");

/** Who may look at a clock, and for what. */
const MAY_LOOK: Readonly<Record<string, string>> = {
  "tests/clocks.test.ts": "names them",
  "tests/fuzz/campaign/main.ts": "ends inputs that hang; it is no test",
  "tests/fuzz/campaign/run.ts":
    "reports to whoever runs the campaign which inputs are slow; its test does not ask for it",
  "tests/hostile/faults/kills.test.ts":
    "spreads the moments at which it kills over the time of a run; asserts nothing about it",
};

const CLOCKS =
  /\b(?:performance\s*[.[]|Date\s*\.\s*now|Date\(\)|new Date(?![\w(])|hrtime|[cC]puUsage|resourceUsage|uptime\(|monotonicMs\(|console\s*\.\s*time|perf_hooks|Temporal\b)/;

/** What ends a test that hangs, in milliseconds: where less is enough for it to fail, a busy machine fails it. */
const LEAST_TIMEOUT = 300_000;
/** Its subject is what is done about programs of a guest that take too long. */
const WITH_SHORT_ONES = "lab/lab.test.ts";

function sources(directory: string): readonly string[] {
  const names = readdirSync(join(repository, directory), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => `${directory}/${name}`);
}

test("no test, and nothing that tests share, looks at a clock", () => {
  const tests = [
    ...sources("tests"),
    ...[...sources("src"), ...sources("lab"), ...sources("bench")].filter((path) => path.endsWith(".test.ts")),
  ];
  assert.ok(tests.length > 200, String(tests.length));
  const looking = tests.filter((path) => CLOCKS.test(readFileSync(join(repository, path), "utf8")));
  assert.deepEqual(looking.toSorted(), Object.keys(MAY_LOOK).toSorted());
});

test("what ends a test, or a program that it starts, is there for what hangs alone", () => {
  const tests = [
    ...sources("tests"),
    ...[...sources("src"), ...sources("lab"), ...sources("bench")].filter((path) => path.endsWith(".test.ts")),
  ];
  const found = tests.flatMap((path) =>
    [
      ...readFileSync(join(repository, path), "utf8").matchAll(
        /\btimeout(?:Ms)?: ([\d_]+)|\bAbortSignal\.timeout\(([\d_]+)/g,
      ),
    ].map(([, property, signal]) => ({ path, most: Number((property ?? signal ?? "").replaceAll("_", "")) })),
  );
  assert.ok(found.length > 5);
  assert.deepEqual(
    found.filter(({ most, path }) => most < LEAST_TIMEOUT && path !== WITH_SHORT_ONES),
    [],
  );
});
