import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { array, assert as check, constantFrom, property } from "fast-check";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { printProfile } from "../../src/language/edit/index.ts";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import { learnProfile, propose } from "../support/learning.ts";
import { resolveText } from "../support/policies.ts";

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
    const policy = resolveText(text);
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

const oddNames = array(
  constantFrom(
    "\\",
    '"',
    ",",
    " ",
    "{",
    "}",
    "[",
    "]",
    "*",
    "?",
    "^",
    "#",
    "@{a}",
    "é",
    "\n",
    "\u0007",
    "\udcff",
    "x",
    "1",
    ".",
  ),
  { minLength: 1, maxLength: 8 },
).map((parts) => parts.join(""));

/** An event as the kernel would write it: any odd byte makes the name hexadecimal. */
function lineFor(name: string, rest: string): string {
  const hex = Array.from(encodeBytes(name), (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("");
  return `audit(1.1:1): apparmor="DENIED" ${rest.replaceAll("NAME", hex)} pid=1 comm="t"`;
}

const SHAPES: readonly string[] = [
  'operation="open" profile="p" name=NAME requested_mask="rw" denied_mask="rw" fsuid=1 ouid=1',
  'operation="exec" profile="p" name=NAME requested_mask="x" denied_mask="x" fsuid=0 ouid=0',
  'operation="link" profile="p" name=NAME requested_mask="l" denied_mask="l" fsuid=0 ouid=0 target=NAME',
  'operation="signal" profile="p" requested_mask="send" denied_mask="send" signal=term peer=NAME',
  'operation="ptrace" profile="p" requested_mask="read" denied_mask="read" peer=NAME',
  'operation="change_profile" profile="p" name=NAME',
  'operation="mount" profile="p" name=NAME fstype=NAME srcname=NAME flags="rw, nosuid"',
  'operation="umount" profile="p" name=NAME',
  'operation="connect" profile="p" family="unix" sock_type="stream" protocol=0 denied_mask="send receive connect" addr=none peer_addr="@x" peer=NAME',
];

test("whatever a name is made of, the rule learned for it is read back and allows it", () => {
  check(
    property(oddNames, constantFrom(...SHAPES), (name, shape) => {
      const event = parseLine(lineFor(`/${name}`, shape));
      assert.ok(event !== undefined && event.type === "DENIED");
      const { profiles } = learnProfile([event], { name: "p", attachment: undefined }, { profiles: [] });
      const text = `${profiles.map((profile) => printProfile(profile)).join("\n")}\n`;
      const policy = resolveText(text);
      const errors = policy.diagnostics.filter(({ severity }) => severity === "error");
      assert.deepEqual(
        errors.map(({ message }) => message),
        [],
        text,
      );
      const { proposals } = propose([event], { profiles: policy.value.profiles });
      assert.deepEqual(
        proposals.map(({ status }) => status),
        ["covered"],
        text,
      );
    }),
    { seed: 20261122, numRuns: 1500 },
  );
});
