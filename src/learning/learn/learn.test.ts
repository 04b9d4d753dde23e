import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "../../foundation/text/index.ts";
import { treeOf } from "../../../tests/support/edits.ts";
import { learnAll, learnProfile, propose } from "../../../tests/support/learning.ts";
import { resolveText } from "../../../tests/support/policies.ts";
import { plan, printProfile, printRule } from "../../language/edit/index.ts";
import { type AuditEvent, readLog } from "../audit/index.ts";
import {
  type Abstraction,
  type Candidate,
  type LearnOptions,
  type Proposal,
  coveredRules,
  execKey,
  secondLook,
  selectedChanges,
} from "./index.ts";

let serial = 0;

/** An event as the kernel writes it: `event("open", 'profile="p" name="/a" …')`. */
function event(operation: string, fields: string, type = "DENIED"): AuditEvent {
  serial += 1;
  const line = `audit: type=1400 audit(1.${serial}:${serial}): apparmor="${type}" operation="${operation}" ${fields} pid=9 comm="t"`;
  const found = readLog([line]).events[0]?.event;
  assert.ok(found !== undefined, line);
  return found;
}

function open(path: string, mask = "r", more = "fsuid=1000 ouid=0"): AuditEvent {
  return event("open", `profile="p" name="${path}" requested_mask="${mask}" denied_mask="${mask}" ${more}`);
}

function exec(path: string, type = "DENIED", more = ""): AuditEvent {
  return event("exec", `profile="p" name="${path}" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 ${more}`, type);
}

function policy(text: string): LearnOptions {
  return { profiles: resolveText(text).value.profiles };
}

function texts(candidate: Candidate | undefined): readonly string[] {
  return (candidate?.actions ?? []).map((action) => {
    if ("rule" in action) return printRule(action.rule);
    if (action.kind === "add-include") return `include <${action.include.path}>`;
    if (action.kind === "set-flag") return `flag ${action.flag}`;
    return printProfile(action.kind === "add-child" ? action.child : action.profile);
  });
}

function needed(proposals: readonly Proposal[]): readonly string[] {
  return proposals.filter(({ status }) => status === "needed").flatMap(({ candidates }) => texts(candidates[0]));
}

test("permissions on one path are one rule, and writing holds appending", () => {
  const { proposals } = propose(
    [open("/a"), open("/a", "a"), open("/a", "wc"), open("/a", "k")],
    policy("profile p {\n}\n"),
  );
  assert.deepEqual(needed(proposals), ["/a rwk,"]);
  assert.equal(proposals[0]?.evidence.count, 4);
});

test("permissions are added to the rule the profile has for that path", () => {
  const options = policy("profile p {\n  audit /a r,\n}\n");
  const [proposal] = propose([open("/a", "w")], options).proposals;
  const action = proposal?.candidates[0]?.actions[0];
  assert.ok(action?.kind === "replace-rule");
  assert.equal(printRule(action.rule), "audit /a rw,");
});

test("owner is proposed when every access is to the program's own file, and root is at home", () => {
  const own = "fsuid=1000 ouid=1000";
  assert.deepEqual(needed(propose([open("/a", "r", own)], policy("profile p { }")).proposals), ["owner /a r,"]);
  assert.deepEqual(needed(propose([open("/a", "r", own), open("/a")], policy("profile p { }")).proposals), ["/a r,"]);
  assert.deepEqual(needed(propose([open("/a", "r", "fsuid=0 ouid=0")], policy("profile p { }")).proposals), ["/a r,"]);
});

test("what a rule allows by now is covered, what a deny rule takes is said to be denied", () => {
  const options = policy("profile p {\n  /a r,\n  deny /b r,\n}\n");
  const statuses = propose([open("/a"), open("/b")], options).proposals.map(({ status, decidedBy }) => [
    status,
    decidedBy.length,
  ]);
  assert.deepEqual(statuses, [
    ["covered", 1],
    ["denied", 1],
  ]);
});

test("files of one directory are one glob from a number on, and the exact rules are the other choice", () => {
  const events = ["a", "b", "c", "d", "e"].map((name) => open(`/srv/app/parts/${name}.conf`));
  const { proposals } = propose(events, policy("profile p { }"));
  assert.equal(proposals.length, 1);
  assert.deepEqual(texts(proposals[0]?.candidates[0]), ["/srv/app/parts/*.conf r,"]);
  assert.equal(proposals[0]?.candidates[1]?.actions.length, 5);
  assert.equal(propose(events.slice(1), policy("profile p { }")).proposals.length, 4);
});

test("an include that answers enough comes first and says what more it brings", () => {
  const abstraction = resolveText("profile a {\n  /etc/x r,\n  /etc/y r,\n  /etc/z r,\n  /etc/more r,\n}\n").value
    .profiles[0];
  const options = {
    ...policy("profile p { }"),
    abstractions: [{ path: "abstractions/a", rules: abstraction?.rules ?? [] }],
  };
  const { proposals } = propose([open("/etc/x"), open("/etc/y"), open("/etc/z"), open("/other/q")], options);
  const first = proposals[0]?.candidates[0];
  assert.deepEqual(texts(first), ["include <abstractions/a>"]);
  assert.deepEqual([first?.alsoAnswers.length, first?.excess], [3, 1]);
  const two = propose([open("/etc/x"), open("/etc/y")], options).proposals[0]?.candidates;
  assert.deepEqual(
    two?.slice(0, 2).map(({ kind }) => kind),
    ["exact", "abstraction"],
  );
  const learned = learnAll([open("/etc/x"), open("/etc/y"), open("/etc/z"), open("/other/q")], options);
  assert.deepEqual(
    learned.selections.flatMap(({ candidate }) => texts(candidate)),
    ["include <abstractions/a>", "/other/q r,"],
  );
});

test("an exec offers the profile that attaches, the caller's rules, a child, no confinement and a refusal", () => {
  const options = policy("profile p { }\nprofile other /bin/x { }\n");
  const kinds = (path: string): readonly string[] =>
    (propose([exec(path)], options).proposals[0]?.candidates ?? []).map(({ kind }) => kind);
  assert.deepEqual(kinds("/bin/x"), ["profile", "inherit", "child", "unconfined", "deny"]);
  assert.deepEqual(kinds("/bin/y"), ["inherit", "child", "profile", "unconfined", "deny"]);
  const [proposal] = propose([exec("/bin/y")], options).proposals;
  assert.deepEqual(
    proposal?.candidates.map((candidate) => texts(candidate)[0]),
    ["/bin/y rmix,", "/bin/y Cx,", "/bin/y Px,", "/bin/y Ux,", "deny /bin/y x,"],
  );
});

test("a rule that leads to a profile that does not exist asks for the profile", () => {
  const options = policy("profile p {\n  /bin/y Px,\n}\n");
  const refused = exec("/bin/y", "DENIED", 'info="profile transition not found" error=-13 target="/bin/y"');
  const [proposal] = propose([refused], options).proposals;
  assert.equal(proposal?.status, "needed");
  assert.deepEqual(texts(proposal?.candidates[0]), ["profile y /bin/y {\n  /bin/y rm,\n}"]);
});

function seenIn(profile: string, path: string): AuditEvent {
  const fields = `profile="${profile}" name="${path}" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`;
  return event("open", fields, "ALLOWED");
}

/** A complain-mode log: `p` starts `/bin/x`, which reads a file and starts `/bin/y`, which reads another. */
function chain(): readonly AuditEvent[] {
  return [
    exec("/bin/x", "ALLOWED", 'target="p//null-/bin/x"'),
    seenIn("p//null-/bin/x", "/etc/x"),
    seenIn("p//null-/bin/x//null-/bin/y", "/etc/y"),
  ];
}

function exitOf(path: string): AuditEvent {
  return exec(path, "DENIED", 'info="profile transition not found" error=-13');
}

test("a rule that names a profile or a child that does not exist asks for just that one", () => {
  const text = "profile p {\n  /bin/a Cx -> kid,\n  /bin/b Px -> other,\n  /bin/c Cx,\n  /bin/d Px -> p//deep,\n}\n";
  const { proposals } = propose(["/bin/a", "/bin/b", "/bin/c", "/bin/d"].map(exitOf), policy(text));
  assert.deepEqual(needed(proposals), [
    "profile kid {\n  /bin/a rm,\n}",
    "profile other {\n  /bin/b rm,\n}",
    "profile /bin/c {\n  /bin/c rm,\n}",
    "profile deep {\n  /bin/d rm,\n}",
  ]);
  assert.deepEqual(
    proposals.map(({ candidates }) => candidates[0]?.kind),
    ["child", "profile", "child", "child"],
  );
});

test("events of learning profiles wait for the exec before them, from the outside in", () => {
  const options = policy("profile p { }");
  const first = propose(chain(), options);
  assert.deepEqual(
    first.proposals.map(({ kind, subject }) => [kind, subject]),
    [["exec", "/bin/x x,"]],
  );
  assert.deepEqual(
    first.skipped.map(({ reason, count }) => [reason, count]),
    [
      ["pending-exec", 1],
      ["pending-exec", 1],
    ],
  );
  const second = propose(chain(), { ...options, execChoices: new Map([[execKey("p", "/bin/x"), { kind: "child" }]]) });
  assert.deepEqual(
    second.proposals.map(({ profile, kind }) => `${profile} ${kind}`),
    ["p exec", "p///bin/x exec", "p///bin/x file"],
  );
});

function execOf({ candidates }: Proposal, kind: "child" | "inherit"): Candidate | undefined {
  return candidates.find((one) => one.exec?.kind === kind);
}

test("the profile of a program without rules is learned with its children, in one go", () => {
  const profiles = learnProfile(
    chain(),
    { name: "p", attachment: "/bin/p" },
    { profiles: [] },
    ({ proposal, suggested }) =>
      proposal.kind === "exec" ? execOf(proposal, proposal.profile === "p" ? "child" : "inherit") : suggested,
  );
  const expected = [
    "profile p /bin/p {",
    "  /bin/x Cx,",
    "",
    "  profile /bin/x {",
    "    /bin/x rm,",
    "    /bin/y rmix,",
    "    /etc/x r,",
    "    /etc/y r,",
    "  }",
    "}",
  ];
  assert.deepEqual(
    profiles.map((profile) => printProfile(profile)),
    [expected.join("\n")],
  );
});

test("children may have children: what is chosen is what the rules say", () => {
  const profiles = learnProfile(
    chain(),
    { name: "p", attachment: undefined },
    { profiles: [] },
    ({ proposal, suggested }) => (proposal.kind === "exec" ? execOf(proposal, "child") : suggested),
  );
  const text = profiles.map((profile) => printProfile(profile)).join("\n");
  const resolved = resolveText(text);
  assert.deepEqual(
    resolved.diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.deepEqual(
    propose(chain(), { profiles: resolved.value.profiles }).proposals.map(
      ({ profile, status }) => `${profile} ${status}`,
    ),
    ["p covered", "p///bin/x covered", "p///bin/x///bin/y covered"],
    text,
  );
});

test("learning profiles that old kernels only number are known by the exec that made them", () => {
  const events = [
    exec("/bin/x", "ALLOWED", 'target="p//null-2d"'),
    event("open", 'profile="p//null-2d" name="/etc/x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0', "ALLOWED"),
  ];
  const profiles = learnProfile(events, { name: "p", attachment: undefined }, { profiles: [] });
  assert.deepEqual(profiles[0]?.rules?.map(printRule), ["/bin/x rmix,", "/etc/x r,"]);
});

test("a learning profile that only has a number is no profile that anybody asked for", () => {
  const lost = event(
    "open",
    'profile="p//null-2d" name="/etc/x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
    "ALLOWED",
  );
  const { proposals, skipped } = propose([lost], policy("profile p { }"));
  assert.deepEqual(proposals, []);
  assert.deepEqual(
    skipped.map(({ reason }) => reason),
    ["lost-exec"],
  );
});

test("a program without a profile that may have no user namespace is named, and the small profile offered but not taken", () => {
  const fields =
    'class="namespace" info="Userns create restricted" profile="unconfined" requested="userns_create" denied="userns_create" target="unprivileged_userns"';
  const line = `audit: type=1400 audit(1.1:1): apparmor="DENIED" operation="userns_create" pid=9 comm="t" ${fields} execpath="/opt/x y/chrome"`;
  const known = readLog([line]).events[0]?.event;
  assert.ok(known !== undefined);
  const [other, proposal] = propose([known, event("userns_create", fields)], policy("profile p { }")).proposals;
  assert.equal(proposal?.subject, "userns of /opt/x y/chrome");
  assert.deepEqual(texts(proposal?.candidates[0]), []);
  assert.deepEqual(texts(proposal?.candidates[1]), [
    'profile chrome "/opt/x y/chrome" flags=(unconfined) {\n  userns,\n}',
  ]);
  assert.match(other?.subject ?? "", /^t has no profile and asked for a user namespace/);
});

test("a missing hat is learned with what the program did in it", () => {
  const events = [
    event("change_hat", 'profile="p" name="web" target="p//null-web"', "ALLOWED"),
    event("open", 'profile="p//null-web" name="/srv/x" requested_mask="r" denied_mask="r" fsuid=1 ouid=0', "ALLOWED"),
  ];
  const text = "profile p {\n  /a r,\n}\n";
  const resolved = resolveText(text);
  const { files, profiles } = learnAll(events, { profiles: resolved.value.profiles });
  assert.deepEqual(profiles, []);
  const edits = plan(treeOfFile(text), files[0]?.changes ?? []).edits;
  assert.equal(applyEdits(text, edits), "profile p {\n  /a r,\n\n  hat web {\n    /srv/x r,\n  }\n}\n");
});

/** The tree of the text `resolveText` knows as `/p`. */
function treeOfFile(text: string): ReturnType<typeof treeOf> {
  return treeOf(text, "/p");
}

test("signals and ptrace are mended on both sides", () => {
  const options = policy("profile p { }\nprofile q { }\n");
  const kill = event("signal", 'profile="p" requested_mask="send" denied_mask="send" signal=term peer="q"');
  const trace = event("ptrace", 'profile="q" requested_mask="tracedby" denied_mask="tracedby" peer="p"');
  const { proposals } = propose([kill, trace], options);
  assert.deepEqual(
    proposals.map(({ profile, subject, status }) => `${profile}: ${subject} ${status}`),
    [
      "p: signal send set=term peer=q, needed",
      "p: ptrace trace peer=q, companion",
      "q: signal receive set=term peer=p, companion",
      "q: ptrace tracedby peer=p, needed",
    ],
  );
  const outside = event(
    "signal",
    'profile="p" requested_mask="receive" denied_mask="receive" signal=term peer="unconfined"',
  );
  assert.equal(propose([outside], options).proposals.length, 1);
});

test("disconnected and deleted files ask for a flag, never for a rule", () => {
  const lost = event(
    "open",
    'info="Failed name lookup - disconnected path" error=-13 profile="p" name="dev/x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  );
  assert.deepEqual(needed(propose([lost], policy("profile p { }")).proposals), ["flag attach_disconnected"]);
});

test("events of unknown profiles and of nobody are kept with the reason", () => {
  const events = [
    event("open", 'profile="x" name="/a" denied_mask="r" requested_mask="r"'),
    event("open", 'profile="p" name="/a"'),
  ];
  assert.deepEqual(
    propose(events, policy("profile p { }")).skipped.map(({ reason }) => reason),
    ["unknown-profile", "incomplete"],
  );
});

test("a log's proposals, taken and written into the profile, leave nothing to propose", () => {
  const text = [
    "# my profile",
    "profile p /bin/p {",
    "  # what it reads",
    "  /etc/app.conf r,",
    "",
    "  profile kid {",
    "    /k r,",
    "  }",
    "",
    "  include if exists <local/p>",
    "}",
    "",
  ].join("\n");
  const events = [
    open("/etc/app.conf", "w"),
    open("/proc/77/stat"),
    open("/tmp/q\u00e9 x", "wc", "fsuid=5 ouid=5"),
    event("capable", 'profile="p" capability=5  capname="kill"'),
    event(
      "create",
      'profile="p" family="inet" sock_type="stream" protocol=6 requested_mask="create" denied_mask="create"',
    ),
    event("open", 'profile="p//kid" name="/k2" requested_mask="r" denied_mask="r" fsuid=0 ouid=0'),
    exec("/bin/helper"),
  ];
  const resolved = resolveText(text);
  const learned = learnAll(events, { profiles: resolved.value.profiles });
  const { edits, problems } = plan(treeOfFile(text), learned.files[0]?.changes ?? []);
  assert.deepEqual(problems, []);
  const after = applyEdits(text, edits);
  const again = resolveText(after);
  assert.deepEqual(
    again.diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.deepEqual(
    propose(events, { profiles: again.value.profiles }).proposals.filter(({ status }) => status !== "covered"),
    [],
    after,
  );
  assert.ok(after.includes("  # what it reads\n  /etc/app.conf rw,\n"), after);
});

test("answers for one path become one rule", () => {
  const { proposals } = propose([exec("/bin/x"), open("/bin/x")], policy("profile p { }"));
  const selections = proposals.flatMap((proposal) =>
    proposal.candidates.slice(0, 1).map((candidate) => ({ proposal, candidate })),
  );
  const { files } = selectedChanges(selections, policy("profile p { }").profiles);
  assert.deepEqual(
    files[0]?.changes.map((change) => (change.kind === "add-rule" ? printRule(change.rule) : change.kind)),
    ["/bin/x rmix,"],
  );
});

test("rules an include makes superfluous are those that grant nothing it does not grant", () => {
  const text =
    "profile p {\n  /etc/a r,\n  /etc/a w,\n  owner /etc/b r,\n  deny /etc/c r,\n  /etc/** r,\n  /etc/x/** r,\n  capability kill,\n}\n";
  const [profile] = resolveText(text).value.profiles;
  const [included] = resolveText("profile a {\n  /etc/* r,\n  /etc/** r,\n  capability,\n}\n").value.profiles;
  assert.ok(profile !== undefined && included !== undefined);
  const covered = coveredRules(profile, { path: "abstractions/a", rules: included.rules });
  assert.deepEqual(
    covered.map(({ origin }) => text.slice(origin.span.start, origin.span.end)),
    ["/etc/a r,", "owner /etc/b r,", "/etc/** r,", "capability kill,"],
  );
});

function rules(text: string): Abstraction["rules"] {
  return resolveText(`profile a {\n${text}\n}\n`).value.profiles[0]?.rules ?? [];
}

test("of two includes the one that brings less for what it answers is proposed first", () => {
  const asked = "/etc/x r,\n/etc/y r,\n/etc/z r,";
  const abstractions = [
    { path: "abstractions/wide", rules: rules(`${asked}\n/etc/q r,\n/home/** rw,\n/bin/* ix,`) },
    { path: "abstractions/fit", rules: rules(`${asked}\n/etc/more r,`) },
    { path: "abstractions/everything", rules: rules("/** rw,\ncapability,\nall,") },
  ];
  const options = { ...policy("profile p { }"), abstractions };
  const [proposal] = propose([open("/etc/x"), open("/etc/y"), open("/etc/z")], options).proposals;
  assert.deepEqual(
    proposal?.candidates.slice(0, 4).flatMap((candidate) => texts(candidate)),
    ["include <abstractions/fit>", "/etc/x r,", "include <abstractions/wide>", "include <abstractions/everything>"],
  );
});

test("an include that opens the network, programs or files to write is first only where the program showed that", () => {
  const asked = "/etc/x r,\n/etc/y r,\n/etc/z r,";
  const first = (more: string, events: readonly AuditEvent[], own = ""): string | undefined => {
    const abstractions = [{ path: "abstractions/a", rules: rules(`${asked}\n${more}`) }];
    const { proposals } = propose([open("/etc/x"), open("/etc/y"), open("/etc/z"), ...events], {
      ...policy(`profile p {\n${own}\n}`),
      abstractions,
    });
    return texts(proposals.find(({ subject }) => subject === "/etc/x r,")?.candidates[0])[0];
  };
  const net = event(
    "create",
    'profile="p" family="inet" sock_type="dgram" protocol=17 requested_mask="create" denied_mask="create"',
  );
  const cases: readonly (readonly [string, readonly AuditEvent[], string])[] = [
    ["network inet stream,", [net], "network inet6 dgram,"],
    ["/srv/* w,", [open("/srv/a", "w")], "/var/q rw,"],
    ["/bin/sh ix,", [exec("/bin/x")], "/bin/ls ix,"],
    ["capability chown,", [event("capable", 'profile="p" capability=5 capname="kill"')], "capability kill,"],
  ];
  for (const [more, events, own] of cases) {
    assert.equal(first(more, []), "/etc/x r,", more);
    assert.equal(first(more, events), "include <abstractions/a>", more);
    assert.equal(first(more, [], own), "include <abstractions/a>", more);
  }
  assert.equal(first("/dev/null rw,\n/var/more r,", []), "include <abstractions/a>");
});

test("an include that opens all below a directory is behind the rule itself, unless the profile has that by now or the files are made up anew", () => {
  const asked = "/etc/x r,\n/etc/y r,\n/etc/z r,";
  const order = (more: string, own = ""): readonly string[] => {
    const abstractions = [{ path: "abstractions/a", rules: rules(`${asked}\n${more}`) }];
    const options = { ...policy(`profile p {\n${own}\n}`), abstractions };
    const writes = open("/srv/q", "w", "fsuid=1000 ouid=1000");
    const { proposals } = propose([open("/etc/x"), open("/etc/y"), open("/etc/z"), writes], options);
    const found = proposals.find(({ subject }) => subject === "/etc/x r,");
    return (found?.candidates ?? []).slice(0, 2).flatMap((one) => texts(one));
  };
  const include = "include <abstractions/a>";
  for (const tree of ["/usr/lib/a/** r,", "/etc/{,**} r,", "owner /home/*/a/** rw,", "/tmp/** rw,"]) {
    assert.deepEqual(order(tree), ["/etc/x r,", include], tree);
  }
  for (const none of [
    "/usr/lib/a/* r,",
    "deny /usr/lib/** r,",
    "owner /{,var/}tmp/** rwkl,",
    "owner /dev/shm/** rw,",
  ]) {
    assert.deepEqual(order(none), [include, "/etc/x r,"], none);
  }
  assert.deepEqual(order("/usr/lib/a/** r,", "/usr/lib/a/** r,"), [include, "/etc/x r,"]);
  assert.deepEqual(order("/usr/lib/a/** rm,", "/usr/lib/a/** r,"), ["/etc/x r,", include]);
});

test("what deserves a second look says why", () => {
  const events = [
    open("/etc/shadow"),
    open("/etc/passwd"),
    event("capable", 'profile="p" capability=12 capname="net_admin"'),
    open("/srv/x", "wm"),
    event(
      "open",
      'info="Failed name lookup - disconnected path" error=-13 profile="p" name="x" requested_mask="r" denied_mask="r"',
    ),
  ];
  const { proposals } = propose(events, policy("profile p { }"));
  const marked = proposals.filter(
    ({ candidates }) => candidates[0] !== undefined && secondLook(candidates[0]).length > 0,
  );
  assert.deepEqual(
    marked.map(({ subject }) => subject),
    ["attach_disconnected", "capability net_admin,", "/etc/shadow r,", "/srv/x wm,"],
  );
});

test("what was made under a made-up name and given up is a pattern, a link too; what stayed keeps its name", () => {
  const linked = event(
    "link",
    'profile="p" name="/srv/in/Cux7ZeMO" target="/srv/in/a" requested_mask="l" denied_mask="l" fsuid=0 ouid=0',
  );
  const events = [
    open("/srv/in/sedHK29Dl", "c"),
    open("/srv/in/sedHK29Dl", "wrd"),
    linked,
    open("/srv/in/Cux7ZeMO", "wrd"),
    open("/srv/in/keptHK29Dl", "c"),
  ];
  const { proposals } = propose(events, policy("profile p { }"));
  assert.deepEqual(needed(proposals), [
    "/srv/in/Cu?????? rw,",
    "/srv/in/keptHK29Dl w,",
    "/srv/in/sed?????? rw,",
    "link /srv/in/Cu?????? -> /srv/in/a,",
  ]);
});

test("a link to what was made under a made-up name and given up is one to any such name; a file that is given away is not owned", () => {
  const linked = event(
    "link",
    'profile="p" name="/srv/o/object" target="/srv/o/tmp_obj_nOj1zw" requested_mask="l" denied_mask="l" fsuid=5 ouid=5',
  );
  const events = [
    event("mknod", 'profile="p" name="/srv/o/tmp_obj_nOj1zw" requested_mask="c" denied_mask="c" fsuid=5 ouid=5'),
    event("unlink", 'profile="p" name="/srv/o/tmp_obj_nOj1zw" requested_mask="d" denied_mask="d" fsuid=5 ouid=5'),
    linked,
    event("open", 'profile="p" name="/srv/o/pid" requested_mask="wc" denied_mask="wc" fsuid=5 ouid=5'),
    event("chown", 'profile="p" name="/srv/o/pid" requested_mask="w" denied_mask="w" fsuid=5 ouid=5'),
  ];
  const { proposals } = propose(events, policy("profile p { }"));
  assert.deepEqual(needed(proposals), [
    "/srv/o/pid w,",
    "owner /srv/o/tmp_obj_?????? w,",
    "link /srv/o/object -> /srv/o/tmp_obj_??????,",
  ]);
});

function made(operation: string, name: string, mask: string, more = ""): AuditEvent {
  const masks = `requested_mask="${mask}" denied_mask="${mask}"`;
  return event(operation, `profile="p" name="${name}" ${more} ${masks} fsuid=0 ouid=5`);
}

test("files that are named after hashes are a pattern, with the directories of their first digits and what was made there, linked or not", () => {
  const [one, other] = ["7be6b4c3f93f93c489c0111bba5596147a26cb", "dffc7a64c0b2d395484bf452e9aeb1da3a18f2"];
  const events = [
    made("mkdir", "/srv/o/58/", "c"),
    made("mkdir", "/srv/o/a1/", "c"),
    made("link", `/srv/o/58/${one}`, "l", 'target="/srv/o/58/tmp_obj_nOj1zw"'),
    made("mknod", "/srv/o/58/tmp_obj_nOj1zw", "c"),
    made("unlink", "/srv/o/58/tmp_obj_nOj1zw", "d"),
    made("open", `/srv/o/a1/${other}`, "r"),
    made("open", `/srv/whole/58${one}`, "r"),
    made("open", "/srv/other/a1/x", "r"),
    made("link", `/srv/whole/a1${other}`, "l", 'target="/srv/whole/x"'),
  ];
  const { proposals } = propose(events, policy("profile p { }"));
  const [digits, rest] = ["[0-9a-f][0-9a-f]", "[0-9a-f]*"];
  assert.deepEqual(needed(proposals), [
    `/srv/o/${digits}/ w,`,
    `/srv/o/${digits}/${rest} r,`,
    `/srv/o/${digits}/tmp_obj_?????? w,`,
    "/srv/other/a1/x r,",
    `/srv/whole/${rest} r,`,
    `link /srv/o/${digits}/${rest} -> /srv/o/${digits}/tmp_obj_??????,`,
    `link /srv/whole/${rest} -> /srv/whole/x,`,
  ]);
});

test("a directory that was made and gone again is made up in the paths of what was in it, linked or not", () => {
  const events = [
    made("mkdir", "/tmp/node-letter/", "c"),
    made("mknod", "/tmp/node-letter/x.json", "c"),
    made("unlink", "/tmp/node-letter/x.json", "d"),
    made("link", "/tmp/node-letter/y", "l", 'target="/tmp/node-letter/z"'),
    made("rmdir", "/tmp/node-letter/", "d"),
    made("mkdir", "/tmp/node-stayed/", "c"),
    made("mknod", "/tmp/node-stayed/x.json", "c"),
  ];
  const { proposals } = propose(events, policy("profile p { }"));
  assert.deepEqual(needed(proposals), [
    "/tmp/node-??????/ w,",
    "/tmp/node-??????/x.json w,",
    "/tmp/node-stayed/ w,",
    "/tmp/node-stayed/x.json w,",
    "link /tmp/node-??????/y -> /tmp/node-??????/z,",
  ]);
});

test("a file that is written beside another, and renamed to it, is made up whatever its last letters look like", () => {
  const replaced = (name: string, path: string): readonly ReturnType<typeof made>[] => [
    made("mknod", name, "c"),
    made("rename_src", name, "wrd"),
    made("rename_dest", path, "wc"),
  ];
  const learned = (...events: readonly ReturnType<typeof made>[]): readonly string[] =>
    needed(propose(events, policy("profile p { }")).proposals);
  for (const letters of ["Abcdef", "abcdef", "ABCDEF", "123456"])
    assert.deepEqual(learned(...replaced(`/srv/g/packs_${letters}`, "/srv/g/packs")), [
      "/srv/g/packs w,",
      "/srv/g/packs_?????? rw,",
    ]);
  // of another name it is not known
  assert.deepEqual(learned(...replaced("/srv/g/packs_Abcdef", "/srv/g/other")), [
    "/srv/g/other w,",
    "/srv/g/packs_Abcdef rw,",
  ]);
  // nor where it stays
  assert.deepEqual(learned(made("mknod", "/srv/g/packs_Abcdef", "c"), made("open", "/srv/g/packs", "r")), [
    "/srv/g/packs r,",
    "/srv/g/packs_Abcdef w,",
  ]);
});
