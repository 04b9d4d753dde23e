import assert from "node:assert/strict";
import { test } from "node:test";
import { file, operand, profile, rule } from "../../../tests/support/models.ts";
import type { Rule } from "../../language/model/index.ts";
import { type Decision, type FileLetter, attach, attachmentScore, decide, effectOf } from "./index.ts";

function ask(rules: readonly Rule[], path: string, letters: string, owner = false): Decision {
  const asked = letters.split("").filter((letter): letter is FileLetter => "rwacdkmxl".includes(letter));
  return decide(profile("p", rules), { kind: "file", path, letters: asked, owner });
}

function granted(rules: readonly Rule[], path: string, letters: string, owner = false): string {
  return ask(rules, path, letters, owner).granted.join("");
}

test("deny beats allow beats prompt, and a higher priority beats all, permission by permission", () => {
  assert.equal(granted([file("/a*", "rw"), file("/ab", "w", "deny")], "/ab", "rwa"), "r");
  assert.ok(ask([file("/a*", "rw"), file("/ab", "w", "deny")], "/ab", "w").quiet);
  assert.ok(!ask([file("/a*", "rw"), file("/ac", "w", "audit deny")], "/ac", "w").quiet);
  assert.ok(ask([file("/a", "w", "deny"), file("/a", "w", "audit deny")], "/a", "w").quiet);
  assert.deepEqual(ask([file("/a*", "r", "priority=1"), file("/ab", "r", "deny")], "/ab", "r").granted, ["r"]);
  assert.equal(granted([file("/a", "r", "priority=-5 deny"), file("/a", "r")], "/a", "r"), "r");
  const prompt = ask([file("/a", "rw", "prompt"), file("/a", "r")], "/a", "rw");
  assert.deepEqual([prompt.granted, prompt.prompted], [["r"], ["w"]]);
  assert.equal(granted([file("/a", "w", "prompt priority=1"), file("/a", "rw")], "/a", "rw"), "r");
});

test("audit marks what is granted", () => {
  assert.ok(ask([file("/a", "r", "audit"), file("/a*", "rw")], "/a", "r").audited);
  assert.ok(!ask([file("/a", "r", "audit"), file("/a*", "rw")], "/a", "w").audited);
});

test("owner rules speak of one half of the world", () => {
  const rules = [file("/a", "rw"), file("/a", "w", "deny owner")];
  assert.equal(granted(rules, "/a", "rw", true), "r");
  assert.equal(granted(rules, "/a", "rw", false), "rw");
  assert.equal(granted([file("/a", "r", "other")], "/a", "r", true), "");
});

test("w stands for append, creation and deletion; a for append alone", () => {
  assert.equal(granted([file("/a", "w")], "/a", "wacdr"), "wacd");
  assert.equal(granted([file("/a", "a")], "/a", "wacd"), "a");
  assert.equal(granted([file("/a", "rwa".replace("a", "")), file("/a", "a", "deny")], "/a", "wa"), "w");
});

test("an exact exec rule wins over a glob, for x alone", () => {
  const rules = [file("/bin/*", "ix"), file("/bin/sh", "px")];
  const exec = decide(profile("p", rules), { kind: "exec", path: "/bin/sh", owner: false });
  assert.equal(exec.exec?.choice.mode.transition, "profile");
  assert.equal(exec.exec?.conflict, undefined);
  assert.equal(
    decide(profile("p", rules), { kind: "exec", path: "/bin/ls", owner: false }).exec?.choice.mode.transition,
    "inherit",
  );
});

test("two globs that want different things are a conflict", () => {
  const rules = [file("/b*", "ix"), file("/*h", "px", "", "t")];
  const { exec } = decide(profile("p", rules), { kind: "exec", path: "/bash", owner: false });
  assert.ok(exec?.conflict !== undefined);
});

test("an inherited exec brings m, unless m is denied", () => {
  assert.equal(granted([file("/a", "ix")], "/a", "m"), "m");
  assert.equal(granted([file("/a", "Pix")], "/a", "m"), "m");
  assert.equal(granted([file("/a", "px")], "/a", "m"), "");
  assert.equal(granted([file("/a", "ix"), file("/a", "m", "deny")], "/a", "m"), "");
  assert.equal(granted([file("/a", "ix", "priority=5"), file("/a", "m", "deny")], "/a", "m"), "");
});

test("the rules that decide are named", () => {
  const allow = file("/etc/**", "r");
  const deny = file("/etc/shadow", "r", "deny");
  assert.deepEqual(ask([allow, deny], "/etc/passwd", "r").allowedBy, [allow]);
  assert.deepEqual(ask([allow, deny], "/etc/shadow", "r").deniedBy, [deny]);
});

function linked(rules: readonly Rule[]): boolean {
  return decide(profile("p", rules), { kind: "link", path: "/l", target: "/t", owner: true }).allowed;
}

test("a link needs its pair, and without a target of its own the permissions of the target", () => {
  assert.ok(!linked([file("/l", "rw")]));
  assert.ok(linked([file("/l", "l")]));
  assert.ok(!linked([file("/l", "rwl"), file("/t", "r")]));
  assert.ok(linked([file("/l", "rwl"), file("/t", "rw")]));
  assert.ok(
    linked([
      rule("link", { path: operand("/l"), target: operand("/*"), owner: "any", subset: false }),
      file("/l", "rw"),
    ]),
  );
  assert.ok(!linked([rule("link", { path: operand("/l"), target: operand("/u"), owner: "any", subset: false })]));
});

test("profiles with hats may write their own attributes, for their own files", () => {
  const own = profile("p", [], { children: [profile("p//h", [], { hat: true })] });
  const question = { kind: "file", path: "/proc/12/attr/current", letters: ["w"] } as const;
  assert.ok(decide(own, { ...question, owner: true }).allowed);
  assert.ok(!decide(own, { ...question, owner: false }).allowed);
  assert.ok(!decide(profile("p", [file("/x", "r")]), { ...question, owner: true }).allowed);
});

function uses(rules: readonly Rule[]): boolean {
  return decide(profile("p", rules), { kind: "capability", capability: 21 }).allowed;
}

test("capabilities: deny wins whatever the priority", () => {
  assert.ok(uses([rule("capability", {})]));
  assert.ok(!uses([rule("capability", { capabilities: [5] })]));
  assert.ok(
    !uses([
      rule("capability", { capabilities: [21] }, "priority=9"),
      rule("capability", { capabilities: [21] }, "deny"),
    ]),
  );
  assert.ok(uses([rule("all", {})]));
});

function opens(rules: readonly Rule[], family: string, type: string): boolean {
  return decide(profile("p", rules), { kind: "network", family, type, permissions: ["create"] }).allowed;
}

test("network rules by family, type and protocol word", () => {
  assert.ok(opens([rule("network", {})], "netlink", "raw"));
  assert.ok(opens([rule("network", { family: "inet", type: "stream" })], "inet", "stream"));
  assert.ok(!opens([rule("network", { family: "inet", type: "stream" })], "inet6", "stream"));
  assert.ok(opens([rule("network", { protocol: "tcp" })], "inet6", "stream"));
  assert.ok(!opens([rule("network", { protocol: "tcp" })], "inet6", "dgram"));
  assert.ok(!opens([rule("network", { permissions: ["bind"] })], "inet", "dgram"));
});

test("unix rules look at addresses and labels where the permission has another side", () => {
  const rules = [
    rule("unix", { permissions: ["connect", "send"], peerAddress: operand("@a*"), peerLabel: operand("srv") }),
  ];
  const connect = (peerAddress: string | null, peerLabel: string): readonly string[] =>
    decide(profile("p", rules), {
      kind: "unix",
      type: "stream",
      permissions: ["connect", "send", "receive"],
      address: null,
      peerAddress,
      peerLabel,
    }).granted;
  assert.deepEqual(connect("@abc", "srv"), ["connect", "send"]);
  assert.deepEqual(connect("@b", "srv"), []);
  assert.deepEqual(connect("@abc", "other"), []);
  assert.deepEqual(connect(null, "srv"), []);
});

function signals(rules: readonly Rule[]): boolean {
  return decide(profile("p", rules), { kind: "signal", permission: "send", signal: 15, peer: "a//&b" }).allowed;
}

test("a compound peer is allowed as a whole or in all its parts", () => {
  assert.ok(signals([rule("signal", {})]));
  assert.ok(!signals([rule("signal", { peer: operand("a") })]));
  assert.ok(signals([rule("signal", { peer: operand("a") }), rule("signal", { peer: operand("b") })]));
  assert.ok(!signals([rule("signal", { signals: [9] })]));
  assert.ok(!signals([rule("signal", { permissions: ["receive"] })]));
});

test("change_profile and hats are found by name", () => {
  const rules = [rule("change_profile", { target: operand("x*"), exec: operand("/bin/true") })];
  const change = (target: string): boolean =>
    decide(profile("p", rules), { kind: "change_profile", target, onExec: false }).allowed;
  assert.ok(change("xy"));
  assert.ok(!change("y"));
  const asked = profile("p", [rule("change_profile", { target: operand("x"), mode: "prompt" })]);
  assert.ok(!decide(asked, { kind: "change_profile", target: "x", onExec: false }).allowed);
  const hat = profile("p//h", [], { hat: true });
  const parent = profile("p", [], { children: [hat, profile("p//c", [])] });
  assert.ok(decide(parent, { kind: "change_hat", hat: "h" }).allowed);
  assert.ok(!decide(parent, { kind: "change_hat", hat: "c" }).allowed);
  assert.ok(decide([parent, hat], { kind: "change_hat", hat: "h" }).allowed);
});

function mounts(fields: object, flags: number, more: object = {}): boolean {
  return decide(profile("p", [rule("mount", { verb: "mount", ...fields })]), {
    kind: "mount",
    mountPoint: "/m/",
    source: "/s",
    fstype: "ext4",
    flags,
    ...more,
  }).allowed;
}

test("mounts: kinds, flags that must and flags that may", () => {
  assert.ok(mounts({}, 0));
  assert.ok(mounts({}, 0x1000));
  assert.ok(mounts({ target: operand("/m/"), source: operand("/s") }, 6));
  assert.ok(!mounts({ target: operand("/n/") }, 6));
  assert.ok(mounts({ options: [["rw", "nosuid"]] }, 2));
  assert.ok(!mounts({ options: [["rw", "nosuid"]] }, 0));
  assert.ok(!mounts({ options: [["rw", "nosuid"]] }, 6));
  assert.ok(mounts({ options: [["nosuid"]], optionsIn: [["nodev"]] }, 6));
  assert.ok(mounts({ options: [["rw", "rbind"]] }, 0x5000));
  assert.ok(!mounts({ options: [["rw", "bind"]] }, 0x5000));
  assert.ok(mounts({ fstypes: [operand("ext[34]")] }, 0));
  assert.ok(!mounts({ fstypes: [operand("proc")] }, 0));
  assert.ok(mounts({ verb: "remount", target: operand("/m/") }, 0x21, { source: undefined }));
  assert.ok(mounts({ options: [["make-rprivate"]], target: operand("/m/") }, 0x44000, { source: undefined }));
  assert.ok(!decide(profile("p", [rule("mount", {})]), { kind: "umount", mountPoint: "/m/" }).allowed);
});

test("dbus, mqueue, io_uring, userns and limits", () => {
  const bus = {
    kind: "dbus",
    bus: "system",
    name: "org.x",
    label: "l",
    path: "/p",
    interface: "i",
    member: "m",
  } as const;
  const owner = profile("p", [rule("dbus", { bus: operand("system"), name: operand("org.*") })]);
  assert.ok(decide(owner, { ...bus, permission: "bind" }).allowed);
  assert.ok(!decide(owner, { ...bus, permission: "send" }).allowed);
  const caller = profile("p", [rule("dbus", { path: operand("/p"), peerLabel: operand("l") })]);
  assert.ok(decide(caller, { ...bus, permission: "send" }).allowed);
  assert.ok(!decide(caller, { ...bus, permission: "bind" }).allowed);
  assert.ok(decide(profile("p", [rule("userns", {})]), { kind: "userns" }).allowed);
  assert.ok(!decide(profile("p", []), { kind: "userns" }).allowed);
  const queue = profile("p", [rule("mqueue", { type: "posix", permissions: ["open"], name: operand("/q*") })]);
  const open = { kind: "mqueue", type: "posix", name: "/q1", label: undefined, permissions: ["open", "read"] } as const;
  assert.deepEqual(decide(queue, open).granted, ["open"]);
  const limit = profile("p", [rule("rlimit", { resource: 7, value: 100n })]);
  assert.ok(decide(limit, { kind: "rlimit", resource: 7, value: 100n }).allowed);
  assert.ok(!decide(limit, { kind: "rlimit", resource: 7, value: 101n }).allowed);
  assert.ok(decide(limit, { kind: "rlimit", resource: 8, value: 101n }).allowed);
});

test("complain mode lets through what is missing, not what is denied silently", () => {
  const complain = profile("p", [file("/a", "r", "deny"), file("/b", "r", "audit deny")], { mode: "complain" });
  const effect = (path: string): string => {
    const { access, logged } = effectOf(
      complain,
      decide(complain, { kind: "file", path, letters: ["r"], owner: false }),
    );
    return `${access} ${logged}`;
  };
  assert.deepEqual(
    [effect("/a"), effect("/b"), effect("/c")],
    ["refused no", "permitted ALLOWED", "permitted ALLOWED"],
  );
});

function named(name: string, attachment: string): ReturnType<typeof profile> {
  return profile(name, [], { attachment: operand(attachment) });
}

test("the attachment that matches most bytes before it loops wins, equal ones conflict", () => {
  const table: readonly (readonly [string, string, number, number])[] = [
    ["/usr/bin/c*", "/usr/bin/cat", 10, 10],
    ["/usr/bin/*t", "/usr/bin/cat", 9, 9],
    ["/usr/sbin/*", "/usr/sbin/cat", 11, 11],
    ["/usr/**", "/usr/sbin/cat", 6, 6],
    ["/usr/sbin/cat", "/usr/sbin/cat", 13, 13],
    ["/sbin/{c,cat}", "/sbin/cat", 9, 7],
    ["/sbin/ca*", "/sbin/cat", 8, 8],
  ];
  for (const [pattern, path, count, length] of table) {
    assert.deepEqual(attachmentScore(pattern, path), { count, length }, pattern);
  }
  const found = attach([named("a", "/usr/bin/c*"), named("b", "/usr/bin/*t")], "/usr/bin/cat");
  assert.ok(found.kind === "found" && found.profile.name === "a");
  const reversed = attach([named("b", "/usr/bin/*t"), named("a", "/usr/bin/c*")], "/usr/bin/cat");
  assert.ok(reversed.kind === "found" && reversed.profile.name === "a");
  assert.equal(attach([named("a", "/sbin/c*"), named("b", "/sbin/c**")], "/sbin/cat").kind, "conflict");
  assert.equal(attach([named("a", "/sbin/c*")], "/bin/cat").kind, "none");
});
