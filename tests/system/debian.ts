/**
 * `npm run debian`: our package in a whole Debian sid, beside Debian's own. Every name answers as ours; a package with a profile (dh_apparmor) is
 * installed, upgraded and purged on 7.2 while Debian's parser cannot be run; systemd boots with both, and the same profiles are loaded;
 * a purge brings every file back.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import type { System } from "../../lab/index.ts";
import { walkTree, withCopy } from "../../lab/index.ts";
import { tools } from "../../src/cli/drop-in/index.ts";
import { type Guest, labReady, must, withGuest } from "../support/lab.ts";
import { repository } from "../support/sources.ts";
import { mustRun, openServiceSystem, placeDebians, placePackage } from "../support/service-system.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Where packages keep accounts of themselves, logs, caches, and what was laid here by this test. */
const LEFT_OUT =
  /^(?:proc|dev|root|var\/lib\/dpkg|var\/log|var\/cache\/apt|var\/cache\/apparmor|var\/lib\/apt)(?:\/|$)/;

/** All other files, with owners, permissions and content. */
function snapshot({ root }: System): readonly string[] {
  return [...walkTree(root, (path) => LEFT_OUT.test(path))].map(
    ({ data, gid, mode, path, uid }) =>
      `${path} ${mode.toString(8)} ${uid} ${gid} ${createHash("md5").update(data).digest("hex")}`,
  );
}

function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

/** Where a name leads, as PATH has it, and what is there. */
async function namesAreOurs(system: System): Promise<void> {
  const names = [...tools.map(({ name }) => name), "apparmor_parser", "apparmor_status", "armorer"];
  for (const name of names) {
    const text = await mustRun(system, ["sh", "-c", `cat "$(readlink -f "$(command -v ${name})")"`]);
    assert.match(text, /\/usr\/lib\/armorer\/bin\//, name);
  }
  say(`${names.length} commands are ours`);
}

async function ran(guest: Guest, command: string, timeoutMs = 120_000): Promise<string> {
  const [result] = await guest.run({ kind: "run", id: command, argv: ["sh", "-c", command], timeoutMs });
  assert.equal(result?.exitCode, 0, `${command}: ${result?.stdout} ${result?.stderr}`);
  return result?.stdout ?? "";
}

const LOADED = "sort /sys/kernel/security/apparmor/profiles";

/** The names and modes of loaded profiles whose name is that. */
async function loaded(guest: Guest, name: string): Promise<readonly string[]> {
  return (await ran(guest, LOADED)).split("\n").filter((line) => line.startsWith(`${name} (`));
}

async function packagesReload(system: System): Promise<void> {
  // Whoever loads policy here does it through ours.
  chmodSync(join(system.root, "usr/sbin/apparmor_parser.distrib"), 0);
  await withGuest({ kernel: "7.2", system: system.root, memoryMebibytes: 3000 }, async (guest) => {
    await ran(guest, "dpkg --install /root/more/*.deb");
    assert.deepEqual(await loaded(guest, "tcpdump"), ["tcpdump (enforce)"]);
    say("installed: its profile is loaded");
    // The same package under a higher version, with another profile.
    await ran(
      guest,
      "cd /root && dpkg-deb -R more/tcpdump_*.deb new && sed -i 's/^Version: .*/&+new/' new/DEBIAN/control && " +
        "sed -i 's/^profile tcpdump .*{/profile renamed \\/usr\\/bin\\/tcpdump {/' new/etc/apparmor.d/usr.bin.tcpdump && " +
        "dpkg-deb -Znone -b new new.deb && dpkg --force-confnew --install new.deb",
    );
    assert.deepEqual(await loaded(guest, "renamed"), ["renamed (enforce)"]);
    say("upgraded: its new profile is loaded");
    await ran(guest, "dpkg --purge tcpdump");
    await ran(guest, "test ! -e /etc/apparmor.d/usr.bin.tcpdump && test ! -e /etc/apparmor.d/local/usr.bin.tcpdump");
    say("purged: its profile file is gone");
  });
}

/** Fills the cache as an earlier boot of this kernel would have: under emulation compiling all of it would take a quarter of an hour. */
async function fillCache(system: System): Promise<void> {
  copyFileSync(join(repository, "dist/features/kernel-7.2"), join(system.root, "root/features"));
  const compile = "apparmor_parser --skip-kernel-load --write-cache --kernel-features /root/features /etc/apparmor.d";
  await mustRun(system, ["sh", "-c", `rm -rf /var/cache/apparmor/* && ${compile} && rm /root/features`]);
}

/** What systemd has loaded, and how its service fared. */
async function bootOf(system: System, whose: string): Promise<readonly string[]> {
  let list: readonly string[] = [];
  await withGuest(
    {
      kernel: "7.2",
      system: system.root,
      withInit: true,
      memoryMebibytes: 3000,
      timeoutMs: 1_200_000,
      kernelArguments: ["systemd.unit=sysinit.target"],
    },
    async (guest) => {
      await ran(guest, "until systemctl is-active apparmor | grep -qE '^(active|failed)'; do sleep 2; done", 900_000);
      say(`booted with ${whose}`);
      say(
        await ran(guest, "systemctl show apparmor --property=ActiveState,Result,ExecMainStatus,ExecStart | cut -c1-90"),
      );
      list = (await ran(guest, LOADED)).split("\n").filter((line) => line !== "");
      if (process.env["ARMORER_SHOW_BOOT"] !== undefined)
        say(await ran(guest, "journalctl -u apparmor --no-pager; systemctl --failed --no-pager"));
    },
  );
  return list;
}

async function main(): Promise<void> {
  await labReady();
  const system = await openServiceSystem();
  const theirs = withCopy(system, async (copy) => {
    await fillCache(copy);
    return await bootOf(copy, "Debian's own");
  });
  const ours = withCopy(system, async (copy) => {
    await placeDebians(copy, ["tcpdump"]);
    const file = placePackage(copy);
    const before = snapshot(copy);
    await mustRun(copy, ["dpkg", "--install", file]);
    await namesAreOurs(copy);
    await mustRun(copy, ["dpkg", "--purge", "armorer"]);
    assert.deepEqual(difference(before, snapshot(copy)), []);
    say(`purged: ${before.length} files as before`);
    await mustRun(copy, ["dpkg", "--install", file]);
    await fillCache(copy);
    const list = await bootOf(copy, "ours");
    await packagesReload(copy);
    return list;
  });
  const [expected, found] = [must(await theirs), must(await ours)];
  assert.ok(expected.length > 50, `only ${expected.length} profiles`);
  assert.deepEqual(found, expected);
  say(`${found.length} profiles are loaded at boot, the same as by Debian's`);
}

await main();
