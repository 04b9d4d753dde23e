import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { nodeKernel, nodeProcesses } from "../../host/index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { fail } from "../../foundation/basics/index.ts";
import { examplesText } from "../examples.ts";
import type { CliIo } from "../io.ts";
import { tools } from "./index.ts";
import { runTool } from "./tool.ts";
import { tool as aaEnabled } from "./aa-enabled.ts";
import { tool as aaFeaturesAbi } from "./aa-features-abi.ts";
import { tool as aaLoad } from "./aa-load.ts";
import { tool as rcapparmor } from "./rcapparmor.ts";
import { tool as aaTeardown } from "./aa-teardown.ts";
import { createCache } from "../../app/index.ts";
import { tool as aaStatus } from "./aa-status.ts";
import { basicPattern } from "./basic-pattern.ts";

const aafs = "sys/kernel/security/apparmor";
const enabled = {
  "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
  "sys/module/apparmor/parameters/enabled": "Y\n",
};
const policy = {
  ...enabled,
  [`${aafs}/profiles`]:
    "who (complain)\nsleeper//HAT (enforce)\nsleeper (enforce)\nkiller (kill)\n/usr/bin/loose (enforce)\n",
  [`${aafs}/features/file/mask`]: "read\n",
  "proc/192/attr/current": "prompter (complain)\n",
  "proc/193/attr/current": "killer (kill)\n",
  "proc/20/attr/current": "unconfined\n",
  "proc/21/attr/current": "unconfined\n",
};

/** The machine as these files show it. */
function machine(
  context: TestContext,
  contents: Readonly<Record<string, string>>,
): { io: CliIo; said: () => { out: string; err: string }; clear: () => void } {
  const root = mkdtempSync(join(tmpdir(), "armorer-tools-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const programs = { 192: "/usr/bin/sleep", 193: "/usr/bin/sleep", 20: "/usr/bin/loose", 21: "/usr/bin/other" };
  for (const [pid, program] of Object.entries(programs)) {
    if (`proc/${pid}/attr/current` in contents) symlinkSync(program, join(root, `proc/${pid}/exe`));
  }
  const { io: real, text, clear } = capturedIo();
  const io = {
    ...real,
    // Whether the test itself runs in a container is not asked.
    files: {
      ...real.files,
      kind: (path: string) => (path === "/run/systemd/container" ? undefined : real.files.kind(path)),
    },
    kernelAt: () => nodeKernel({ root }),
    processesAt: () => nodeProcesses({ root }),
  };
  return { io, said: () => ({ out: text("out"), err: text("err") }), clear };
}

test("aa-enabled tells the three states of a machine by its exit status", async (t) => {
  for (const [contents, status, text] of [
    [{ ...enabled, [`${aafs}/profiles`]: "" }, 0, "Yes\n"],
    [{}, 1, "No - not available on this system.\n"],
    [{ ...enabled, "sys/module/apparmor/parameters/enabled": "N\n" }, 1, "No - disabled at boot.\n"],
    [{ ...enabled }, 3, "Maybe - policy interface not available.\n"],
  ] as const) {
    const { io, said } = machine(t, contents);
    assert.equal(await runTool(aaEnabled, [], io), status);
    assert.equal(said().out, text);
    assert.equal(await runTool(aaEnabled, ["--quiet"], io), status);
    assert.equal(said().out, text);
  }
});

test("aa-status prints the lines that scripts search for, in their order", async (t) => {
  const { io, said } = machine(t, policy);
  assert.equal(await runTool(aaStatus, [], io), 0);
  assert.equal(
    said().out,
    `apparmor module is loaded.
5 profiles are loaded.
3 profiles are in enforce mode.
   /usr/bin/loose
   sleeper
   sleeper//HAT
1 profiles are in complain mode.
   who
0 profiles are in prompt mode.
1 profiles are in kill mode.
   killer
0 profiles are in unconfined mode.
3 processes have profiles defined.
0 processes are in enforce mode.
1 processes are in complain mode.
   /usr/bin/sleep (192) prompter
0 processes are in prompt mode.
1 processes are in kill mode.
   /usr/bin/sleep (193) killer
1 processes are unconfined but have a profile defined.
   /usr/bin/loose (20) 
0 processes are in mixed mode.
`,
  );
});

test("aa-status gathers the processes of one program in one list", async (t) => {
  const { io, said } = machine(t, policy);
  assert.equal(await runTool(aaStatus, ["--json", "--filter.exe=sleep", "--filter.profiles=^[kp]"], io), 0);
  assert.equal(
    said().out,
    '{"version": "2", "profiles": {"killer": "kill"}, "processes": {"/usr/bin/sleep": [' +
      '{"profile": "prompter", "pid": "192", "status": "complain"}, {"profile": "killer", "pid": "193", "status": "kill"}]}}\n',
  );
});

test("aa-status lays its long document out as Debian's does: a tab behind each colon, objects begun on the line of their list", async (t) => {
  const { io, said } = machine(t, policy);
  const argv = ["--pretty-json", "--filter.exe=sleep", "--filter.profiles=^[k]"];
  assert.equal(await runTool(aaStatus, argv, io), 0);
  const keys = ['"profile":\t"killer"', '"pid":\t"193"', '"status":\t"kill"']
    .map((key) => `\t\t\t\t${key}`)
    .join(",\n");
  const processes = `\t"processes":\t{\n\t\t"/usr/bin/sleep":\t[{\n${keys}\n\t\t\t}]\n\t}`;
  assert.equal(said().out, `{\n\t"version":\t"2",\n\t"profiles":\t{\n\t\t"killer":\t"kill"\n\t},\n${processes}\n}\n`);
});

test("aa-status counts, old and new", async (t) => {
  const { io, said, clear } = machine(t, policy);
  assert.equal(await runTool(aaStatus, ["--count"], io), 0);
  assert.equal(said().out, "apparmor module is loaded.\n5\n3\n");
  for (const [option, count] of [
    ["--profiled", 5],
    ["--enforced", 3],
    ["--complaining", 1],
    ["--kill", 1],
    ["--process-mixed", 0],
  ] as const) {
    clear();
    await runTool(aaStatus, [option], io);
    assert.equal(said().out, `${count}\n`, option);
  }
});

test("aa-status says by its exit status why it cannot tell", async (t) => {
  const empty = { ...enabled, [`${aafs}/profiles`]: "" };
  const line = "apparmor module is loaded.\n";
  for (const [contents, argv, status, out, err] of [
    [{}, [], 1, "", "apparmor not present.\n"],
    [{ ...enabled }, [], 3, line, "apparmor filesystem is not mounted.\n"],
    [{ ...enabled }, ["--count", "--quiet"], 3, line, ""],
    [{ ...enabled }, ["--json"], 3, "", "apparmor filesystem is not mounted.\n"],
    [empty, [], 2, line, "No policy loaded into the kernel\n"],
    // No number where there is nothing to count: Debian's prints none.
    [empty, ["--profiled"], 2, "", "No policy loaded into the kernel\n"],
    [policy, ["--show=nothing"], 1, "", "Error: Invalid --show option 'nothing'.\n"],
  ] as const) {
    const { io, said } = machine(t, contents);
    assert.equal(await runTool(aaStatus, argv, io), status);
    assert.deepEqual([said().out, said().err], [out, err], argv.join(" "));
  }
  assert.equal(await runTool(aaStatus, ["--enabled"], machine(t, policy).io), 0);
  // Nobody can be asked where securityfs is not mounted (7.2, Debian's beside it).
  assert.equal(await runTool(aaStatus, ["--enabled"], machine(t, enabled).io), 1);
  assert.equal(await runTool(aaStatus, ["--filter.mode=["], machine(t, policy).io), 42);
  assert.equal(await runTool(aaStatus, ["operand"], machine(t, policy).io), 1);
});

test("every tool has help, on standard output and with status 0, long and short", async () => {
  for (const { load, name } of tools) {
    const { tool } = await load();
    for (const word of ["--help", "-h"]) {
      const { io, text } = capturedIo();
      assert.equal(await runTool(tool, [word], io), 0, `${name} ${word}`);
      assert.match(text("out"), new RegExp(`^[Uu]sage: ${name}\\b`), name);
      assert.equal(text("err"), "", name);
    }
  }
});

test("aa-features-abi prints the tree of the kernel and wants one source", async (t) => {
  const { io, said } = machine(t, policy);
  assert.equal(await runTool(aaFeaturesAbi, ["-x"], io), 0);
  assert.equal(said().out, "file {mask {read\n}\n}\n");
  assert.equal(await runTool(aaFeaturesAbi, ["-x", "-f", "x"], io), 1);
  assert.equal(await runTool(aaFeaturesAbi, [], io), 1);
});

function matches(pattern: string, text: string): boolean | undefined {
  return basicPattern(pattern)?.test(text);
}

test("basic regular expressions keep their own idea of what is special", () => {
  assert.equal(matches("a+b", "a+b"), true);
  assert.equal(matches("^*a", "*a"), true);
  assert.equal(matches("\\(ab\\)\\1", "abab"), true);
  assert.equal(matches("[]x]", "]"), true);
  assert.equal(matches("[^]x]", "]"), false);
  assert.equal(matches("a\\{2\\}$", "aa"), true);
  assert.equal(matches("a.c", "abc"), true);
  assert.equal(basicPattern("["), undefined);
  assert.equal(basicPattern("\\(a"), undefined);
});

test("aa-load loads what belongs to this kernel, and nothing that belongs to another", async (t) => {
  const features = "file {mask {read\n}\n}\n";
  const { io } = machine(t, { ...policy, [`${aafs}/.replace`]: "" });
  const caches = mkdtempSync(join(tmpdir(), "armorer-load-"));
  t.after(() => rmSync(caches, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(caches, path)), { recursive: true });
    writeFileSync(join(caches, path), text);
  };
  put("cache/7bab4f0d.0/.features", "other");
  put("cache/7bab4f0d.0/p", "wrong");
  put("foreign/.features", "other");
  put("foreign/p", "foreign");
  put("plain/p", "plain");
  put("plain/.hidden", "hidden");
  const replaced = (): string => readFileSync(join(io.kernelAt({}).directory() ?? "", ".replace"), "utf8");
  assert.equal(await runTool(aaLoad, [join(caches, "plain")], io), 0);
  assert.equal(replaced(), "plain");
  assert.equal(await runTool(aaLoad, [join(caches, "foreign")], io), 1);
  assert.equal(replaced(), "plain");
  assert.equal(await runTool(aaLoad, ["--force", join(caches, "foreign")], io), 0);
  assert.equal(replaced(), "foreign");
  const own = createCache(io.files, join(caches, "cache"), features);
  assert.ok(own.ok);
  writeFileSync(join(own.value, "p"), "own one");
  assert.equal(await runTool(aaLoad, ["-n", join(caches, "cache")], io), 0);
  assert.equal(replaced(), "foreign");
  assert.equal(await runTool(aaLoad, [join(caches, "cache")], io), 0);
  assert.equal(replaced(), "own one");
});

test("aa-load reports that there is nothing for this kernel where it was told to look", async (t) => {
  const { io, said } = machine(t, { ...policy, [`${aafs}/.replace`]: "" });
  const caches = mkdtempSync(join(tmpdir(), "armorer-load-"));
  t.after(() => rmSync(caches, { recursive: true }));
  assert.equal(await runTool(aaLoad, [caches], io), 1);
  mkdirSync(join(caches, "7bab4f0d.0"));
  writeFileSync(join(caches, "7bab4f0d.0/.features"), "other");
  writeFileSync(join(caches, "7bab4f0d.0/p"), "wrong");
  assert.equal(await runTool(aaLoad, [caches], io), 1);
  const sentence = `aa-load: ERROR: '${caches}' holds no policy for this kernel; nothing was loaded\n`;
  assert.equal(said().err, sentence.repeat(2));
  // As where none of the usual caches was ever made.
  const nowhere: typeof io = { ...io, files: { ...io.files, status: () => fail({ path: "", errno: "ENOENT" }) } };
  assert.equal(await runTool(aaLoad, [], nowhere), 1);
  assert.match(said().err, /none of \/var\/cache\/apparmor, .* is there; nothing was loaded\n$/);
});

test("aa-teardown names the profiles without their children", async (t) => {
  const { io, said } = machine(t, { ...policy, [`${aafs}/.remove`]: "" });
  assert.equal(await runTool(aaTeardown, ["now"], io), 1);
  assert.equal(await runTool(aaTeardown, [], io), 0);
  assert.equal(said().out, "Unloading AppArmor profiles\n");
});

test("rcapparmor starts nothing twice, and says when there is nothing to start", async (t) => {
  const loaded = machine(t, policy);
  assert.equal(await runTool(rcapparmor, ["start"], loaded.io), 0);
  assert.match(loaded.said().out, /Skipped: : already loaded with profiles\.\n$/);
  const none = machine(t, {});
  assert.equal(await runTool(rcapparmor, ["start"], none.io), 1);
  assert.equal(await runTool(rcapparmor, ["reload"], none.io), 1);
  assert.equal(await runTool(rcapparmor, ["dance"], none.io), 1);
  assert.match(none.said().err, /^Usage: /m);
  const named = machine(t, policy);
  for (const action of ["start", "stop", "reload"]) {
    assert.equal(await runTool(rcapparmor, [action, "nginx"], named.io), 1);
    assert.match(
      named.said().err,
      new RegExp(`rcapparmor: ${action} is about all profiles, and takes no others: nothing was done\n$`),
    );
  }
  assert.equal(named.said().out, "");
});

test("every tool of the table is the one that it names, and helps who asks", async (t) => {
  assert.ok(tools.length > 0);
  for (const { name, load } of tools) {
    const { tool } = await load();
    assert.equal(tool.name, name);
    assert.match(tool.help, new RegExp(`^[Uu]sage: ${name}\\b`));
    if (!tool.options.some(({ key }) => key === "help")) continue;
    const { io, said } = machine(t, {});
    assert.equal(await runTool(tool, ["--help"], io), 0, name);
    assert.equal(said().out, `${tool.help}\n${examplesText(tool.examples)}`);
    assert.ok(tool.examples.length > 0, name);
  }
});
