import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveText } from "../../../tests/support/policies.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import type { Profile } from "../../language/model/index.ts";
import {
  attach,
  decide,
  decideBoth,
  decideLabel,
  keepsConfinement,
  labelExec,
  type LabelPart,
  labelRecords,
  type RecordedPart,
  otherSide,
  type Question,
} from "./index.ts";

function profilesOf(text: string): readonly Profile[] {
  return resolveText(text).value.profiles;
}

function part(world: readonly Profile[], name: string): LabelPart {
  const found = world.find((profile) => profile.name === name);
  return found === undefined ? "unconfined" : [found];
}

/** Where tasks under a label get to with a path, in a few words. */
function leads(text: string, label: readonly string[], path: string, lockedLabel?: string): string {
  const world = profilesOf(text);
  const parts = label.map((name) => part(world, name));
  const to = labelExec({ parts, world, path, owner: false, ...(lockedLabel !== undefined && { lockedLabel }) });
  return to.kind === "refused" ? `refused: ${to.reason}` : `${to.label}${to.secure ? " secure" : ""}`;
}

const TWO = "profile a {\n/x px -> c,\n/y Px -> c,\n/z ix,\n}\nprofile b {\n/x ix,\n/y ix,\n}\nprofile c {\n}\n";

test("a stack gets to where each of its profiles leads, and nowhere when one refuses", () => {
  assert.equal(leads(TWO, ["a", "b"], "/x"), "b//&c");
  assert.equal(leads(TWO, ["a", "b"], "/y"), "b//&c secure");
  assert.equal(leads(TWO, ["a", "b"], "/z"), "refused: no-rule");
  assert.equal(leads(TWO, ["a", "unconfined"], "/x"), "c//&unconfined");
});

test("without new privileges a label only grows", () => {
  assert.equal(leads(TWO, ["a"], "/x", "a"), "refused: no-new-privs");
  assert.equal(leads(TWO, ["a"], "/z", "a"), "a");
  assert.equal(keepsConfinement("a//&b", "a"), true);
  assert.equal(keepsConfinement("b", "a//&unconfined"), false);
});

test("who traces a task must be allowed to trace what it becomes, by the rules of both", () => {
  const world = profilesOf(
    `profile t {\n ptrace trace peer={c,d},\n}\nprofile a {\n /c px -> c,\n /d px -> d,\n /e px -> e,\n /i ix,\n}
profile c {\n ptrace tracedby peer=t,\n}\nprofile d {\n}\nprofile e {\n ptrace tracedby,\n}\n`,
  );
  const traced = (path: string, by: readonly string[]): string => {
    const tracer = by.map((name) => part(world, name));
    const to = labelExec({ parts: [part(world, "a")], world, path, owner: false, tracer });
    return to.kind === "refused" ? to.reason : to.label;
  };
  assert.deepEqual(
    ["/c", "/d", "/e", "/i"].map((path) => traced(path, ["t"])),
    ["c", "traced", "traced", "a"],
  );
  assert.deepEqual(
    ["/c", "/d", "/e", "/i"].map((path) => traced(path, ["unconfined"])),
    ["c", "d", "e", "a"],
  );
  assert.equal(traced("/c", ["t", "a"]), "traced");
  assert.equal(traced("/c", ["c"]), "c");
});

test("a peer that is a stack is asked about part by part by sockets", () => {
  const rules = ["{s1,s2}", "s1//&s2", "s1"].map((label) => `profile p {\n unix receive peer=(label="${label}"),\n}\n`);
  const question: Question = {
    kind: "unix",
    type: "dgram",
    permissions: ["receive"],
    address: "@p",
    peerAddress: null,
    peerLabel: "s1//&s2",
  };
  const allowed = rules.flatMap((text) => profilesOf(text).map((profile) => decide(profile, question).allowed));
  assert.deepEqual(allowed, [true, false, false]);
});

function asked(letter: "r" | "w"): Question {
  return { kind: "file", path: "/x", letters: [letter], owner: false };
}

test("every profile of a label is asked", () => {
  const world = profilesOf("profile a {\n/x rw,\n}\nprofile b {\n/x r,\n}\n");
  const parts = [part(world, "a"), part(world, "b"), part(world, "none")];
  assert.deepEqual([decideLabel(parts, asked("r")).allowed, decideLabel(parts, asked("w")).allowed], [true, false]);
});

test("of two profiles that fit as long the one with more conditions on attributes wins, if all of them hold", () => {
  const world = profilesOf(
    "profile plain /x {\n}\nprofile one /x xattrs=(user.a=o*) {\n}\nprofile two /x xattrs=(user.a=o* user.b) {\n}\n",
  );
  const found = (attributes: Readonly<Record<string, string>>): string => {
    const bytes = new Map(Object.entries(attributes).map(([name, value]) => [name, encodeBytes(value)]));
    const to = attach(world, "/x", bytes);
    return to.kind === "found" ? to.profile.name : to.kind;
  };
  assert.equal(found({}), "plain");
  assert.equal(found({ "user.a": "one" }), "one");
  assert.equal(found({ "user.a": "o/e" }), "plain");
  assert.equal(found({ "user.a": "one", "user.b": "" }), "two");
});

test("what has two sides is asked of both", () => {
  const signal = { kind: "signal", permission: "send", signal: 15, peer: "b" } as const;
  assert.deepEqual(otherSide(signal, { label: "a" }), { ...signal, permission: "receive", peer: "a" });
  const connect = {
    kind: "unix",
    type: "stream",
    permissions: ["connect", "send", "receive"],
    address: null,
    peerAddress: "@s",
    peerLabel: "b",
  } as const;
  assert.deepEqual(otherSide(connect, { label: "a" }), {
    ...connect,
    permissions: ["accept", "receive", "send"],
    address: "@s",
    peerAddress: null,
    peerLabel: "a",
  });
  assert.equal(otherSide({ kind: "userns" }, { label: "a" }), undefined);
  const [a, b] = profilesOf("profile a {\nsignal send,\n}\nprofile b {\nsignal receive set=(hup),\n}\n");
  assert.ok(a !== undefined && b !== undefined);
  const both = decideBoth([a], [b], signal);
  assert.deepEqual([both.own.allowed, both.other?.allowed, both.allowed], [true, false, false]);
  assert.equal(decideBoth([a], undefined, signal).allowed, true);
});

/** A socket that is made. */
function recorded(name: string, allowed: boolean, stage?: string): RecordedPart {
  return {
    verdicts: [{ name: "create", allowed, quiet: false, audited: allowed }],
    subject: { name, mode: "enforce", audit: false, kernel: "7.2", stage } as const,
  };
}

test("every profile of a stack has a record, and of sockets an end of matching stays for the ones behind it", () => {
  const question = { kind: "network", family: "inet6", type: "dgram", permissions: ["create"] } as const;
  // as recorded by 7.2
  const first = recorded("a", false, "failed af match");
  const told = labelRecords(question, [first, recorded("b", true), recorded("c", false)]);
  assert.deepEqual(
    told.map(({ type, profile, info, error }) => [type, profile, info, error]),
    [
      ["DENIED", "a", "failed af match", -13],
      ["AUDIT", "b", "failed af match", undefined],
      ["DENIED", "c", "failed af match", -13],
    ],
  );
  const [, again] = labelRecords(question, [first, recorded("b", false, "failed type match")]);
  assert.equal(again?.info, "failed type match");
});

/** Measured: a task under `s1//&s2` traces and signals tasks whose profiles have this `peer=`. */
const peers: readonly (readonly [peer: string, on61: boolean, later: boolean])[] = [
  ["s*", false, true],
  ["{s1,s2}", false, true],
  ["s1", false, false],
  ["s2", false, false],
  ["s1//&s2", true, true],
  ["s**", true, true],
  ["*", false, true],
  ["**", true, true],
];

test("a peer that is a stack is permitted by its whole label, and by its parts from 6.12 on", () => {
  for (const [peer, on61, later] of peers) {
    const [profile] = profilesOf(`profile p {\nsignal receive peer="${peer}",\nptrace tracedby peer="${peer}",\n}\n`);
    assert.ok(profile !== undefined);
    for (const question of [
      { kind: "signal", permission: "receive", signal: 1, peer: "s1//&s2" },
      { kind: "ptrace", permission: "tracedby", peer: "s1//&s2" },
    ] as const) {
      const answers = (["6.1", "6.12", "7.2"] as const).map(
        (kernel): boolean => decide(profile, question, kernel).allowed,
      );
      assert.deepEqual(answers, [on61, later, later], `${question.kind} ${peer}`);
    }
  }
});
