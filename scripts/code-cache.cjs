// Runs the bundled commands beside it once, so that V8 has compiled what they need, and keeps that for their next start. A cache counts only
// under the flags it was made with, and the light part is read before any are set: each takes a process of its own (`light`, `heavy`).
"use strict";
const [which] = process.argv.slice(2);
if (which === "light") require("node:v8").setFlagsFromString = () => {};
const { spawnSync } = require("node:child_process");
const { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { codeCaches, lightPart, loadChunk, writeCodeCaches } = require("./start.cjs");

/** `{at}` is where what it names is. */
const policy = `abi "parts/abi",
include "parts/tunables"
alias /old/ -> /new/,
@{A}=/a /b
profile demo /usr/bin/demo flags=(complain) {
  capability chown,
  network inet stream,
  signal send peer=demo,
  include "parts/rules"
  include if exists "parts/none"
  /etc/demo.conf r,
  owner @{A}/** rwk,
  owner @{A}/file r,
  deny /etc/shadow r,
  /usr/bin/other Px -> other,
  /usr/{bin,sbin}/[a-f]* mrix,
  priority=2 audit /srv/[^.]*{,.d} rwl,
  link subset /a/** -> /b/**,
  change_profile -> other,
  ptrace (read, trace) peer=demo//*,
  unix (connect, send, receive) type=stream peer=(addr="@/tmp/*"),
  dbus (send, receive) bus=system path=/org/demo{,/**} interface=org.demo.* peer=(name=org.demo, label=demo),
  mount fstype=tmpfs options=(rw, nosuid) none -> /mnt/*/,
  umount /mnt/**,
  pivot_root oldroot=/mnt/old/ /mnt/,
  mqueue (read, write) type=posix /demo,
  io_uring sqpoll,
  userns create,
  set rlimit nofile <= 1024,
  ^hat { /tmp/* rw, }
}
`;

const features = `caps {mask {chown kill}}
dbus {mask {acquire send receive}}
domain {attach_conditions {xattr {yes}} change_hat {yes} change_profile {yes} stack {yes} version {1.2}}
file {mask {create read write exec append mmap_exec link lock}}
io_uring {mask {sqpoll override_creds}}
ipc {posix_mqueue {create read write open delete setattr getattr}}
mount {mask {mount umount pivot_root}}
namespaces {mask {userns_create} profile {yes}}
network {af_mask {unix inet} af_unix {yes}}
network_v8 {af_mask {unix inet} af_inet {yes}}
policy {permstable32 {allow deny subtree cond kill complain prompt audit quiet hide xindex tag label} permstable32_version {0x000003} set_load {yes} versions {v5 {yes} v6 {yes} v7 {yes} v8 {yes} v9 {yes}} diff_encode {yes} outofband {0x000001} unconfined_restrictions {userns {1}}}
ptrace {mask {read trace}}
rlimit {mask {nofile cpu}}
signal {mask {hup int kill term}}
`;

/** What AppArmor says of `demo`, as auditd, syslog and the journal keep it. */
const events = [
  [
    "file",
    'operation="open" class="file" profile="demo" name="/srv/data/one" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  ],
  [
    "file",
    'operation="open" class="file" profile="demo" name="/srv/data/two" requested_mask="wc" denied_mask="wc" fsuid=1000 ouid=1000',
  ],
  [
    "exec",
    'operation="exec" class="file" profile="demo" name="/usr/bin/true" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="demo//null-/usr/bin/true"',
  ],
  ["capability", 'operation="capable" class="cap" profile="demo" capability=12  capname="net_admin"'],
  [
    "network",
    'operation="create" class="net" profile="demo" family="inet" sock_type="dgram" protocol=17 requested_mask="create" denied_mask="create"',
  ],
  [
    "signal",
    'operation="signal" class="signal" profile="demo" requested_mask="send" denied_mask="send" signal=term peer="other"',
  ],
];
const record = (at) => `audit(1700000000.00${at}:${at}): apparmor="DENIED" ${events[at][1]} pid=7 comm="demo"`;
const log = events
  .flatMap((_, at) => [
    `type=AVC msg=${record(at)}`,
    `type=SYSCALL msg=audit(1700000000.00${at}:${at}): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c items=0 ppid=1 pid=7 auid=0 uid=0 gid=0 comm="demo" exe="/usr/bin/demo" subj=demo key=(null)`,
    `type=PROCTITLE msg=audit(1700000000.00${at}:${at}): proctitle=2F7573722F62696E2F64656D6F`,
    `Nov 14 22:13:20 host kernel: [    1.00000${at}] audit: type=1400 ${record(at)}`,
    `Nov 14 22:13:20 host other[9]: nothing of interest`,
  ])
  .join("\n");

const journal = events.map((_, at) => {
  const own = {
    __REALTIME_TIMESTAMP: "1700000000000000",
    _TRANSPORT: "audit",
    _AUDIT_TYPE_NAME: "AVC",
    SYSLOG_IDENTIFIER: "audit",
  };
  return JSON.stringify({ ...own, MESSAGE: `AVC ${record(at).replace(/^.*?: /, "")}` });
});

const parser = ["--config-file=parser.conf", "-b", "."];
const profiles = ["-d", ".", "--configdir", "config"];

/**
 * What commands are called for most, in a folder of their own: everything they read and write is there, and the machine's own policy and
 * configuration, which could ask for anything, count for nothing.
 */
const calls = [
  ["apparmor_parser", [...parser, "--version"]],
  ["apparmor_parser", [...parser, "--help"]],
  ["apparmor_parser", [...parser, "-N", "-T", "profile"]],
  ["apparmor_parser", [...parser, "-S", "-K", "profile"]],
  ["apparmor_parser", [...parser, "-Q", "-K", "-m", features, "profile"]],
  ["apparmor_parser", [...parser, "-p", "-T", "profile"]],
  ["apparmor_parser", [...parser, "-Q", "-W", "-m", "file {mask {read}}", "-L", "cache", "profile"]],
  ["apparmor_parser", [...parser, "-Q", "-W", "-m", "file {mask {read}}", "-L", "cache", "profile"]],
  ["armorer", ["--help"]],
  ["armorer", ["check", "--base", ".", "profile"]],
  ["armorer", ["compile", "-q", "-M", "kernel-7.2", "--base", ".", "--cache", "cache", "profile"]],
  ["armorer", ["compile", "-q", "-M", "kernel-7.2", "--base", ".", "--cache", "cache", "profile"]],
  ["aa-enabled", []],
  ["aa-exec", ["--help"]],
  ["aa-status", ["--help"]],
  ["aa-complain", ["--no-reload", ...profiles, "profile"]],
  ["aa-enforce", ["--no-reload", ...profiles, "profile"]],
  ["aa-cleanprof", ["--no-reload", "--silent", ...profiles, "profile"]],
  ["aa-show-usage", ["-d", "."]],
  ["aa-easyprof", ["--no-verify", "--template", `${process.cwd()}/profile`, "/usr/bin/demo"]],
  ["aa-autodep", ["--no-reload", ...profiles, "/bin/sh"]],
  ["aa-logprof", ["--no-check-mountpoint", ...profiles, "-f", "logs/empty"]],
  ["aa-logprof", ["--no-check-mountpoint", ...profiles, "-f", "logs/log", "-a", "-o", "logs"]],
  ["aa-mergeprof", [...profiles, "logs/demo"]],
  ["armorer", ["audit", "--log", "logs/log"]],
  ["armorer", ["audit", "--json", "--log", "logs/log"]],
  ["armorer", ["audit", "--log", "logs/journal"]],
  ["armorer", ["learn", "--base", ".", "--log", "logs/log", "--diff"]],
  ["aa-disable", ["--no-reload", ...profiles, "profile"]],
];

/** Runs the commands in this process, then writes what V8 has compiled of one part. */
async function makeOne() {
  for (const directory of ["parts", "config", "logs"]) mkdirSync(directory);
  const files = {
    profile: policy,
    "parts/abi": features,
    "parts/tunables": "@{B}=/c\n@{B}+=/d\n",
    "parts/rules": "  @{B}/{e,f}* r,\n  deny /g/** w,\n",
    "parser.conf": "",
    "logs/empty": "",
    "logs/log": `${log}\n`,
    "logs/journal": `${journal.join("\n")}\n`,
    "logs/demo": policy,
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
  for (const [name, argv] of calls) await loadChunk(lightPart(name)).main(name, argv);
  for (const face of readdirSync(join(__dirname, "faces"))) {
    try {
      loadChunk(`faces/${face}`);
    } catch {
      // In a clone, one of the build before, which is kept for those who run it still: it does not go with these parts.
    }
  }
  loadChunk("compile-worker.cjs");
  loadChunk("gist.cjs").gistOfBytes(Buffer.from(policy), "profile");
  writeCodeCaches(which);
  process.exitCode = 0;
}

/** What the commands say is no news, unless one of them ends it all. */
function makePart(part) {
  // Beside the caches: nobody else may write there, and the caller's TMPDIR may be anybody's.
  const cwd = mkdtempSync(join(codeCaches, "making-"));
  try {
    const stdio = ["ignore", "ignore", "pipe"];
    const { status, stderr, error } = spawnSync(process.execPath, [__filename, part], { cwd, stdio, timeout: 300_000 });
    if (status === 0) return;
    process.exitCode = 1;
    process.stderr.write(stderr ?? "");
    if (error !== undefined) process.stderr.write(`code-cache: ${error.message}\n`);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Whoever makes the folder fills it; it stays whatever happens, so that nothing is tried twice. */
function makeAll() {
  // It is code that is made here, and the caller's umask may let everybody write it.
  process.umask(0o022);
  try {
    mkdirSync(codeCaches);
    mkdirSync(join(codeCaches, "faces"));
    for (const part of ["light", "heavy"]) makePart(part);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(
      error.code === "EEXIST"
        ? `code-cache: ${codeCaches} is there already, and is made anew once it is removed\n`
        : `code-cache: ${error.message}\n`,
    );
  }
}

if (which === undefined) makeAll();
else void makeOne();
