/** Profiles of `armorer app` on a real kernel: what they attach to, what runs under them, and that removing them leaves nothing. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type TestContext, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { GuestFile, KernelName, StepResult } from "../../lab/index.ts";
import { appProfileText } from "../../src/app/apps.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { appPaths, nearMisses } from "../support/app-paths.ts";
import { dose } from "../support/dose.ts";
import { filesFrom, type Guest, labReady, withGuest } from "../support/lab.ts";
import { LABEL_PROBE } from "../support/label-cases.ts";
import { compileText } from "../support/pipeline.ts";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const COUNT = dose(40, 600);
const NEAR = 4;
const ARMORER = "/opt/armorer/bin/armorer";
const ODD = `/srv/My "App" (1)/a*b@{HOME},{c,d}[^e]?\\x 日本#`;

function productFiles(): readonly GuestFile[] {
  return [
    ...filesFrom(join(REPOSITORY, "dist"), "/opt/armorer/dist"),
    ...filesFrom(join(REPOSITORY, "bin"), "/opt/armorer/bin"),
    ...filesFrom(join(REPOSITORY, "policy/abi"), "/etc/apparmor.d/abi"),
    LABEL_PROBE,
  ];
}

async function call(guest: Guest, ...argv: readonly string[]): Promise<StepResult> {
  const [result] = await guest.run({ kind: "run", id: argv.join(" "), argv, timeoutMs: 300_000 });
  assert.ok(result);
  return result;
}

/** Copies of `cat` at the paths of standard input; what cannot be one is passed over, and its path not printed. */
const MAKE = `mkdir '/srv/x'; my $type = 'tmpfs'; my $to = '/srv/x'; syscall 165, $type, $to, $type, 0, 0;
  open my $cat, '<:raw', '/usr/bin/cat' or die; my $program = do { local $/; <$cat> };
  open my $copy, '>:raw', '/srv/x/.cat' or die; print $copy $program; close $copy; chmod 0755, '/srv/x/.cat';
  while (my $path = <STDIN>) { chomp $path; my $part = '';
    for my $name (split m{/}, substr $path, 1) { mkdir $part if length $part; $part .= "/$name" }
    print "$path\\n" if link '/srv/x/.cat', $path }`;

/** Paths that fit on a line, below the directory of the programs. */
function linePaths(paths: readonly string[]): readonly string[] {
  const inside = paths.map((path) => `/srv/x${path}`);
  return inside.filter((path) => !/[\n\t\r]/.test(path) && !/\/(?:\.{0,2})(?:\/|$)/.test(path));
}

before(labReady);

const programs = linePaths(appPaths(20_261_130, COUNT));
const near = linePaths(programs.flatMap((path, at) => nearMisses(at, path.slice("/srv/x".length), 40).slice(-NEAR)));
/** As the profiles are written, but for the line about the ABI, of which a file has one. */
const policy = programs.map((path, at) =>
  appProfileText({ path, name: `p${at}`, abi: "4.0" }).replace(/^abi .*$/m, ""),
);

/** Every program and every near miss that can be there is started once. */
async function compareLabels(guest: Guest, context: TestContext): Promise<void> {
  const stdin = [...new Set([...programs, ...near])].map((path) => `${path}\n`).join("");
  const perl = ["/usr/bin/perl"];
  const [made] = await guest.run({ kind: "run", id: "make", argv: [...perl, "-e", MAKE], stdin, timeoutMs: 300_000 });
  const { errors, stream } = compileText(policy.join(""), { kernelFeatures: parseFeatures(guest.features).tree });
  assert.deepEqual(errors, []);
  const [loaded] = await guest.run({ kind: "replace", id: "profiles", policy: stream() });
  assert.equal(loaded?.errno, undefined);
  const there = (made?.stdout ?? "").trimEnd().split("\n");
  const starts = there.map((path) => `0\t${path}\n`).join("");
  const argv = [...perl, LABEL_PROBE.path];
  const [asked] = await guest.run({ kind: "run", id: "ask", argv, stdin: starts, timeoutMs: 300_000 });
  const labels = (asked?.stdout ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\t.*$/, ""));
  const wrong = there.flatMap((path, at) => {
    const program = programs.indexOf(path);
    const wanted = program < 0 ? "unconfined" : `p${program} (unconfined)`;
    return labels[at] === wanted ? [] : [`${path}: ${labels[at] ?? ""}, not ${wanted}`];
  });
  const own = there.filter((path) => programs.includes(path)).length;
  context.diagnostic(`${own} programs, ${there.length - own} near misses`);
  assert.deepEqual(wrong, []);
  assert.ok(own > 0.6 * COUNT && there.length - own > COUNT, `${own} and ${there.length - own}`);
}

/** A program is given its profile, runs under it, and everything is as before once it is removed. */
async function installAndRemove(guest: Guest): Promise<void> {
  const profiles = "/sys/kernel/security/apparmor/profiles";
  const tree = async (): Promise<string> => {
    const script = `cd /etc/apparmor.d && find . -printf '%p %y %m %U\\n' | sort && find . -type f -exec md5sum {} + | sort && cat ${profiles}`;
    return (await call(guest, "/bin/sh", "-c", script)).stdout;
  };
  const copy = 'mkdir -p "${1%/*}" && cp /bin/bash "$1" && cp /bin/bash "$1x"';
  assert.equal((await call(guest, "/bin/sh", "-c", copy, "sh", ODD)).exitCode, 0);
  const untouched = await tree();

  const planned = await call(guest, ARMORER, "app", "plan", ODD);
  assert.deepEqual([planned.exitCode, await tree()], [0, untouched], planned.stderr);
  for (const said of [/was written/, /has its profile already/]) {
    const installed = await call(guest, ARMORER, "app", "install", ODD);
    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.match(installed.stdout, said);
  }
  const verified = await call(guest, ARMORER, "app", "verify", "--start", ODD);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, / runs under its profile/);

  // What it starts stays in the profile, and may make user namespaces; what is called nearly the same is in none.
  const look = ["-c", "cat /proc/self/attr/current; unshare -U true && echo made"];
  const label = (await call(guest, ODD, ...look)).stdout;
  assert.match(label, /^srv\.My_App_1_\.[^\n]* \(unconfined\)\nmade\n$/);
  assert.equal((await call(guest, `${ODD}x`, ...look)).stdout, "unconfined\nmade\n");
  const gone = await call(
    guest,
    "/bin/sh",
    "-c",
    `exec "$1" -c 'sleep 60; true' & sleep 1; ${ARMORER} app verify "$1"`,
    "sh",
    ODD,
  );
  assert.equal(gone.exitCode, 0, gone.stdout);

  const removed = await call(guest, ARMORER, "app", "remove", ODD);
  assert.equal(removed.exitCode, 0, removed.stderr);
  assert.equal(await tree(), untouched);
}

test("on a real kernel profiles attach to their programs alone, are installed and verified, and leave nothing behind", async (context) => {
  const files = productFiles();
  await withGuest({ kernel: "7.2", withNode: true, memoryMebibytes: 1536, files }, async (guest) => {
    await installAndRemove(guest);
    await compareLabels(guest, context);
  });
});

for (const kernel of dose<readonly KernelName[]>([], ["6.1"])) {
  test("a kernel that asks no profile about user namespaces needs none, and none is installed", async () => {
    await withGuest({ kernel, withNode: true, memoryMebibytes: 1536, files: productFiles() }, async (guest) => {
      const installed = await call(guest, ARMORER, "app", "install", "/usr/bin/cat");
      assert.equal(installed.exitCode, 0, installed.stderr);
      assert.match(installed.stdout, /needs no profile/);
      assert.equal((await call(guest, "/bin/ls", "/etc/apparmor.d")).stdout, "abi\n");
      const named = await call(guest, ARMORER, "app", "install", "--abi", "3.0", "/usr/bin/cat");
      assert.equal(named.exitCode, 0, named.stderr);
      assert.match(
        (await call(guest, "/usr/bin/cat", "/proc/self/attr/current")).stdout,
        /^usr\.bin\.cat \(unconfined\)/,
      );
      assert.equal((await call(guest, ARMORER, "app", "remove", "/usr/bin/cat")).exitCode, 0);
    });
  });
}
