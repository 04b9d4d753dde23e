import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { runArmorer } from "../armorer/index.ts";
import { tool as aaDecode, decodeLine } from "./aa-decode.ts";
import { tool as aaShowUsage } from "./aa-show-usage.ts";
import { tool as aaUnconfined } from "./aa-unconfined.ts";
import { tools } from "./index.ts";
import { type Tool, runTool } from "./tool.ts";

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(tool: Tool, argv: readonly string[], pieces: readonly string[] = []): Promise<Ended> {
  const { io, text } = capturedIo();
  const left = [...pieces];
  const inputPiece = (): Uint8Array | undefined => {
    const piece = left.shift();
    return piece === undefined ? undefined : Buffer.from(piece, "latin1");
  };
  const status = await runTool(tool, argv, { ...io, inputPiece });
  return { status, out: text("out"), err: text("err") };
}

test("aa-decode says what digits mean, or what is wrong with them", async () => {
  const cases: readonly (readonly [words: readonly string[], out: string, status: number])[] = [
    [["2F746D702F666F6F20626172"], "Decoded: /tmp/foo bar\n", 0],
    [["c3a9"], "Decoded: é\n", 0],
    [["2F7"], "Could not decode string: its number of digits is odd\n", 1],
    [["/tmp"], "String should only contain hex characters (0-9, a-f, A-F)\n", 1],
    [["41", "x"], "Decoded: A\nString should only contain hex characters (0-9, a-f, A-F)\n", 1],
  ];
  for (const [words, out, status] of cases) {
    assert.deepEqual(await call(aaDecode, words), { status, out, err: "" }, words.join(" "));
  }
  const { out } = await call(aaDecode, ["--json", "FF00"]);
  assert.deepEqual(JSON.parse(out).words, [{ hex: "FF00", text: "\udcff\0", problem: null }]);
});

test("aa-decode lets nothing out of a log that could pass for more than one value of one line", () => {
  assert.equal(decodeLine("a name=2F0A62 profile=2F2262 comm=2F1B5B"), "a name=2F0A62 profile=2F2262 comm=2F1B5B");
  assert.equal(decodeLine("a proctitle=2F62696E002D78"), 'a proctitle="/bin -x"');
  assert.equal(decodeLine("name=41 xname=41 name=4 name=414 name=41x"), "name=41 xname=41 name=4 name=414 name=41x");
});

test("aa-decode prints lines as they come, wherever they are cut, the last without an end, too", async () => {
  const text = 'x name=C3A9 y\\z  a\n\ntype=A profile="b" peer=2F20\n name=2F';
  for (const step of [1, 2, 7, 100]) {
    const pieces = text.match(new RegExp(`[^]{1,${step}}`, "g")) ?? [];
    const { out, status } = await call(aaDecode, [], pieces);
    assert.equal(status, 0);
    assert.equal(out, 'x name="é" y\\z  a\n\ntype=A profile="b" peer="/ "\n name="/"');
  }
});

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 102 1 0 20 4 30 10 -1
`;
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  111: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 103 2 0 0
  112: 00000000:0045 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 104 2 0 0
`;
const PACKET =
  "sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n00000000 3      3    0003   2     1 0      0      105\n";

/** By process: its program, its words, its label, its descriptors. */
const PROCESSES: Readonly<Record<string, readonly [string, string, string, readonly string[]]>> = {
  1: ["/usr/bin/bash", "/bin/bash\0/init\0", "unconfined\n", []],
  20: ["/usr/sbin/sshd", "sshd: listener\0", "unconfined\n", ["socket:[101]", "/dev/null"]],
  30: ["/usr/bin/curl", "/usr/local/bin/curl\0x\0", "curl (complain)\n", ["socket:[102]"]],
  40: ["/usr/sbin/dhcp", "/usr/sbin/dhcp\0", "/usr/sbin/dhcp (enforce)\n", ["socket:[103]"]],
  50: ["/usr/bin/python3.14", "/usr/bin/python3\0a b\0", "free (unconfined)\n", ["socket:[105]", "pipe:[103]"]],
  60: ["/usr/bin/dash", "dash\0-c\0x\ny\\z\0", "a//&b (mixed)\n", ["socket:[104]"]],
};

function machine(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-unconfined-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put("proc/mounts", "securityfs /sys/kernel/security securityfs rw 0 0\n");
  put("sys/kernel/security/apparmor/profiles", "");
  for (const [name, text] of Object.entries({ tcp: TCP, udp: UDP, packet: PACKET })) put(`proc/net/${name}`, text);
  for (const [pid, [program, words, label, descriptors]] of Object.entries(PROCESSES)) {
    put(`proc/${pid}/attr/current`, label);
    put(`proc/${pid}/cmdline`, words);
    symlinkSync(program, join(root, `proc/${pid}/exe`));
    mkdirSync(join(root, `proc/${pid}/fd`));
    for (const [number, target] of descriptors.entries()) symlinkSync(target, join(root, `proc/${pid}/fd/${number}`));
  }
  put("proc/70/attr/current", "unconfined\n");
  return root;
}

const LINES: Readonly<Record<string, string>> = {
  1: "1 /usr/bin/bash (/bin/bash /init) not confined",
  20: "20 /usr/sbin/sshd not confined",
  30: "30 /usr/bin/curl (/usr/local/bin/curl) confined by 'curl (complain)'",
  40: "40 /usr/sbin/dhcp confined by '/usr/sbin/dhcp (enforce)'",
  50: "50 /usr/bin/python3.14 (/usr/bin/python3) not confined",
  60: "60 /usr/bin/dash (dash -c x\\x0ay\\\\z) confined by 'a//&b (mixed)'",
};

test("aa-unconfined lists who waits for others, who is connected, both, or everybody", async (t) => {
  const root = machine(t);
  const wanted: readonly (readonly [argv: readonly string[], pids: readonly number[]])[] = [
    [[], [20, 40, 50]],
    [["--show=client"], [30, 60]],
    [
      ["--show=network", "--with-ss"],
      [20, 30, 40, 50, 60],
    ],
    [["--paranoid"], [1, 20, 30, 40, 50, 60]],
    [
      ["--show=all", "--short"],
      [1, 20, 50],
    ],
    [
      ["--short", "--with-netstat"],
      [20, 50],
    ],
  ];
  for (const [argv, pids] of wanted) {
    const { err, out, status } = await call(aaUnconfined, ["--root", root, ...argv]);
    assert.deepEqual([status, err], [0, ""], argv.join(" "));
    assert.equal(out, pids.map((pid) => `${LINES[pid]}\n`).join(""), argv.join(" "));
  }
  const { out } = await call(aaUnconfined, ["--root", root, "--json"]);
  assert.deepEqual(
    JSON.parse(out).processes.map((one: { pid: number; confined: boolean }) => [one.pid, one.confined]),
    [
      [20, false],
      [40, true],
      [50, false],
    ],
  );
});

test("aa-unconfined says what it cannot do", async (t) => {
  const root = machine(t);
  const wrong: readonly (readonly [argv: readonly string[], err: RegExp, status: number])[] = [
    [["--show=foo"], /^\nERROR: Argument --show invalid value 'foo'\n$/, 1],
    [["--paranoid", "--show=server"], /ERROR: Cannot specify/, 1],
    [["--root", join(root, "proc")], /It seems AppArmor was not started/, 1],
    [["operand"], /takes no operands/, 2],
    [["--nonsense"], /unrecognized option/, 2],
  ];
  for (const [argv, err, expected] of wrong) {
    const ended = await call(aaUnconfined, argv[0] === "--root" ? argv : ["--root", root, ...argv]);
    assert.match(ended.err, err, argv.join(" "));
    assert.deepEqual([ended.status, ended.out], [expected, ""], argv.join(" "));
  }
  rmSync(join(root, "proc/net/tcp"));
  mkdirSync(join(root, "proc/net/tcp"));
  const short = await call(aaUnconfined, ["--root", root]);
  assert.equal(short.status, 1);
  assert.match(short.err, /proc\/net\/tcp cannot be read/);
});

const POLICY: Readonly<Record<string, string>> = {
  "etc/apparmor.d/curl": "\nprofile curl /usr/bin/curl flags=(complain) { }\n/usr/sbin/dhcp flags=(complain) { }\n",
  "etc/apparmor.d/off": "profile a { }\n",
  "etc/apparmor.d/disable/off": "",
  "etc/apparmor.d/free": "profile free flags=(unconfined) { }\n",
};

test("armorer ps says where the profile of each process is written, and where the file says another mode", async (t) => {
  const root = machine(t);
  for (const [path, text] of Object.entries(POLICY)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const at = `${root}/etc/apparmor.d`;
  const ps = async (...argv: readonly string[]): Promise<Ended> => {
    const { io, text } = capturedIo({ escapes: "always" });
    const status = await runArmorer(["ps", "--root", root, ...argv], io);
    return { status, out: text("out"), err: text("err") };
  };
  const { err, out, status } = await ps();
  assert.deepEqual([status, err], [0, ""]);
  const lines = out.split("\n").map((line) =>
    line
      .trim()
      .split(/ {2,}/)
      .filter((word) => word !== ""),
  );
  assert.deepEqual(lines.slice(0, -1), [
    ["PID", "MODE", "PROFILE", "PROGRAM", "WRITTEN IN"],
    ["30", "complain", "curl", "/usr/bin/curl", `${at}/curl:2`],
    ["40", "enforce", "/usr/sbin/dhcp", "/usr/sbin/dhcp", `${at}/curl:3, where it is in complain mode`],
    ["50", "unconfined", "free", "/usr/bin/python3.14", `${at}/free:1`],
    ["60", "mixed", "a//&b", "/usr/bin/dash", `${at}/off:1 (switched off), no file has it`],
  ]);
  const all = await ps("--all", "--json");
  assert.deepEqual(
    JSON.parse(all.out).processes.map(({ pid }: { pid: number }) => pid),
    [1, 20, 30, 40, 50, 60],
  );
  writeFileSync(join(at, "bad"), "profile bad {\n");
  const short = await ps();
  assert.equal(short.status, 1);
  assert.match(short.err, /^armorer ps: profiles of .*bad: .* have no place here$/m);
});

test("aa-show-usage finds what is installed in a tree, as a kernel there would see it", async (t) => {
  const root = machine(t);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put("usr/bin/one", "");
  put("usr/lib/a/b/deep", "");
  put("usr/bin/c,d", "");
  symlinkSync("usr/bin", join(root, "bin"));
  symlinkSync("one", join(root, "usr/bin/link"));
  const wanted: Readonly<Record<string, string | undefined>> = {
    "/usr/bin/one": "/usr/bin/one",
    "/{usr/,}bin/{two,one}": "/usr/bin/one",
    "/bin/one": undefined,
    "/usr/bin/link": undefined,
    "/usr/bin": undefined,
    "/usr/lib/**/deep": "/usr/lib/a/b/deep",
    "/usr/**": "/usr/bin/c,d",
    "/usr/bin/{c\\,d,x}": "/usr/bin/c,d",
    "/usr/bin/[^c]*": "/usr/bin/one",
    "/usr/bin/{o{n,m}e,zz}": "/usr/bin/one",
    "/usr/none/*": undefined,
  };
  const texts = Object.keys(wanted).map((pattern, index) => `profile p${index} ${pattern} { }\n`);
  put("etc/apparmor.d/all", texts.join(""));
  put("etc/apparmor.d/x", "profile x /usr/bin/one xattrs=(user.a=b) { }\n");
  const { err, out, status } = await call(aaShowUsage, ["-j", "--root", root]);
  assert.equal(status, 0);
  assert.match(err, /^aa-show-usage: the extended attributes that x asks for were not looked at$/m);
  const document = JSON.parse(out);
  const found = new Map<string, string>(
    document.used.map((one: { name: string; matching_path: string }) => [one.name, one.matching_path]),
  );
  for (const [index, [pattern, path]] of Object.entries(wanted).entries())
    assert.equal(found.get(`p${index}`), path, pattern);
});

test("a system under --root has to be there, for every tool that takes one: nothing else is said to be the cause", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-roots-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "file"), "");
  let tried = 0;
  for (const { name, load } of tools) {
    const { tool } = await load();
    if (!tool.options.some(({ key }) => key === "root")) continue;
    for (const [root, reason] of [
      ["missing", "No such file or directory"],
      ["file", "Not a directory"],
    ] as const) {
      const path = join(directory, root);
      const { err, out, status } = await call(tool, [`--root=${path}`, "x"]);
      assert.notEqual(status, 0, name);
      assert.equal(out, "", name);
      // One that takes no operands says that, and looks at no other word.
      assert.ok(
        err.includes(`--root needs a directory: ${path}: ${reason}`) || /takes no operands/.test(err),
        `${name}: ${err}`,
      );
      const alone = await call(tool, [`--root=${path}`]);
      assert.ok(
        /takes no operands/.test(err) ? alone.err.includes(`${path}: ${reason}`) : alone.status !== 0,
        alone.err,
      );
      tried += 1;
    }
  }
  assert.ok(tried >= 10, String(tried));
});
