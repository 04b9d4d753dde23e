import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { hookedSystem } from "../../tests/support/hooked-system.ts";
import { availability, holdersOfPeer, listTasks, nodeKernel } from "../host/index.ts";
import {
  changeHat,
  changeOnExec,
  changeProfile,
  type ConfinementWorld,
  confinementText,
  createHatPool,
  currentLabel,
  currentThread,
  enterHat,
  newToken,
  onExecLabel,
  peerLabels,
  previousLabel,
  queryFile,
  queryLink,
  stackOnExec,
  stackProfile,
  testHats,
  testProfile,
  threadLabels,
  withHat,
} from "./index.ts";
import { parseLabel } from "./labels.ts";

/** A tree that looks like a machine's. */
function tree(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-confinement-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const OWN = "proc/thread-self/attr/apparmor";

/** What is written to the attributes of this thread, and what they hold. */
function attributes(
  context: TestContext,
  held: Readonly<Record<string, string>>,
  refuse: (command: string) => string | undefined = () => undefined,
): { readonly world: ConfinementWorld; readonly written: string[]; readonly buffers: Uint8Array[] } {
  const files = Object.fromEntries(Object.entries(held).map(([name, text]) => [`${OWN}/${name}`, text]));
  const root = tree(context, { [`${OWN}/exec`]: "", [`${OWN}/current`]: "p (enforce)\n", ...files });
  const written: string[] = [];
  const buffers: Uint8Array[] = [];
  const system = hookedSystem(({ name, args }) => {
    const [, bytes] = args;
    if (name !== "write" || !(bytes instanceof Uint8Array)) return undefined;
    buffers.push(bytes);
    written.push(Buffer.from(bytes).toString("latin1"));
    const errno = refuse(written.at(-1) ?? "");
    return errno === undefined ? { shortBytes: 0 } : { errno };
  });
  // Nothing is really written: the file keeps what it holds. A write that is taken whole says so.
  return { world: { root, system: { ...system, write: whole(system.write) }, release: "7.2.13" }, written, buffers };
}

type Write = (descriptor: number, bytes: Uint8Array, start: number) => number;

function whole(write: Write): Write {
  return (descriptor, bytes, start) => {
    write(descriptor, bytes, start);
    return bytes.length;
  };
}

test("each call writes the bytes that libapparmor writes", (context) => {
  const { world, written } = attributes(context, {});
  const token = Uint8Array.of(0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef);
  changeHat(["one"], token, world);
  changeHat([], token, world);
  changeHat(["nosuch", "two"], token, world);
  changeProfile("e", world);
  changeOnExec("e", world);
  stackProfile("e", world);
  stackOnExec("e", world);
  testProfile("e", world);
  // confinement-api 4; a NUL at the end, which libapparmor adds to lists, means nothing.
  assert.deepEqual(written, [
    "changehat 00000000deadbeef^one",
    "changehat 00000000deadbeef^",
    "changehat 00000000deadbeef^nosuch\0two",
    "changeprofile e",
    "exec e",
    "stack e",
    "stack e",
    "permprofile e",
  ]);
});

test("an errno of the kernel is a refusal that says what it means", (context) => {
  const refused = (errno: string, held: Readonly<Record<string, string>> = {}): ConfinementWorld =>
    attributes(context, held, () => errno).world;
  const kinds: readonly (readonly [string, ReturnType<typeof changeProfile>])[] = [
    ["no-such-profile", changeProfile("e", refused("ENOENT"))],
    ["denied", changeProfile("e", refused("EACCES"))],
    ["no-such-hat", changeHat(["a"], newToken(), refused("ENOENT"))],
    ["no-hats", changeHat(["a"], newToken(), refused("ECHILD"))],
    ["not-a-hat", changeHat(["a"], newToken(), refused("EPERM"))],
    ["not-confined", changeHat(["a"], newToken(), refused("EPERM", { current: "unconfined\n" }))],
    ["no-apparmor", changeProfile("e", refused("EINVAL"))],
    ["io", changeProfile("e", refused("EBUSY"))],
    ["too-long", changeProfile("e".repeat(5000), refused("EBUSY"))],
  ];
  const texts = kinds.map(([kind, done]) => {
    assert.ok(!done.ok);
    assert.equal(done.error.kind, kind);
    return confinementText(done.error);
  });
  assert.equal(new Set(texts).size, texts.length, texts.join("\n"));
  for (const text of texts) assert.match(text, /^[^\n]+[^.\n]$/);
});

test("whatever a call of this module refuses with has a sentence of its own", async () => {
  const nowhere = { root: "/nowhere" };
  const pool = createHatPool({ workers: 1 });
  await pool.close();
  const closed = await pool.run("hat", { module: "/nowhere" });
  const socket = peerLabels(new Socket());
  const loading = nodeKernel(nowhere).load(new Uint8Array(1));
  const own = currentLabel(undefined, nowhere);
  assert.ok(!closed.ok && !socket.ok && !loading.ok && !own.ok);
  assert.equal(socket.error.kind, "not-connected", "it was never connected");
  const refusals: readonly Parameters<typeof confinementText>[0][] = [
    closed.error,
    socket.error,
    loading.error,
    own.error,
    { kind: "not-loaded", reason: "x" },
    { kind: "work-failed", error: "y" },
    { kind: "worker-ended", reason: "z" },
    { kind: "not-told", family: "unix" },
    { kind: "elsewhere" },
    { kind: "hidden", processes: 3 },
    { kind: "not-permitted", path: "/p" },
    { kind: "policy-rejected", errno: "EPROTO", info: undefined },
    { kind: "cut-short", path: "/p", takenBytes: 1, wantedBytes: 2 },
  ];
  const texts = refusals.map(confinementText);
  for (const text of texts) assert.match(text, /./);
  assert.equal(new Set(texts).size, texts.length, texts.join("\n"));
});

test("no_new_privs is told apart from a child that is no hat", (context) => {
  const root = tree(context, {
    [`${OWN}/current`]: "p (enforce)\n",
    "proc/thread-self/status": "Name:\tx\nNoNewPrivs:\t1\n",
  });
  const system = hookedSystem(({ name }) => (name === "write" ? { errno: "EPERM" } : undefined));
  const done = changeHat(["a"], newToken(), { root, system });
  assert.deepEqual(done, { ok: false, error: { kind: "no-new-privileges" } });
});

test("an error that Node has no name for is known by its number", (context) => {
  const root = tree(context, { [`${OWN}/current`]: "p (enforce)\n" });
  const system = hookedSystem(() => undefined);
  for (const code of ["UNKNOWN", "Unknown system error -10"]) {
    const write = (): number => {
      throw Object.assign(new Error("made by a test"), { code, errno: -10 });
    };
    assert.deepEqual(changeHat(["a"], newToken(), { root, system: { ...system, write } }), {
      ok: false,
      error: { kind: "no-hats" },
    });
  }
});

test("tokens are wiped out wherever they have been, and a hat that was left cannot be left again", (context) => {
  const made: Uint8Array[] = [];
  const crypto: Record<string, unknown> = createRequire("/")("node:crypto");
  const original = crypto["randomFillSync"];
  crypto["randomFillSync"] = (bytes: Uint8Array) => {
    made.push(bytes);
    return webcrypto.getRandomValues(bytes);
  };
  syncBuiltinESMExports();
  try {
    const { world, written, buffers } = attributes(context, { current: "p//one (enforce)\n" });
    const entered = enterHat(["zero", "one"], world);
    assert.ok(entered.ok);
    assert.equal(entered.value.hat, "one");
    assert.ok(entered.value.leave().ok);
    assert.equal(entered.value.leave().ok, false);
    const [enter, leave] = written;
    const token = /^changehat ([0-9a-f]{16})\^zero\0one$/.exec(enter ?? "")?.[1];
    assert.ok(token !== undefined && token !== "0".repeat(16), enter);
    assert.equal(leave, `changehat ${token}^`);
    const stays = enterHat("one", world);
    assert.ok(stays.ok);
    stays.value.stay();
    assert.equal(stays.value.leave().ok, false);
    // Refused ones and tests, too.
    enterHat("one", attributes(context, {}, () => "ENOENT").world);
    testHats(["one"], world);
    assert.ok(made.length >= 4 && buffers.length >= 4);
    for (const bytes of [...made, ...buffers]) assert.ok(bytes.every((byte) => byte === 0));
  } finally {
    crypto["randomFillSync"] = original;
    syncBuiltinESMExports();
  }
});

test("where it cannot be said which hat was entered, it is left", (context) => {
  const { world, written } = attributes(context, { current: "elsewhere (enforce)\n" });
  assert.deepEqual(enterHat(["a", "b"], world), { ok: false, error: { kind: "no-such-hat", hats: ["a", "b"] } });
  assert.match(written.at(-1) ?? "", /^changehat [0-9a-f]{16}\^$/);
});

test("a function in a hat gives what it gives, throws what it throws, and is no promise", (context) => {
  const { world, written } = attributes(context, { current: "p//one (enforce)\n" });
  assert.deepEqual(
    withHat("one", () => 7, world),
    { ok: true, value: 7 },
  );
  assert.throws(
    () =>
      withHat(
        "one",
        () => {
          throw new RangeError("own");
        },
        world,
      ),
    RangeError,
  );
  assert.throws(() => withHat("one", async () => Promise.reject(new Error("late")), world), TypeError);
  assert.equal(written.filter((text) => text.endsWith("^")).length, 3);
});

test("a hat that the kernel does not let go of is said, whatever the function did", (context) => {
  const { world } = attributes(context, { current: "p//one (enforce)\n" }, (command) =>
    command.endsWith("^") ? "EACCES" : undefined,
  );
  const done = withHat(
    "one",
    () => {
      throw new Error("lost");
    },
    world,
  );
  assert.ok(!done.ok && done.error.kind === "not-left" && done.error.label === "p//one");
});

test("kernels that hang in complain mode are not asked to", (context) => {
  const learning = { current: "p (complain)\n" };
  const asked = (release: string, hats: readonly string[], held = learning, profiles = ""): string | undefined => {
    const { world, written } = attributes(context, held);
    const directory = join(world.root ?? "", "aafs");
    mkdirSync(directory);
    writeFileSync(join(directory, "profiles"), profiles);
    const done = changeHat(hats, newToken(), { ...world, release, directory });
    assert.equal(written.length, done.ok ? 1 : 0);
    return done.ok ? undefined : done.error.kind;
  };
  assert.equal(asked("6.12.107+deb13-cloud-amd64", ["new"]), "would-hang");
  assert.equal(asked("6.12.107", ["new", "old"], learning, "p (complain)\np//old (complain)\n"), "would-hang");
  assert.equal(asked("6.12.107", ["old", "new"], learning, "p (complain)\np//old (complain)\n"), undefined);
  assert.equal(asked("6.12.107", ["new"], { current: "p (enforce)\n" }), undefined);
  for (const release of ["6.1.0-56-cloud-amd64", "7.2.13", "5.10.1", "8.0.0"]) {
    assert.equal(asked(release, ["new"]), undefined, release);
  }
  for (const release of ["6.2.0", "6.18.1", "7.1.9"]) assert.equal(asked(release, ["new"]), "would-hang", release);
});

test("where there is no AppArmor every call says so, whatever the kernel is and another module answers", (context) => {
  const invalid = hookedSystem(({ name, args }) =>
    name === "write" || (name === "open" && /\/(?:exec|prev)$/.test(String(args[0]))) ? { errno: "EINVAL" } : undefined,
  );
  const shared = { current: "system_u:system_r:init_t:s0", exec: "", prev: "" };
  const places = ["proc/thread-self", "proc/8"].flatMap((task) =>
    Object.entries(shared).map(([name, text]) => [`${task}/attr/${name}`, text]),
  );
  for (const files of [Object.fromEntries(places), {}]) {
    for (const release of ["5.10.1", "6.12.107", "7.2.13"]) {
      const world = { root: tree(context, files), system: invalid, release };
      const calls = {
        currentLabel: currentLabel(undefined, world),
        previousLabel: previousLabel(undefined, world),
        previousOfOther: previousLabel(8, world),
        onExecLabel: onExecLabel(undefined, world),
        onExecOfOther: onExecLabel(8, world),
        changeHat: changeHat(["new"], newToken(), world),
        enterHat: enterHat("new", world),
        testHats: testHats("new", world),
        withHat: withHat("new", () => undefined, world),
        changeProfile: changeProfile("p", world),
      };
      for (const [name, done] of Object.entries(calls))
        assert.deepEqual(done, { ok: false, error: { kind: "no-apparmor", reason: "absent" } }, `${name} ${release}`);
    }
  }
});

test("labels are taken apart as libapparmor does", () => {
  // confinement-api 3; `parts` is ours.
  const cases: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["unconfined", "unconfined", undefined],
    ["unconfined\n", "unconfined", undefined],
    ["/bin/x (enforce)\n", "/bin/x", "enforce"],
    ["a b (x) (enforce)", "a b (x)", "enforce"],
    ["noparen", undefined, undefined],
    ["", undefined, undefined],
    [":ns://p (enforce)", ":ns://p", "enforce"],
    ["a//&b (mixed)", "a//&b", "mixed"],
    ["unconfined (enforce)", "unconfined", "enforce"],
    ["p (unconfined)", "p", "unconfined"],
  ];
  for (const [text, label, mode] of cases) {
    const parsed = parseLabel(text);
    assert.deepEqual([parsed?.label, parsed?.mode], [label, mode], text);
  }
  assert.deepEqual(parseLabel("a//&:ns://b//h (mixed)")?.parts, [{ name: "a" }, { namespace: "ns", name: "b//h" }]);
});

test("attributes of this thread and of others are read; nothing set is nothing, and another module's word is none", (context) => {
  const root = tree(context, {
    [`${OWN}/current`]: "p//h (enforce)\n",
    [`${OWN}/prev`]: "p (enforce)\n",
    "proc/7/attr/current": "q (complain)\n",
    "proc/8/attr/current": "system_u:system_r:init_t:s0",
  });
  const system = hookedSystem(({ name, args }) =>
    name === "open" && String(args[0]).endsWith("/exec") ? { errno: "EINVAL" } : undefined,
  );
  writeFileSync(join(root, OWN, "exec"), "");
  const world = { root, system };
  const own = currentLabel(undefined, world);
  assert.deepEqual(own, { ok: true, value: { label: "p//h", mode: "enforce", parts: [{ name: "p//h" }] } });
  const previous = previousLabel(undefined, world);
  assert.ok(previous.ok && previous.value?.label === "p");
  assert.deepEqual(onExecLabel(undefined, world), { ok: true, value: undefined });
  const other = currentLabel(7, world);
  assert.ok(other.ok && other.value.mode === "complain");
  assert.deepEqual(currentLabel(8, world), { ok: false, error: { kind: "no-apparmor", reason: "absent" } });
  assert.deepEqual(currentLabel(9, world), { ok: false, error: { kind: "no-apparmor", reason: "absent" } });
});

test("every thread of a process has a label of its own", (context) => {
  const root = tree(context, {
    "proc/7/task/7/attr/apparmor/current": "p (enforce)\n",
    "proc/7/task/7/comm": "node\n",
    "proc/7/task/10/attr/apparmor/current": "p//h (enforce)\n",
    "proc/7/task/10/comm": "libuv-worker\n",
  });
  symlinkSync("7/task/10", join(root, "proc/thread-self"));
  const threads = threadLabels(7, { root });
  assert.ok(threads.ok);
  assert.deepEqual(
    threads.value.map(({ tid, name, label }) => [tid, name, label.ok && label.value.label]),
    [
      [7, "node", "p"],
      [10, "libuv-worker", "p//h"],
    ],
  );
  assert.deepEqual(currentThread({ root }), { ok: true, value: { pid: 7, tid: 10 } });
  assert.equal(listTasks(8, { root }).ok, false);
});

test("whether there is AppArmor, and why not", (context) => {
  const enabled = "sys/module/apparmor/parameters/enabled";
  const mounts = { "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n" };
  const directory = { "sys/kernel/security/apparmor/profiles": "" };
  const asked = (files: Readonly<Record<string, string>>): string => {
    const there = availability({ root: tree(context, files) });
    return there.enabled ? "enabled" : there.reason;
  };
  assert.equal(asked({ [enabled]: "Y\n", ...mounts, ...directory }), "enabled");
  assert.equal(asked({ [enabled]: "N\n", ...mounts, ...directory }), "disabled");
  assert.equal(asked({ [enabled]: "Y\n", ...mounts }), "not-mounted");
  assert.equal(asked({ [enabled]: "Y\n" }), "not-mounted");
  assert.equal(asked({ ...mounts }), "absent");
  const available = { "sys/module/apparmor/parameters/available": "Y\n" };
  assert.equal(asked({ [enabled]: "N\n", ...available, ...mounts, ...directory }), "private");
  const system = hookedSystem(({ name, args }) =>
    name === "open" && String(args[0]).includes("apparmor") ? { errno: "EACCES" } : undefined,
  );
  const root = tree(context, { [enabled]: "Y\n", ...mounts, ...directory });
  assert.deepEqual(availability({ root }, system), { enabled: false, reason: "not-permitted" });
});

/** An answer of the query interface. */
const words = (...bits: readonly number[]): string =>
  ["allow", "deny", "audit", "quiet"]
    .map((word, at) => `${word} 0x${(bits[at] ?? 0).toString(16).padStart(8, "0")}\n`)
    .join("");

/** A line of /proc/net/tcp. */
const line = (local: string, remote: string, inode: string): string =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;

test("queries send the whole path, and answers count as libapparmor counts them", (context) => {
  const directory = join(tree(context, { ".access": "" }), ".");
  const written: string[] = [];
  const answering = (answer: string): ConfinementWorld => {
    const system = hookedSystem(() => undefined);
    return {
      directory,
      system: {
        ...system,
        write: (_, bytes) => {
          written.push(Buffer.from(bytes).toString("latin1"));
          return bytes.length;
        },
        read: (_, buffer, start) => {
          buffer.set(Buffer.from(answer), start);
          return answer.length;
        },
      },
    };
  };
  const asked = (...bits: readonly number[]): unknown => queryFile("p", "/ok/b", "rw", answering(words(...bits)));
  assert.deepEqual(asked(0x6004b37e, 0, 0, 0), { ok: true, value: { allowed: true, audited: false } });
  assert.deepEqual(asked(0x4, 0, 0, 0), { ok: true, value: { allowed: false, audited: true } });
  assert.deepEqual(asked(0x6, 0x2, 0, 0), { ok: true, value: { allowed: false, audited: true } });
  assert.deepEqual(asked(0x6, 0, 0x6, 0), { ok: true, value: { allowed: true, audited: true } });
  assert.deepEqual(asked(0x4, 0, 0, 0x2), { ok: true, value: { allowed: false, audited: false } });
  assert.deepEqual(asked(0xffffffff, 0, 0, 0xffffffff), { ok: true, value: { allowed: true, audited: false } });
  assert.equal(queryFile("p", "/x", "r", answering("nonsense")).ok, false);
  queryLink("p", "/link", "/target", answering(words(0x40000)));
  assert.equal(written[0], "label\0p\0\x02/ok/b");
  assert.equal(written.at(-1), "label\0p\0\x02/link\0/target");
});

test("who holds the other end of a connection on this machine is in /proc", (context) => {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const root = tree(context, {
    "proc/thread-self/net/tcp":
      head + line("0100007F:1F90", "0100007F:C350", "501") + line("0100007F:C350", "0100007F:1F90", "502"),
    "proc/thread-self/net/tcp6":
      head + line("00000000000000000000000001000000:0050", "00000000000000000000000001000000:0051", "503"),
    "proc/20/attr/current": "server (enforce)\n",
    "proc/21/attr/current": "client (enforce)\n",
  });
  for (const [pid, inode] of [
    [20, 501],
    [21, 502],
    [22, 502],
    [23, 503],
  ]) {
    mkdirSync(join(root, `proc/${pid}/fd`), { recursive: true });
    symlinkSync(`socket:[${inode}]`, join(root, `proc/${pid}/fd/3`));
  }
  mkdirSync(join(root, "proc/24"));
  const holders = holdersOfPeer(
    { address: "127.0.0.1", port: 8080 },
    { address: "::ffff:127.0.0.1", port: 50000 },
    { root },
  );
  assert.deepEqual(holders, { ok: true, value: { pids: new Set([21, 22]), hidden: 0 } });
  const six = holdersOfPeer({ address: "::1", port: 81 }, { address: "::1", port: 80 }, { root });
  assert.deepEqual(six.ok && six.value.pids, new Set([23]));
  const elsewhere = holdersOfPeer({ address: "127.0.0.1", port: 8080 }, { address: "10.0.0.1", port: 1 }, { root });
  assert.equal(!elsewhere.ok && elsewhere.error.errno, "EADDRNOTAVAIL");
});
