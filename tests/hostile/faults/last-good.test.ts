/** A file of policy that is broken when the machine boots, or when everything is loaded anew: what was good of it stays, or comes back. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Machine, SECURITYFS, buildMachine, stateOf } from "./machine.ts";
import { type Answer, runAt } from "./points.ts";
import type { Plan } from "./tree.ts";

/** Where the cache is, and what says so. */
const PLACES = {
  "var/cache/apparmor": "# nothing\n",
  "var/cache/elsewhere": "cache-loc /var/cache/elsewhere\n",
};

const planOf = (place: keyof typeof PLACES): Plan => ({
  "etc/apparmor.d/good": "profile good { /a r, }\n",
  "etc/apparmor.d/breaks": "profile breaks { /b r, profile kid { /c r, } }\n",
  "etc/apparmor.d/fresh": "profile fresh { /d r, }\n",
  "etc/apparmor/parser.conf": PLACES[place],
  "var/lib/dpkg/info/other.conffiles": "/etc/apparmor.d/good\n",
  "var/lib/dpkg/info/breaking:amd64.conffiles": "/etc/x\n/etc/apparmor.d/breaks\n",
  [place]: null,
});

async function call(machine: Machine, ...argv: readonly string[]): Promise<Answer> {
  return runAt(machine, { command: "rcapparmor", argv });
}

/** The same files, and a kernel that has nothing. */
function reboot(root: string): Machine {
  writeFileSync(join(root, SECURITYFS, "profiles"), "");
  return buildMachine(root, { plan: {}, loaded: new Map() }, { isBuilt: true });
}

for (const place of ["var/cache/apparmor", "var/cache/elsewhere"] as const) {
  test(`the last good policy of a file that is broken stays, comes back from ${place} at a boot, and it is said whose file it is`, async (t) => {
    const root = mkdtempSync(join(tmpdir(), "armorer-last-good-"));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const machine = buildMachine(root, { plan: planOf(place), loaded: new Map() });
    const first = await call(machine, "start");
    assert.equal(first.status, 0, first.err);
    const whole = stateOf(machine).loaded;
    assert.deepEqual([...whole.keys()].toSorted(), ["breaks", "breaks//kid", "fresh", "good"]);
    writeFileSync(join(root, "etc/apparmor.d/breaks"), "profile breaks { /b zz, }\n");
    writeFileSync(join(root, "etc/apparmor.d/new"), "profile new {\n");
    const reload = await call(machine, "reload");
    assert.equal(reload.status, 1);
    assert.match(
      reload.err,
      /^\/etc\/apparmor\.d\/breaks \(of the package breaking\) is broken: .*; its last good policy stays in force$/m,
    );
    assert.match(
      reload.err,
      /^\/etc\/apparmor\.d\/new is broken: .*; nothing of it is in force: the cache holds nothing/m,
    );
    assert.deepEqual(stateOf(machine).loaded, whole);
    machine.closeAll();

    const booted = reboot(root);
    const start = await call(booted, "start");
    assert.equal(start.status, 1, start.out + start.err);
    assert.match(
      start.err,
      /breaks \(of the package breaking\) is broken: .*; its last good policy was loaded from the cache$/m,
    );
    assert.deepEqual(stateOf(booted).loaded, whole);

    // what is switched off is not brought back
    const off = reboot(root);
    mkdirSync(join(root, "etc/apparmor.d/disable"));
    symlinkSync("../fresh", join(root, "etc/apparmor.d/disable/fresh"));
    writeFileSync(join(root, "etc/apparmor.d/fresh"), "profile fresh {\n");
    const again = await call(off, "start");
    assert.doesNotMatch(again.err, /fresh is broken/);
    assert.deepEqual([...stateOf(off).loaded.keys()].toSorted(), ["breaks", "breaks//kid", "good"]);
    booted.closeAll();
    off.closeAll();
  });
}
