import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { GuestFile, StepResult } from "../../lab/index.ts";
import { filesFrom, type Guest, labReady, withGuest } from "../support/lab.ts";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The built product as it is installed, our policy, and two profiles of which one is broken. */
function productFiles(): readonly GuestFile[] {
  const demo = `abi <abi/5.0>,
include <tunables/global>
profile demo /usr/bin/tac {
  include <abstractions/base>
  /usr/bin/tac mr,
  /srv/open r,
}
`;
  return [
    ...filesFrom(join(REPOSITORY, "dist"), "/opt/armorer/dist"),
    ...filesFrom(join(REPOSITORY, "bin"), "/opt/armorer/bin"),
    ...["abi", "abstractions", "tunables"].flatMap((name) =>
      filesFrom(join(REPOSITORY, "policy", name), `/etc/apparmor.d/${name}`),
    ),
    { path: "/etc/apparmor.d/demo", data: demo },
    { path: "/etc/apparmor.d/broken", data: "abi <abi/5.0>,\nprofile broken { /x q, }\n" },
    { path: "/srv/open", data: "open\n" },
    { path: "/srv/closed", data: "closed\n" },
  ];
}

async function call(guest: Guest, ...argv: readonly string[]): Promise<StepResult> {
  const [result] = await guest.run({ kind: "run", id: argv.join(" "), argv, timeoutMs: 300_000 });
  assert.ok(result);
  return result;
}

const ARMORER = "/opt/armorer/bin/armorer";
const PARSER = "/opt/armorer/bin/apparmor_parser";

function profileNames(status: StepResult): readonly string[] {
  const document: unknown = JSON.parse(status.stdout);
  assert.ok(typeof document === "object" && document !== null && "profiles" in document);
  assert.ok(Array.isArray(document.profiles));
  return document.profiles.map((profile: unknown) => JSON.stringify(profile));
}

before(labReady);

test("on a real kernel our commands load a profile, show it, read what it refuses, and remove it", async () => {
  assert.ok(existsSync(join(REPOSITORY, "dist/start.cjs")), "the bundle is missing: run `npm run build`");
  await withGuest({ kernel: "7.2", withNode: true, memoryMebibytes: 1536, files: productFiles() }, async (guest) => {
    const loaded = await call(guest, ARMORER, "load", "/etc/apparmor.d/demo");
    assert.equal(loaded.exitCode, 0, loaded.stderr);
    assert.deepEqual(profileNames(await call(guest, ARMORER, "status", "--json")), [
      '{"name":"demo","mode":"enforce"}',
    ]);

    assert.equal((await call(guest, "/usr/bin/tac", "/srv/open")).stdout, "open\n");
    assert.equal((await call(guest, "/usr/bin/tac", "/srv/closed")).exitCode, 1);
    const audit = await call(guest, ARMORER, "audit", "--source", "kmsg", "--type", "DENIED");
    assert.match(audit.stdout, / DENIED +demo: open \/srv\/closed r as its owner by tac/m);

    const broken = await call(guest, ARMORER, "load", "/etc/apparmor.d/broken");
    assert.equal(broken.exitCode, 1);
    assert.match(broken.stderr, /broken:2:21/);
    assert.equal((await call(guest, ARMORER, "unload", "demo")).exitCode, 0);
    assert.equal((await call(guest, ARMORER, "unload", "demo")).exitCode, 1);
    assert.deepEqual(profileNames(await call(guest, ARMORER, "status", "--json")), []);
  });
});

test("on a real kernel a denial becomes an edit: learn writes the rule, load makes it count", async () => {
  await withGuest({ kernel: "6.1", withNode: true, memoryMebibytes: 1536, files: productFiles() }, async (guest) => {
    assert.equal((await call(guest, ARMORER, "load", "/etc/apparmor.d/demo")).exitCode, 0);
    assert.equal((await call(guest, "/usr/bin/tac", "/srv/closed")).exitCode, 1);
    const learned = await call(guest, ARMORER, "learn", "--source", "kmsg", "--profile", "demo", "--write");
    assert.equal(learned.exitCode, 0, learned.stderr);
    assert.match(learned.stdout, /^\+ {2}\/srv\/closed r,$/m);
    const text = await call(guest, "cat", "/etc/apparmor.d/demo");
    assert.match(
      text.stdout,
      /^ {2}\/srv\/open r,\n {2}\/srv\/closed r,\n\}$|^ {2}\/srv\/closed r,\n {2}\/srv\/open r,\n\}$/m,
    );
    assert.equal((await call(guest, ARMORER, "load", "/etc/apparmor.d/demo")).exitCode, 0);
    assert.equal((await call(guest, "/usr/bin/tac", "/srv/closed")).stdout, "closed\n");
    const again = await call(guest, ARMORER, "learn", "--source", "kmsg", "--profile", "demo", "--write");
    assert.doesNotMatch(again.stdout, /^\+/m);
  });
});

test("on a real kernel the drop-in parser adds, replaces and removes, and refuses to add twice", async () => {
  await withGuest({ kernel: "6.12", withNode: true, memoryMebibytes: 1536, files: productFiles() }, async (guest) => {
    const demo = "/etc/apparmor.d/demo";
    assert.equal((await call(guest, PARSER, "-a", demo)).exitCode, 0);
    const twice = await call(guest, PARSER, "-a", demo);
    assert.notEqual(twice.exitCode, 0);
    assert.match(twice.stderr, /Profile already exists/);
    assert.equal((await call(guest, PARSER, "-r", demo)).exitCode, 0);
    assert.equal((await call(guest, "/usr/bin/tac", "/srv/closed")).exitCode, 1);
    assert.equal((await call(guest, PARSER, "-R", demo)).exitCode, 0);
    assert.equal((await call(guest, "/usr/bin/tac", "/srv/closed")).exitCode, 0);
    const gone = await call(guest, PARSER, "-R", demo);
    assert.equal(gone.exitCode, 254);
    assert.match(gone.stderr, /Profile doesn't exist/);
  });
});
