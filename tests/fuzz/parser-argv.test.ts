import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { optionTable } from "../../src/cli/drop-in/apparmor-parser/option-table.ts";
import { splitLocations } from "../../src/cli/drop-in/apparmor-parser/locations.ts";
import { fixture } from "../contract/cases.ts";
import { runOurs } from "../support/run-ours.ts";

const names = [
  "foo",
  "bar",
  "bad",
  "nested",
  "base",
  "dir",
  "nowhere",
  "features",
  "cache",
  "out",
  "",
  "-",
  "--",
  "é\udcff",
];
const values = ["0", "x2", "auto", "show", "no-all", "all", "warn", "jobs", "<kernel>", "=", "a,b,c,d,e", ...names];
const arg = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(...optionTable.flatMap((spec) => ("short" in spec ? [`-${spec.short}`] : []))),
  fc
    .tuple(
      fc.constantFrom(...optionTable.map((spec) => `--${spec.long}`)),
      fc.constantFrom("", ...values.map((value) => `=${value}`)),
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 6 }).map((text) => `-${text}`),
);

/** Arguments that would leave the test's own directory. */
const outside = (argv: readonly string[]): boolean => argv.some((one) => one.includes("/"));

test("whatever argv holds, a run ends with a status and never with a bug", async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(arg, { maxLength: 6 }),
      fc.constantFrom("", fixture["foo"] ?? "", fixture["bad"] ?? ""),
      async (argv, stdin) => {
        fc.pre(!outside(argv));
        const directory = mkdtempSync(join(tmpdir(), "armorer-argv-"));
        try {
          for (const [path, text] of Object.entries(fixture)) {
            mkdirSync(dirname(join(directory, path)), { recursive: true });
            writeFileSync(join(directory, path), text);
          }
          // The last location and file system named count: nothing of this machine is touched.
          const safe = [
            ...argv.filter((one) => one !== "--"),
            "--config-file=conf-empty",
            "-L",
            "cache",
            "-f",
            join(directory, "fs"),
          ];
          const { status } = await runOurs(directory, safe, stdin);
          assert.ok(Number.isInteger(status) && status >= 0 && status <= 255, `status ${status}`);
          runs += 1;
        } finally {
          rmSync(directory, { recursive: true });
        }
      },
    ),
    { seed: 4711, numRuns: 400 },
  );
  assert.ok(runs > 200);
});

test("locations are split at commas that are not protected, four at most", () => {
  assert.deepEqual(splitLocations("a,,b\\,c,"), { locations: ["a", "b,c"] });
  assert.deepEqual(splitLocations("a\\\\b,c\\"), { locations: ["a\\\\b", "c\\"] });
  assert.equal(splitLocations("a,b,c,d,e"), undefined);
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", ",", "/") }), { maxLength: 4 }),
      (parts) => {
        const text = parts.map((part) => part.replaceAll(",", "\\,")).join(",");
        assert.deepEqual(splitLocations(text), { locations: parts });
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});
