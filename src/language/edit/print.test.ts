import assert from "node:assert/strict";
import { test } from "node:test";
import { treeOf } from "../../../tests/support/edits.ts";
import { FilePermission } from "../model/index.ts";
import { type RuleDraft, isLiteral, literalPattern, literalText, printProfile, printRule, printWord } from "./index.ts";

const { x, r, w, m } = FilePermission;

test("rules of every kind are printed in one canonical form", () => {
  const printed: readonly (readonly [RuleDraft, string])[] = [
    [{ kind: "file", path: "/a", permissions: r | w }, "/a rw,"],
    [
      { kind: "file", path: "@{HOME}/a b", permissions: r, owner: "owner", mode: "deny", audit: true },
      'audit deny owner "@{HOME}/a b" r,',
    ],
    [
      {
        kind: "file",
        path: "/bin/x",
        permissions: x | r | m,
        exec: { transition: "child", fallback: "none", safe: true },
        execTarget: "kid",
      },
      "/bin/x rmCx -> kid,",
    ],
    [{ kind: "link", path: "/l", target: "/t", subset: true }, "link subset /l -> /t,"],
    [{ kind: "change_profile", target: "a//b" }, "change_profile -> a//b,"],
    [{ kind: "capability", names: ["kill"], priority: 2 }, "priority=2 capability kill,"],
    [{ kind: "network", family: "inet", type: "dgram" }, "network inet dgram,"],
    [
      { kind: "unix", permissions: ["send", "connect"], type: "stream", peerLabel: "b", peerAddress: "@x y" },
      'unix (send, connect) type=stream peer=(label=b, addr="@x y"),',
    ],
    [
      { kind: "mount", verb: "mount", fstypes: ["tmpfs"], options: [["rw", "nosuid"]], source: "tmpfs", target: "/m/" },
      "mount fstype=tmpfs options=(rw, nosuid) tmpfs -> /m/,",
    ],
    [{ kind: "mount", verb: "umount", target: "/m/" }, "umount /m/,"],
    [{ kind: "mount", verb: "pivot_root", oldRoot: "/o/", target: "/n/" }, "pivot_root oldroot=/o/ /n/,"],
    [
      { kind: "signal", permissions: ["send"], signals: ["term", "hup"], peer: "x" },
      "signal send set=(term, hup) peer=x,",
    ],
    [{ kind: "ptrace", permissions: ["read"], peer: "a b" }, 'ptrace read peer="a b",'],
    [
      { kind: "dbus", permissions: ["send"], bus: "system", path: "/p", interface: "i", member: "m", peerName: "n" },
      "dbus send bus=system path=/p interface=i member=m peer=(name=n),",
    ],
    [
      { kind: "mqueue", permissions: ["create", "open"], type: "posix", name: "/q" },
      "mqueue (create, open) type=posix /q,",
    ],
    [{ kind: "io_uring", permissions: ["sqpoll"] }, "io_uring sqpoll,"],
    [{ kind: "userns" }, "userns,"],
    [{ kind: "rlimit", name: "nofile", value: "200" }, "set rlimit nofile <= 200,"],
    [{ kind: "all", mode: "allow" }, "allow all,"],
  ];
  for (const [draft, text] of printed) {
    assert.equal(printRule(draft), text);
    assert.deepEqual(treeOf(`profile p {\n${text}\n}\n`).diagnostics, [], text);
  }
});

test("words are quoted and escaped where the scanner needs it, and nowhere else", () => {
  assert.equal(printWord("/usr/bin/{a,b}*"), "/usr/bin/{a,b}*");
  assert.equal(printWord("/a\\"), "/a\\134");
  assert.equal(printWord("/a,b"), '"/a,b"');
  assert.equal(printWord('/q"x'), '"/q\\"x"');
  assert.equal(printWord("/a\nb\udcff"), "/a\\012b\\377");
  assert.equal(printWord("/x\u202ey"), "/x\\342\\200\\256y");
});

test("a literal pattern means its text and nothing else", () => {
  assert.equal(literalPattern("/a[1]*{b}?^\\"), "/a\\[1\\]\\*\\{b\\}\\?\\^\\\\");
  assert.equal(literalText(literalPattern("/a[1]*{b}?^\\")), "/a[1]*{b}?^\\");
  assert.ok(isLiteral("/a\\*"));
  assert.ok(!isLiteral("/a*"));
  assert.ok(!isLiteral("@{HOME}/a"));
});

test("a profile is printed with its sections apart, local additions last", () => {
  const text = printProfile({
    keyword: "profile",
    name: "p",
    attachment: "/usr/bin/p",
    flags: ["complain"],
    includes: [
      { path: "local/p", searched: true, ifExists: true },
      { path: "abstractions/base", searched: true, ifExists: false },
    ],
    rules: [
      { kind: "file", path: "/b", permissions: r },
      { kind: "capability", names: ["kill"] },
      { kind: "file", path: "/c", permissions: r },
    ],
    children: [{ keyword: "hat", name: "h", rules: [{ kind: "userns" }] }],
  });
  const expected = [
    "profile p /usr/bin/p flags=(complain) {",
    "  include <abstractions/base>",
    "",
    "  /b r,",
    "  /c r,",
    "",
    "  capability kill,",
    "",
    "  hat h {",
    "    userns,",
    "  }",
    "",
    "  include if exists <local/p>",
    "}",
  ];
  assert.equal(text, expected.join("\n"));
});
