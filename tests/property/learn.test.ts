import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { printProfile } from "../../src/language/edit/index.ts";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import { learnProfile, propose } from "../../src/learning/learn/index.ts";
import { loadText } from "../support/policies.ts";

const events = readFileSync(new URL("../../../tests/corpus/audit-events.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line): unknown => JSON.parse(line))
  .map((entry) => (Array.isArray(entry) ? parseLine(String(entry[2])) : undefined))
  .filter((item): item is AuditEvent => item !== undefined && item.type !== "LOSS" && item.type !== "PROBLEM");

/** Profiles of the recordings, by how much happens in them. */
const names = [...new Set(events.map((event) => event.profile ?? ""))].filter(
  (name) => name !== "" && name !== "unconfined" && !name.includes("//"),
);

test("what is learned from a log allows all that the log shows, for every recorded profile", () => {
  assert.ok(names.length > 10);
  for (const name of names) {
    const own = events.filter(
      (event) => (event.profile ?? "").split("//")[0] === name && event.namespace === undefined,
    );
    const learned = learnProfile(own, { name, attachment: undefined }, { profiles: [] });
    const text = `${learned.profiles.map((profile) => printProfile(profile)).join("\n")}\n`;
    const policy = loadText(text);
    assert.deepEqual(
      policy.diagnostics.filter((diagnostic) => diagnostic.severity === "error"),
      [],
    );
    const again = propose(own, { profiles: policy.value.profiles });
    const left = again.proposals.filter(
      ({ status, kind }) => status !== "covered" && kind !== "advice" && kind !== "flag" && kind !== "hat",
    );
    assert.deepEqual(
      left.map(({ profile, subject, status }) => `${profile}: ${subject} ${status}`),
      [],
    );
  }
});

function learnE(list: readonly AuditEvent[]): string {
  const { profiles } = learnProfile(list, { name: "e", attachment: undefined }, { profiles: [] });
  return profiles.map((profile) => printProfile(profile)).join("\n");
}

test("hearing everything twice teaches nothing new", () => {
  const own = events.filter((event) => event.profile === "e");
  assert.equal(learnE(own), learnE([...own, ...own]));
});
