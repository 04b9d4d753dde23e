import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assert as check, constantFrom, property, stringMatching } from "fast-check";
import { parseLine, readLog } from "../../src/learning/audit/index.ts";
import { countSteps } from "../support/counted-steps.ts";

const seed = 20261122;
const lines = readFileSync(new URL("../../../tests/corpus/audit-events.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line): unknown => JSON.parse(line))
  .map((entry) => (Array.isArray(entry) ? String(entry[2]) : ""));
const sample = lines.filter((_, index) => index % 23 === 0);

test("recorded lines cut at any place are read without a throw", () => {
  for (const line of sample) for (let end = 0; end < line.length; end += 1) parseLine(line.slice(0, end));
  assert.ok(sample.length > 40);
});

const WRAPPINGS = constantFrom("", "/var/log/kern.log:", "kern.log.1-", "./a b/x.log:12:".replace(" ", "_"));

test("what programs put around a recorded line does not change its event", () => {
  check(
    property(
      constantFrom(...sample.filter(isPlain)),
      WRAPPINGS,
      stringMatching(/^[ \t]{0,9}$/),
      (line, before, behind) => {
        const { source: _, ...expected } = { source: undefined, ...parseLine(line) };
        const { source: __, ...found } = { source: undefined, ...parseLine(`${before}${line}${behind}\r\n`) };
        assert.deepEqual(found, expected);
      },
    ),
    { seed, numRuns: 500 },
  );
});

test("words before a recorded line make it somebody else's", () => {
  check(
    property(constantFrom(...sample.filter(isEvent)), stringMatching(/^[a-z ,;()]{0,40}[a-z]$/), (line, noise) => {
      assert.deepEqual(parseLine(`${noise} ${line}`), { type: "PROBLEM", reason: "foreign-writer" });
    }),
    { seed, numRuns: 500 },
  );
});

function isEvent(line: string): boolean {
  return isPlain(line) && line.includes('apparmor="');
}

function isPlain(line: string): boolean {
  return line.startsWith("<5>[") && !line.includes("\n");
}

const HOSTILE: readonly string[] = [
  "type=AVC ".repeat(20_000),
  "audit(1.2:".repeat(20_000),
  `audit(1.2:3): apparmor="DENIED" ${"a=".repeat(50_000)}`,
  `audit(1.2:3): apparmor="DENIED" ${'name="'.repeat(20_000)}`,
  `audit(1.2:3): apparmor="DENIED" name=${"41".repeat(60_000)}`,
  `audit(1.2:3): apparmor="DENIED" ${Array.from({ length: 20_000 }, (_, i) => `k${i}=1`).join(" ")}`,
  `audit(1.2:3): apparmor="DENIED" profile="${"a//null-".repeat(15_000)}"`,
  `audit(1.2:3): apparmor="DENIED" denied_mask="${"r, ".repeat(40_000)}"`,
  `{"MESSAGE":${"[".repeat(100_000)}`,
  `5,1,1,-;${"\\x41".repeat(40_000)}`,
  `${" ".repeat(120_000)}AVC apparmor="DENIED" pid=1`,
];

test("lines made to be slow are read with work that their length bounds, and most of them are no events", () => {
  for (const line of HOSTILE) {
    const steps = countSteps(() => void readLog([line]));
    assert.ok(steps < 60 * line.length, `${steps} steps for ${line.length} characters: ${line.slice(0, 60)}`);
  }
  assert.ok(readLog(HOSTILE).events.length < HOSTILE.length);
});
