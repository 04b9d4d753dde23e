/** Hostile names, texts and records in every position that a command may show: none of them reaches a terminal as it is. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { commandNames, runCommandWith } from "../../src/cli/main.ts";
import { verbNames } from "../../src/cli/armorer/index.ts";
import { ok } from "../../src/foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";
import { nodeKernel, nodeProcesses } from "../../src/host/index.ts";
import { capturedIo } from "../support/captured-io.ts";
import { dangers, hostileName, hostileSigns } from "../support/hostile-names.ts";

const directory = mkdtempSync(join(tmpdir(), "armorer-terminal-"));
after(() => rmSync(directory, { recursive: true }));
const evil = decodeBytes(hostileName);
const hex = hostileName.toString("hex").toUpperCase();
const root = join(directory, "root");
const aafs = "root/sys/kernel/security/apparmor";
const features = "file {mask {read write exec\n}\n}\nnetwork_v8 {af_mask {inet\n}\n}\n";
const record = (fields: string): string => `type=AVC msg=audit(1700000000.1:1): apparmor="DENIED" ${fields}\n`;

const contents: Readonly<Record<string, string>> = {
  [`p/${evil}`]: `abi <kernel>, # ${evil}\nprofile "${evil}" {\n    "/etc/${evil}"   r,\n}\n`,
  [`bad/${evil}`]: `# ${evil}\nprofile "${evil}" {\n  ${evil} zz,\n  include <${evil}>\n  @{${evil}}=x\n  capability ${evil},\n}\n`,
  [`bad/${evil}.orig`]: "",
  plain: `@{v}=/${evil}\nprofile "${evil}" "@{v}/**" {\n  "@{v}/x*" rw,\n  "/bin/${evil}" px -> "${evil}",\n}\n`,
  [`f/${evil}`]: `${features}x {${evil}}\n`,
  conf: `${evil}=x\nbase=${evil}\n`,
  [`browsers/abstractions/ubuntu-browsers.d/${evil}`]: "/x r,\n",
  [`disabled/disable/${evil}`]: "",
  [`disabled/force-complain/${evil}`]: "",
  log: [
    record(
      `operation="open${evil.replaceAll('"', "")}" profile="good" name="/etc/x" pid=1 comm=${hex} requested_mask="r" denied_mask="r"`,
    ),
    record(`operation="open" profile=${hex} name=${hex} pid=1 comm=${hex} requested_mask="r" denied_mask="r"`),
    record(`operation="capable" profile=${hex} pid=2 comm="x" capability=1  capname="kill${evil.replaceAll('"', "")}"`),
    record(
      `operation="signal" profile="p" pid=2 comm="x" requested_mask="send" denied_mask="send" signal=${evil} peer=${hex}`,
    ),
  ].join(""),
  "root/proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
  "root/sys/module/apparmor/parameters/enabled": "Y\n",
  [`${aafs}/profiles`]: `${evil} (enforce)\nother (${evil})\n`,
  [`${aafs}/features/file/mask`]: "read write exec\n",
  [`${aafs}/.remove`]: "",
  [`${aafs}/policy/raw_data/1/raw_data`]: evil,
  [`${aafs}/policy/raw_data/1/abi`]: evil,
  "root/proc/7/attr/current": `${evil} (enforce)\n`,
  "root/proc/7/comm": `${evil}\n`,
  "root/proc/8/attr/current": `${evil} (${evil})\n`,
};
for (const [name, text] of Object.entries(contents)) {
  const path = Buffer.from(encodeBytes(join(directory, name)));
  mkdirSync(Buffer.from(encodeBytes(dirname(join(directory, name)))), { recursive: true });
  writeFileSync(path, encodeBytes(text));
}
symlinkSync(Buffer.from(encodeBytes(`/bin/${evil}`)), join(root, "proc/7/exe"));

const at = (name: string): string => join(directory, name);
const file = at(`p/${evil}`);
const gone = at(`gone/${evil}`);
const M = ["--config-file", "/dev/null", "-M", at(`f/${evil}`)];
const cache = at(`cache-${evil}`);

/** By command: argv, and what comes on standard input. */
const commands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  armorer: [[evil], [evil, "--help"], ["help", evil]],
  apparmor_parser: [
    ...[["-N"], ["-p"], ["-d"], ["-S"], ["-Q", "-v"]].flatMap((argv) => [
      [...M, "-T", ...argv, file],
      [...M, "-T", ...argv, at("plain")],
      [...M, "-T", ...argv, at("bad")],
    ]),
    ...["variables", "expanded-variables", "rule-exprs", "dfa-states", "dfa-graph", "dfa-compressed-states"].map(
      (dump) => [...M, "-QK", "-D", dump, at("plain")],
    ),
    [...M, "-QkW", "-L", cache, file],
    [...M, "-QkW", "-L", cache, file],
    [...M, "-QkW", "--debug-cache", "-L", gone, file],
    [...M, "--print-cache-dir", "-L", cache],
    [...M, "--purge-cache", "-L", gone],
    [...M, "-Q", "-b", at("disabled"), file],
    [...M, "-Q", "-b", gone, file],
    [...M, "-QK", "-o", gone, file],
    [...M, "-QK", "-W", "-n", evil, "--warn=all", file],
    [...M, "-QKB", file],
    [...M, "-rK", file],
    [...M, "-RK", file],
    [...M, "-aBK", file],
    [...M, "-f", gone, file],
    ["-M", gone, file],
    ["--config-file", at("conf"), "-QK", file],
    ["--config-file", gone, "--warn=all", "-QK", file],
    ["--config-file", evil, "--print-config-file", "-QK", file],
    ...[
      "-j",
      "--max-jobs=",
      "-O",
      "--warn=",
      "--Werror=",
      "-D",
      "--help=",
      "-c",
      "--prompt-compat=",
      "--debug=",
      `--${evil}`,
    ].map((option) => [`${option}${evil}`, file]),
    ["-QK", gone],
  ],
  "aa-audit": [[`--${evil}`], ["-d", at("p"), "--dry-run", evil, gone]],
  "aa-autodep": [[`--${evil}`], ["-d", gone, evil], ["-d", at("p"), "--no-reload", evil], ["-d", at("p"), gone]],
  "aa-cleanprof": [[`--${evil}`], ["-d", gone, evil], ["-d", at("p"), evil], ["-d", at("p"), "--profile", evil]],
  "aa-complain": [
    [`--${evil}`],
    ["-d", gone, evil],
    ["-d", at("p"), "--dry-run", file, "--profile", evil],
    ["-d", at("p"), "--dry-run", "--json", evil],
    ["-d", at("disabled"), "--dry-run", evil],
  ],
  "aa-decode": [[hex], [hex, "--json"], [evil], []],
  "aa-unconfined": [
    [evil],
    [`--${evil}`],
    [`--show=${evil}`],
    ["--show=all", "--root", root],
    ["--show=all", "--json", "--root", root],
  ],
  "aa-sandbox": [
    [`--${evil}`],
    [gone],
    ["--dry-run", "-t", evil, "/bin/true"],
    ["--dry-run", "-a", evil, "/bin/true"],
    ["--dry-run", "-c", gone, "/bin/true"],
    ["--dry-run", "--template-var", evil, "/bin/true"],
    ["-X", "--with-xserver", evil, "/bin/true"],
    ["-X", "--with-xserver=xephyr", "--with-xephyr-geometry", evil, "/bin/true"],
    ["--profile", evil, "/bin/true"],
    ["--keep"],
  ],
  "aa-show-usage": [
    [evil],
    [`--${evil}`],
    ["-s", evil],
    ["-d", gone],
    ["-d", at("p")],
    ["-j", "-d", at("p")],
    [`--filter.flags=[${evil}`],
  ],
  "aa-update-browser": [
    [`--${evil}`],
    ["-l", "--dir", gone],
    ["-u", evil, "--dir", at("browsers"), file],
    ["-d", "-u", "", "--dir", at("browsers"), gone],
    ["-d", "-u", "", "--dir", at("browsers"), file],
    ["-l", "--dir", at("browsers")],
    ["-l", "--json", "--dir", at("browsers")],
  ],
  "aa-easyprof": [
    [evil],
    [`--${evil}`],
    ["-t", evil, "/x"],
    ["-n", evil, "--comment", evil, "--profile-name", evil],
    ["--no-verify", "--author", "me", "/bin/x"],
    ["-m", gone],
    ["-m", file],
    ["--templates-dir", gone, "/x"],
    ["--list-templates", "--templates-dir", at("p")],
    ["--show-template", "-t", file, "--templates-dir", at("p")],
    ["-c", gone, "/x"],
  ],
  "aa-disable": [["-d", at("p"), "--dry-run", "--profile", evil, file]],
  "aa-enforce": [["-d", at("p"), "--dry-run", "--profile-file", file, "--executable-file", gone]],
  "aa-enabled": [[evil], [`--${evil}`]],
  "aa-exec": [[`--${evil}`], ["-v", "-d", "-p", evil, "/bin/true"], [gone], ["-v", "--", gone]],
  "aa-features-abi": [[`--${evil}`], ["-f", gone], ["-f", at(`f/${evil}`)], ["-f", at(`f/${evil}`), "-w", `${gone}/x`]],
  "aa-genprof": [
    [`--${evil}`],
    ["--no-check-mountpoint", "-d", gone, "/x"],
    ["--no-check-mountpoint", "-d", at("p"), evil],
    [evil, evil],
  ],
  "aa-load": [[`--${evil}`], [gone], ["-n", "-v", file], ["-v", at("p")]],
  "aa-logprof": [
    [`--${evil}`],
    ["--no-check-mountpoint", "-d", gone],
    ["--no-check-mountpoint", "-d", at("p"), "-f", gone],
  ],
  "aa-mergeprof": [[`--${evil}`], ["-d", gone, file], ["-d", at("p"), evil], ["-d", at("p"), "-b", evil, file]],
  "aa-notify": [
    [`--${evil}`],
    [evil],
    ["-s", evil],
    ["-s", "1", "-f", gone],
    ["-s", "1", "-f", file, `--filter.name=(${evil}`],
    ["-s", "1", "-f", file, "--prompt-filter", evil],
    ["-p", "-F", "--user", evil, "-f", file],
  ],
  "aa-remove-unknown": [[evil], ["-n"]],
  "aa-teardown": [[evil], []],
  rcapparmor: [[evil], ["status"]],
  "aa-status": [[evil], [`--${evil}`], [], ["--json"], ["--pretty-json"], [`--filter.mode=[${evil}`]],
};

const R = ["--root", root];
const verbs: Readonly<Record<string, readonly (readonly string[])[]>> = {
  check: [
    [at("p")],
    [at("bad")],
    ["--gcc", at("bad")],
    ["--json", at("bad")],
    ["--sarif", at("bad")],
    [gone],
    ["-M", gone, file],
    ["-"],
  ],
  fmt: [["--check", at("p")], ["--diff", at("p")], [at("bad")], ["--json", at("p")], ["--diff", "-"], ["-"], [gone]],
  compile: [
    [at("p")],
    ["-v", "--no-cache", file],
    ["--no-cache", "-o", `${gone}/x`, file],
    ["--no-cache", "-o", "-", file],
    [at("bad")],
    ["--json", at("bad")],
  ].map((argv) => ["--cache", cache, ...argv]),
  decode: [
    [at("blob")],
    ["--dot", at("blob")],
    ["--json", at("blob")],
    [file],
    [gone],
    [...R, "--kernel"],
    [at("blob"), at("blob")],
  ],
  query: [
    [at("p"), `"/etc/${evil}" r`],
    ["--json", file, evil],
    ["--by", evil, at("p"), "/etc/x r"],
    [at("bad"), "/etc/x r"],
    [gone, "/etc/x r"],
  ],
  explain: [
    [at("p"), evil, `"/etc/${evil}" w`],
    ["--json", file, evil, `"/etc/${evil}" r`],
    [at("p"), "--event", evil],
    [at("bad"), evil, "/etc/x r"],
    [gone, evil, evil],
  ],
  reach: [
    [at("p"), evil],
    ["--json", file, evil],
    ["--svg", at("p"), evil],
    ["--format", "dot", at("p"), evil, "unconfined"],
    ["--format", evil, at("p"), evil],
    [at("bad"), evil],
    [gone, evil],
  ],
  port: [
    ["--to", "3.0", at("p")],
    ["--to", "3.0", file],
    ["--json", "--to", "3.0", file],
    ["--to", evil, file],
    ["--to", "4.0", at("bad")],
    ["--to", "4.0", gone],
  ],
  lint: [
    [at("p")],
    [file],
    ["--gcc", file],
    ["--json", file],
    ["--sarif", file],
    ["--allow", evil, file],
    ["--config", at("bad"), file],
    ["--config", gone, file],
    ["--unit", at("bad"), file],
    ["--unit", gone, file],
    [at("bad")],
    [gone],
  ],
  diff: [
    [at("p"), at("bad")],
    [file, at("bad")],
    ["--json", at("p"), at("bad")],
    ["--markdown", at("p"), file],
    ["--sarif", file, at("p")],
    [gone, file],
    ["--git", evil, at("p")],
    ["--fail-on", evil, file, file],
  ],
  test: [
    [at("p")],
    [file, at("bad")],
    ["--tap", file, file],
    ["--junit", file, file],
    ["--json", file, at("bad")],
    ["--init", evil, at("p")],
    [file, gone],
  ],
  load: [
    [...R, "--no-cache", at("p")],
    [...R, "--no-cache", at("bad")],
    [...R, "-B", file],
    [...R, "--json", gone],
  ],
  unload: [
    [...R, evil],
    [...R, "--json", evil],
  ],
  ps: [R, [...R, "--all", "-b", at("p")], [...R, "--json"]],
  status: [
    [...R, "--names"],
    [...R, "--json"],
  ],
  audit: [
    ["-f", at("log")],
    ["--json", "-f", at("log")],
    ["-f", gone],
    ["--source", evil],
    ["-p", evil, "-f", at("log")],
  ],
  learn: [
    ["-b", at("p"), "-f", at("log"), "--create"],
    ["-b", at("p"), "-f", at("log"), "--ask"],
    ["-b", at("p"), "-f", at("log"), "--json"],
    ["-f", gone],
    ["--source", evil],
  ],
  undo: [R, [...R, "--json"], [...R, "--diff"]],
  app: [
    [...R, "plan", "--abi", "3.0", `/opt/${evil}`],
    [...R, "--json", "plan", "--abi", "3.0", `/opt/${evil}`],
    [...R, "verify", `/opt/${evil}`],
    [...R, "remove", evil],
    [...R, "status"],
    [evil],
  ],
  package: [
    ["docker", at("p")],
    ["--json", "debian", "-p", "shop", at("p")],
    ["docker", "--profile", evil, at("p")],
    ["systemd", "-u", evil, file],
    ["systemd", "--unit-file", evil, file],
    ["lxc", gone],
    [evil],
  ],
  tools: [
    ["link", "--dry-run", evil],
    ["--json", "link", evil],
  ],
  completion: [["bash"], ["--json", "zsh"], [evil]],
  lab: [[evil]],
};

const cases = [
  ...Object.entries(commands).flatMap(([name, all]) => all.map((argv) => [name, argv] as const)),
  ...Object.entries(verbs).flatMap(([verb, all]) =>
    [...all, [`--${evil}`]].map((argv) => ["armorer", [verb, ...argv]] as const),
  ),
];

interface Shown {
  readonly bytes: Buffer;
  readonly status: number;
}

async function show(name: string, argv: readonly string[]): Promise<Shown> {
  const captured = capturedIo({ isTerminal: true, escapes: name === "armorer" ? "always" : "on-terminals" });
  let asked = 0;
  const io = {
    ...captured.io,
    input: () => ok(encodeBytes(contents[`p/${evil}`] ?? "")),
    inputPiece: () => ((asked += 1) > 1 ? undefined : encodeBytes(`${contents["log"]} name=${hex}\n${evil}`)),
    inputLine: () => ((asked += 1) > 20 ? undefined : evil),
    inputKey: () => ((asked += 1) > 20 ? undefined : "?"),
    kernelAt: () => nodeKernel({ root }),
    processesAt: () => nodeProcesses({ root }),
    environment: { HOME: directory },
  };
  return { status: await runCommandWith(name, argv, io), bytes: captured.bytes() };
}

const visible = (shown: Shown): string => shown.bytes.toString().replaceAll(directory, "{dir}").slice(0, 600);

test("every command and every verb is tried", () => {
  assert.deepEqual(Object.keys(commands).toSorted(), commandNames.toSorted());
  assert.deepEqual(Object.keys(verbs).toSorted(), verbNames.toSorted());
});

test("no name, text or record of somebody else's steers the terminal, whatever command shows it", async () => {
  writeFileSync(at("blob"), spawnCompiled());
  let escaped = 0;
  for (const [name, argv] of cases) {
    const shown = await show(name, argv);
    assert.deepEqual(dangers(shown.bytes), [], `${name} ${JSON.stringify(argv)}\n${visible(shown)}`);
    assert.notEqual(shown.status, 70, `${name} ${JSON.stringify(argv)}\n${visible(shown)}`);
    if (/\\(?:x1b|u001b|u\{202e\}|u202e)/.test(shown.bytes.toString())) escaped += 1;
  }
  // What is never shown cannot be shown wrong: most calls must have shown something hostile.
  assert.ok(escaped > cases.length / 2, `${escaped} of ${cases.length} showed a hostile name`);
});

function spawnCompiled(): Buffer {
  const argv = [
    join(import.meta.dirname, "../../../bin/run.cjs"),
    "armorer",
    "compile",
    "--no-cache",
    "-o",
    "-",
    at("plain"),
  ];
  return spawnSync(process.execPath, argv).stdout;
}

test("on a real terminal it is the same", () => {
  const run = join(import.meta.dirname, "../../../bin/run.cjs");
  const sign = hostileSigns.map((one) => Buffer.from(one).toString("latin1"));
  assert.ok(sign.length > 10);
  for (const argv of [
    "armorer check",
    "armorer fmt --diff",
    "apparmor_parser -N --config-file /dev/null",
    "apparmor_parser -p --config-file /dev/null",
    "apparmor_parser -QKS --config-file /dev/null",
  ]) {
    const command = `"${process.execPath}" "${run}" ${argv} "${at("plain")}"`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      env: { PATH: "/usr/bin:/bin", TERM: "xterm" },
    });
    // The terminal's driver puts a return before each line end.
    const shown = Buffer.from(stdout.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
    assert.ok(shown.length > 20, `${argv} shows something`);
    assert.deepEqual(dangers(shown), [], `${argv}\n${shown.toString()}`);
  }
});
