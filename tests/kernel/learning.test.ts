/**
 * All programs on both kernels, and our own commands in one terminal: `npm run learn-proof`. The first few are part of tests/policy/abstractions,
 * whose guests have them.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type GuestFile, openOracle, type StepResult } from "../../lab/index.ts";
import { filesFrom, type Guest, labReady, must, withGuest } from "../support/lab.ts";
import {
  debianProfiles,
  pathsOf,
  prepareGuest,
  type Proof,
  proveLearning,
  refusedIn,
  tooWide,
} from "../support/learn-proof.ts";
import { PREPARE, PROGRAMS, PROGRAM_PACKAGES } from "../support/learn-programs.ts";
import { PREPARE_SERVICES, SERVICE_PACKAGES, SERVICES } from "../support/learn-services.ts";

/** `all`, `run`, or names with commas between them. */
const WANTED = process.env["ARMORER_LEARN_PROOF"];
const names = WANTED?.split(",").filter((name) => name !== "run") ?? [];
const programs = [...PROGRAMS, ...SERVICES].filter(({ name }) => WANTED === "all" || names.includes(name));

/** A directory for what was learned, to be read. */
const KEPT = process.env["ARMORER_LEARN_PROOF_KEPT"];

function row({ measure, name, refused }: Proof): string {
  if (measure === undefined) return `| ${name} | ${refused.length} | | | |`;
  const { learned, shipped, touched } = measure;
  return `| ${name} | ${refused.length} | ${learned} | ${shipped ?? ""} | ${touched} |`;
}

if (WANTED !== undefined) before(labReady);

for (const kernel of WANTED === "all" || names.length > 0 ? (["6.1", "7.2"] as const) : []) {
  test(`on ${kernel} programs that were learned from one run in complain mode run enforced without a denial`, async (t) => {
    assert.ok(programs.length >= names.length, `${WANTED} has a name that no program has`);
    const packages = [...PROGRAM_PACKAGES, ...SERVICE_PACKAGES];
    await withGuest({ kernel, packages, memoryMebibytes: 2048, timeoutMs: 3_600_000 }, async (guest) => {
      await prepareGuest(guest, PREPARE + PREPARE_SERVICES);
      const oracle = must(await openOracle());
      const scale = { paths: await pathsOf(guest), shipped: debianProfiles(oracle, guest) };
      // It takes minutes: each is told when it is done.
      process.stderr.write("| program | refused | accepted, learned | by Debian's profile | touched, with base |\n");
      const proofs = await proveLearning(guest, programs, scale, (proof) => {
        process.stderr.write(`${row(proof)}\n`);
        if (KEPT === undefined) return;
        mkdirSync(KEPT, { recursive: true });
        writeFileSync(join(KEPT, `${kernel}-${proof.name}`), proof.learned);
        writeFileSync(join(KEPT, `${kernel}-${proof.name}.log`), proof.log.join("\n"));
      });
      t.diagnostic(`${programs.length} programs, ${scale.paths.length} files`);
      assert.deepEqual(refusedIn(proofs), {});
      assert.deepEqual(tooWide(proofs), []);
    });
  });
}

const REPOSITORY = join(import.meta.dirname, "../../..");
const BIN = "/opt/armorer/bin";
const ARMORER = `${BIN}/armorer`;

/** The built product as it is installed, our policy, and programs without a profile. */
function productFiles(): readonly GuestFile[] {
  return [
    ...["dist", "bin", "policy/abi"].flatMap((name) => filesFrom(join(REPOSITORY, name), `/opt/armorer/${name}`)),
    ...["abi", "abstractions", "tunables"].flatMap((name) =>
      filesFrom(join(REPOSITORY, "policy", name), `/etc/apparmor.d/${name}`),
    ),
    { path: NOTES, data: '#!/bin/sh\ncat "$1"\n', mode: 0o755 },
    { path: "/srv/bin/other", data: "#!/bin/sh\n", mode: 0o755 },
    { path: "/srv/open", data: "open\n" },
    { path: "/srv/closed", data: "closed\n" },
  ];
}

async function call(guest: Guest, ...argv: readonly string[]): Promise<StepResult> {
  const [result] = await guest.run({ kind: "run", id: argv.join(" "), argv, timeoutMs: 300_000 });
  assert.ok(result);
  return result;
}

async function loadedProfiles(guest: Guest): Promise<string> {
  return (await call(guest, "cat", "/sys/kernel/security/apparmor/profiles")).stdout;
}

const NOTES = "/srv/bin/notes";
const OWN = "/etc/apparmor.d/srv.bin.notes";

/** A program without a profile, in one terminal: looked at, learned, enforced, run again. */
async function learnFromRun(guest: Guest): Promise<void> {
  const dry = await call(guest, ARMORER, "learn", "--source", "kmsg", "run", "--", NOTES, "/srv/closed");
  assert.equal(dry.exitCode, 0, dry.stderr);
  assert.match(dry.stdout, /^\+ {2}\/srv\/closed r,$/m);
  assert.match(dry.stderr, /is gone again/);
  assert.equal(await loadedProfiles(guest), "");
  assert.notEqual((await call(guest, "cat", OWN)).exitCode, 0);

  const learned = await call(guest, ARMORER, "learn", "--apply", "--source", "kmsg", "run", "--", NOTES, "/srv/closed");
  assert.equal(learned.exitCode, 0, learned.stderr);
  assert.match(learned.stderr, /still complains/);
  assert.ok((await loadedProfiles(guest)).startsWith(`${NOTES} (complain)\n`));
  const enforced = await call(guest, `${BIN}/aa-enforce`, OWN);
  assert.equal(enforced.exitCode, 0, enforced.stderr);
  const again = await call(guest, NOTES, "/srv/closed");
  assert.deepEqual([again.exitCode, again.stdout], [0, "closed\n"], again.stderr);
  assert.deepEqual(again.events, []);
  assert.notEqual((await call(guest, NOTES, "/srv/open")).exitCode, 0);
}

/** Ended by a signal that nobody can catch, aa-genprof still leaves the kernel's own setting as it was. */
async function endAtOnce(guest: Guest): Promise<void> {
  const rate = "/proc/sys/kernel/printk_ratelimit";
  const script = `echo 7 > ${rate}; : > /tmp/log
mkfifo /tmp/keys; sleep 200 > /tmp/keys 2>/dev/null &
${BIN}/aa-genprof -f /tmp/log /srv/bin/other < /tmp/keys > /tmp/said 2>&1 &
pid=$!
for i in $(seq 90); do grep -q inish /tmp/said && break; sleep 1; done
cat ${rate}; kill -9 $pid
for i in $(seq 20); do [ "$(cat ${rate})" = 0 ] || break; sleep 1; done
cat ${rate}; grep WARN /tmp/said >&2`;
  const ended = await call(guest, "sh", "-c", script);
  assert.equal(ended.stdout, "0\n7\n", ended.stderr);
}

for (const kernel of WANTED === "all" || WANTED === "run" ? (["6.1", "7.2"] as const) : []) {
  test(`on ${kernel} a program is learned from one run in one terminal, and what was set for it is put back however that ends`, async () => {
    await withGuest({ kernel, withNode: true, memoryMebibytes: 1536, files: productFiles() }, async (guest) => {
      await learnFromRun(guest);
      await endAtOnce(guest);
    });
  });
}
