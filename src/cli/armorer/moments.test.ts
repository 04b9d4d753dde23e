import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMoment } from "./moments.ts";

const now = new Date(2026, 2, 10, 15, 30, 20);
const local = (...parts: [number, number, number, number?, number?, number?]): number => new Date(...parts).getTime();

test("a moment is read in every form in which people write one", () => {
  const cases: Readonly<Record<string, number>> = {
    now: now.getTime(),
    today: local(2026, 2, 10),
    yesterday: local(2026, 2, 9),
    "@1767225600": 1_767_225_600_000,
    "2026-01-31": local(2026, 0, 31),
    "2026-01-31 12:05": local(2026, 0, 31, 12, 5),
    "2026-01-31T12:05:07": local(2026, 0, 31, 12, 5, 7),
    "2026-01-31 12:05:07 UTC": Date.UTC(2026, 0, 31, 12, 5, 7),
    "2026-01-31T12:05:07.25Z": Date.UTC(2026, 0, 31, 12, 5, 7),
    "2026-01-31T12:05:07+01:30": Date.UTC(2026, 0, 31, 10, 35, 7),
    "2024-02-29": local(2024, 1, 29),
    "14:00": local(2026, 2, 10, 14),
    "14:00:05": local(2026, 2, 10, 14, 0, 5),
    "-2h": now.getTime() - 7_200_000,
    "-2h 30min": now.getTime() - 9_000_000,
    "1 week ago": now.getTime() - 604_800_000,
    "10min ago": now.getTime() - 600_000,
  };
  for (const [text, wanted] of Object.entries(cases)) assert.equal(parseMoment(text, now), wanted, text);
});

test("what is no moment is none", () => {
  for (const text of [
    "",
    "notatime",
    "2026-02-30",
    "2025-02-29",
    "24:00",
    "12:60",
    "2026-01-31 24:00",
    "@",
    "@x",
    "-",
    "-2",
    "2h",
    "ago",
    "-2 x",
    "99",
  ])
    assert.equal(parseMoment(text, now), undefined, text);
});
