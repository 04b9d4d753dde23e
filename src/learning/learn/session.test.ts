import assert from "node:assert/strict";
import { test } from "node:test";
import { openDialogue } from "../../../tests/support/learning.ts";
import { resolveText } from "../../../tests/support/policies.ts";
import { type RuleDraft, printProfile, printRule } from "../../language/edit/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { type AuditEvent, readLog } from "../audit/index.ts";
import { type Answer, type Session, answer, candidateFor, changesOf, choiceOf, question, questions } from "./index.ts";

function events(...records: readonly string[]): readonly AuditEvent[] {
  return records.map((record, at) => {
    const line = `audit: type=1400 audit(1.${at}:${at + 1}): apparmor="ALLOWED" ${record} pid=9 comm="t"`;
    const found = readLog([line]).events[0]?.event;
    assert.ok(found !== undefined, line);
    return found;
  });
}

function open(path: string, profile = "p", owners = "fsuid=1000 ouid=0"): string {
  return `operation="open" profile="${profile}" name="${path}" requested_mask="r" denied_mask="r" ${owners}`;
}

function readRules(rules: readonly RuleDraft[]): readonly Rule[] {
  return resolveText(`profile r {\n${rules.map(printRule).join("\n")}\n}\n`).value.profiles[0]?.rules ?? [];
}

function dialogue(policy: string, ...records: readonly string[]): Session {
  return openDialogue(events(...records), { profiles: resolveText(policy).value.profiles, readRules });
}

function given(session: Session, about: string, kind: string, variation?: Answer["variation"]): Answer {
  const asked = questions(session).find(({ proposal }) => proposal.id.includes(about));
  const candidate = asked?.proposal.candidates.find((one) => one.kind === kind);
  assert.ok(asked !== undefined && candidate !== undefined, about);
  return { question: asked.proposal.id, choice: choiceOf(candidate), ...(variation !== undefined && { variation }) };
}

function answered(session: Session, one: Answer): Session {
  const next = answer(session, one);
  assert.ok(next.ok, JSON.stringify(next));
  return next.value;
}

function subjects(session: Session): readonly string[] {
  return questions(session).map(({ proposal }) => proposal.subject);
}

function written(session: Session): readonly string[] {
  const { files, profiles } = changesOf(session);
  const changes = files.flatMap(({ changes: list }) =>
    list.map((change) => {
      if (change.kind === "add-rule" || change.kind === "replace-rule") return printRule(change.rule);
      return change.kind === "add-profile" ? printProfile(change.profile) : change.kind;
    }),
  );
  return [...changes, ...profiles.map((profile) => printProfile(profile))];
}

test("a pattern that a person writes answers all that it matches, an exact rule only its own question", () => {
  const start = dialogue("profile p { }", open("/srv/a"), open("/srv/b"), open("/srv/deep/c"), open("/var/d"));
  const exact = answered(start, given(start, "/srv/a", "exact"));
  assert.deepEqual(subjects(exact), ["/srv/b r,", "/srv/deep/c r,", "/var/d r,"]);
  const one = answered(start, given(start, "/srv/a", "exact", { path: "/srv/*" }));
  assert.deepEqual(subjects(one), ["/srv/deep/c r,", "/var/d r,"]);
  assert.deepEqual(written(one), ["/srv/* r,"]);
  const denied = answered(start, given(start, "/srv/a", "deny", { path: "/srv/**" }));
  assert.deepEqual(subjects(denied), ["/var/d r,"]);
  assert.deepEqual(written(denied), ["deny /srv/** r,"]);
});

test("elsewhere a varied rule grants what was asked for, not what the rule in its place granted", () => {
  const start = dialogue("profile p {\n  /srv/a w,\n}\n", open("/srv/a"));
  assert.deepEqual(written(answered(start, given(start, "/srv/a", "exact"))), ["/srv/a rw,"]);
  assert.deepEqual(written(answered(start, given(start, "/srv/a", "exact", { path: "/srv/*" }))), ["/srv/* r,"]);
});

test("owner and audit are for a person to change, and what has neither refuses", () => {
  const start = dialogue(
    "profile p { }",
    open("/srv/a", "p", "fsuid=1000 ouid=1000"),
    'operation="capable" profile="p" capability=5 capname="kill"',
  );
  const everybody = answered(start, given(start, "/srv/a", "exact", { owner: false, audit: true }));
  assert.deepEqual(written(everybody), ["audit /srv/a r,"]);
  assert.deepEqual(candidateFor(start, given(start, "kill", "exact", { path: "/x" })), {
    ok: false,
    error: "no-such-rule",
  });
  assert.deepEqual(candidateFor(start, given(start, "/srv/a", "exact", { path: "x" })), {
    ok: false,
    error: "no-such-rule",
  });
  assert.deepEqual(written(answered(start, given(start, "kill", "exact", { audit: true }))), [
    "audit capability kill,",
  ]);
});

const EXEC =
  'operation="exec" profile="p" name="/bin/x" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="p//null-/bin/x"';

test("whatever an exec is answered with, what the program did belongs where the answer puts it", () => {
  const start = dialogue("profile p { }", EXEC, open("/etc/secret", "p//null-/bin/x"));
  const where = (kind: string, variation?: Answer["variation"]): readonly (string | undefined)[] => {
    const next = answered(start, given(start, "exec /bin/x", kind, variation));
    const asked = question(next);
    return [
      asked?.proposal.profile,
      ...(asked === undefined ? written(next) : written(answered(next, given(next, "secret", "exact")))),
    ];
  };
  assert.deepEqual(where("inherit"), ["p", "/bin/x rmix,", "/etc/secret r,"]);
  assert.deepEqual(where("child"), ["p///bin/x", "/bin/x Cx,", "profile /bin/x {\n  /bin/x rm,\n  /etc/secret r,\n}"]);
  assert.deepEqual(where("profile"), ["x", "/bin/x Px,", "profile x /bin/x {\n  /bin/x rm,\n  /etc/secret r,\n}"]);
  assert.deepEqual(where("unconfined"), [undefined, "/bin/x Ux,"]);
  assert.deepEqual(where("deny"), [undefined, "deny /bin/x x,"]);
  assert.deepEqual(where("child", { target: "kid", scrubbed: false }), [
    "p//kid",
    "/bin/x cx -> kid,",
    "profile kid {\n  /bin/x rm,\n  /etc/secret r,\n}",
  ]);
  assert.deepEqual(where("profile", { fallsBack: true })[1], "/bin/x rmPix,");
});
