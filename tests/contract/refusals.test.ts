/** The world refuses, in every way, every command and every verb: a sentence with the path and the reason, the right status, no trace. */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commandNames } from "../../src/cli/main.ts";
import { verbNames } from "../../src/cli/armorer/index.ts";
import { commandCalls, type RefusedCall, verbCalls } from "../support/refused-calls.ts";

const repository = join(import.meta.dirname, "../../..");
const directory = mkdtempSync(join(tmpdir(), "armorer-refused-"));
after(() => rmSync(directory, { recursive: true }));
// Somebody without rights must be able to run it, wherever the source is.
chmodSync(directory, 0o755);
for (const part of ["bin", "dist", "policy"]) {
  cpSync(join(repository, part), join(directory, "package", part), { recursive: true });
}
const program = join(directory, "package/bin/run.cjs");
const log =
  'type=AVC msg=audit(1700000000.1:1): apparmor="DENIED" operation="open" profile="good" name="/etc/x" pid=1 comm="x" requested_mask="r" denied_mask="r"\n';
const texts = {
  good: "abi <kernel>,\nprofile good {\n  /etc/x r,\n}\n",
  crooked: "profile good {\n/etc/x    r,\n}\n",
  features: "file {mask {read\n}\n}\n",
  log,
};
for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
writeFileSync(join(directory, "shut"), "", { mode: 0 });
symlinkSync("loop", join(directory, "loop"));
for (const name of ["p", "root"]) mkdirSync(join(directory, name));

const isRoot = process.geteuid?.() === 0;
const env = { PATH: "/usr/bin:/bin", HOME: directory, NO_COLOR: "1" };
const calls: readonly (readonly [string, readonly string[], RefusedCall])[] = [
  ...Object.entries(commandCalls).map(([name, call]) => [name, [name], call] as const),
  ...Object.entries(verbCalls).map(([verb, call]) => [`armorer ${verb}`, ["armorer", verb], call] as const),
];

/** Runs a command under a line of shell, in which `"$@"` is the command. */
function run(script: string, argv: readonly string[], cwd = directory): SpawnSyncReturns<string> {
  const filled = argv.map((arg) => arg.replaceAll("{dir}", directory));
  return spawnSync("sh", ["-c", script, "sh", process.execPath, program, ...filled], {
    cwd,
    env,
    encoding: "utf8",
    timeout: 300_000,
  });
}

const blob = spawnSync(process.execPath, [
  program,
  "armorer",
  "compile",
  "--no-cache",
  "-o",
  "-",
  join(directory, "good"),
]);
writeFileSync(join(directory, "blob"), blob.stdout);

/** No trace of a program's insides, neither ours nor Node's, and an end of its own. */
function isCivil({ status, stdout, stderr, signal }: SpawnSyncReturns<string>, what: string): void {
  assert.equal(signal, null, `${what}: ended by ${signal}`);
  assert.notEqual(status, 70, `${what}\n${stderr}`);
  assert.doesNotMatch(stdout + stderr, /^ +at |node:internal|bug of armorer|\bNode\.js v/m, what);
}

function isTold(
  answer: SpawnSyncReturns<string>,
  told: { path: RegExp; reason: RegExp; status: number },
  what: string,
): void {
  isCivil(answer, what);
  const line = answer.stderr.split("\n").find((one) => told.path.test(one) && told.reason.test(one));
  assert.ok(line !== undefined, `${what} tells ${told.path} and ${told.reason}:\n${answer.stderr}`);
  assert.equal(answer.status, told.status, `${what}\n${answer.stderr}`);
}

test("every command and every verb has its call here", () => {
  assert.deepEqual(Object.keys(commandCalls).toSorted(), commandNames.toSorted());
  assert.deepEqual(Object.keys(verbCalls).toSorted(), verbNames.toSorted());
});

for (const [name, argv, { says, status }] of calls) {
  test(`${name}: a full disk behind standard output is told`, () => {
    const answer = run('"$@" > /dev/full', [...argv, ...(says ?? [])]);
    if (says === undefined) isCivil(answer, name);
    else isTold(answer, { path: /standard output/, reason: /No space left on device/, status: status.output }, name);
  });

  test(`${name}: a full disk behind standard error ends nothing`, () => {
    isCivil(run('"$@" 2> /dev/full', [...argv, ...(says ?? [])]), name);
  });

  test(`${name}: closed streams leave no trace`, () => {
    isCivil(run('"$@" <&- >&- 2>&-', [...argv, ...(says ?? [])]), name);
  });

  test(`${name}: in a directory that was removed it works as elsewhere`, () => {
    const here = run('"$@"', [...argv, ...(says ?? [])]);
    const gone = run('mkdir gone && cd gone && rmdir ../gone && "$@"', [...argv, ...(says ?? [])]);
    isCivil(gone, name);
    assert.deepEqual([gone.status, gone.stderr], [here.status, here.stderr]);
    // How long it took is in some documents.
    if (!name.includes("compile")) assert.equal(gone.stdout, here.stdout);
  });

  test(`${name}: a user whom nobody has named, and who has no home, sees no trace`, { skip: !isRoot }, () => {
    const nameless = "env -u HOME setpriv --reuid=54321 --regid=54321 --clear-groups --";
    // What is kept from one time to the next is kept at home.
    const answer = run(
      `${nameless} "$@"`,
      [...argv, ...(says ?? [])].filter((arg) => arg !== "--no-cache"),
    );
    isCivil(answer, name);
  });

  test(`${name}: a reader that is gone ends it quietly`, async () => {
    const filled = [...argv, ...(says ?? [])].map((arg) => arg.replaceAll("{dir}", directory));
    const child = spawn(process.execPath, [program, ...filled], { env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => (err += more));
    const [left] = await once(child, "close");
    if (says === undefined) assert.doesNotMatch(err, /^ +at /m);
    else assert.deepEqual([left, err.includes("bug of armorer")], [141, false], err);
  });
}

for (const [name, argv, { reads, readsDirectories, status, reason }] of calls) {
  if (reads === undefined) continue;
  const faults: readonly (readonly [string, string, RegExp])[] = [
    ["missing", "ENOENT", /No such file or directory|not found|cannot be read/],
    ["loop", "ELOOP", /Too many levels of symbolic links|cannot be read|not found/],
    ...(readsDirectories === true ? [] : [["p", "EISDIR", /Is a directory|Permission denied/] as const]),
  ];
  for (const [file, errno, expected] of faults) {
    test(`${name}: ${errno} of a file is told`, () => {
      const path = join(directory, file);
      const answer = run('"$@"', [...argv, ...reads.map((arg) => arg.replaceAll("{file}", path))]);
      isCivil(answer, name);
      const line = answer.stderr
        .split("\n")
        .find((one) => one.includes(path) && (expected.test(one) || reason?.test(one)));
      assert.ok(line !== undefined, `${name} tells ${path} and ${errno}:\n${answer.stderr}`);
      assert.ok(answer.status !== 0 && answer.status !== null, `${name} leaves with ${answer.status}`);
      if (status.input === 1) assert.equal(answer.status, 1, name);
    });
  }

  test(`${name}: EACCES of a file is told`, () => {
    const path = join(directory, "shut");
    // Root may read everything.
    const drop = isRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups -- " : "";
    const answer = run(`${drop}"$@"`, [...argv, ...reads.map((arg) => arg.replaceAll("{file}", path))]);
    isCivil(answer, name);
    assert.ok(answer.stderr.includes(path), `${name}\n${answer.stderr}`);
    assert.match(answer.stderr, /Permission denied|cannot be read/, name);
    assert.notEqual(answer.status, 0, name);
  });
}

for (const [name, argv, { standardInput, status }] of calls) {
  if (standardInput === undefined) continue;
  test(`${name}: a directory as standard input is told`, () => {
    const answer = run('"$@" < /', [...argv, ...standardInput]);
    isTold(answer, { path: /standard input|stdin/, reason: /Is a directory/, status: status.input }, name);
  });
}

for (const [name, argv] of [
  ["compile -o", ["armorer", "compile", "--no-cache", "-o", "{out}", "{dir}/good"]],
  ["apparmor_parser -o", ["apparmor_parser", "-QK", "-o", "{out}", "{dir}/good"]],
] as const) {
  for (const [out, reason] of [
    ["/dev/full", /No space left on device/],
    ["{dir}/missing/x", /No such file|Could not open|cannot be written/],
  ] as const) {
    test(`${name} ${out} is told`, () => {
      const answer = run(
        '"$@"',
        argv.map((arg) => arg.replaceAll("{out}", out)),
      );
      isCivil(answer, name);
      assert.match(answer.stderr, reason);
      assert.ok(answer.stderr.includes(out.replaceAll("{dir}", directory)), answer.stderr);
      assert.notEqual(answer.status, 0);
    });
  }
}

test("with hardly a descriptor to be had, what cannot be opened is told", () => {
  const starts = (count: number): boolean =>
    spawnSync("sh", ["-c", `ulimit -n ${count} && exec "$@"`, "sh", process.execPath, join(directory, "empty.cjs")])
      .status === 0;
  writeFileSync(join(directory, "empty.cjs"), 'require("node:fs").readFileSync(__filename, "latin1");');
  let least = 8;
  while (least < 64 && !starts(least)) least += 1;
  assert.ok(least < 64);
  for (let count = least; count < least + 6; count += 1) {
    for (const argv of [
      ["armorer", "check", "{dir}/good"],
      ["apparmor_parser", "-QK", "{dir}/good"],
      ["aa-load", "-n", "{dir}/good"],
    ]) {
      const answer = run(`ulimit -n ${count}; "$@"`, argv);
      isCivil(answer, `${argv.join(" ")} with ${count}`);
    }
  }
});
