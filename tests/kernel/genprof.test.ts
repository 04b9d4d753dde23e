/** aa-genprof as it is used: one terminal asks, the program runs in the other, on a real kernel. What both show is in docs/learn.md. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { GuestFile, KernelName } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { filesFrom, type Guest, labReady, withGuest } from "../support/lab.ts";
import { openTerminals, TERMINAL_PACKAGES, type Terminals } from "../support/terminals.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const NOTES = String.raw`#!/usr/bin/perl
open my $notes, "+>>", $ENV{NOTES} // "/srv/notes" or die "no notes: $!\n";
print $notes "@ARGV\n";
seek $notes, 0, 0;
my @lines = <$notes>;
print "note ", scalar @lines, "\n";
`;

function guestFiles(): readonly GuestFile[] {
  return [
    ...["dist", "bin", "policy/abi"].flatMap((name) => filesFrom(join(REPOSITORY, name), `/opt/armorer/${name}`)),
    ...["abi", "abstractions", "tunables"].flatMap((name) =>
      filesFrom(join(REPOSITORY, "policy", name), `/etc/apparmor.d/${name}`),
    ),
    { path: "/usr/local/bin/notes", data: NOTES, mode: 0o755 },
    { path: "/srv/notes", data: "" },
  ];
}

/** The blocks of the manual that begin with these words, as a terminal shows them. */
function manual(first: string): string {
  const page = readFileSync(join(REPOSITORY, "docs/learn.md"), "utf8");
  const block = [...page.matchAll(/```text\n([\s\S]*?)```/g)].find(([, text = ""]) => text.startsWith(first));
  assert.ok(block?.[1] !== undefined, `docs/learn.md has no block that begins with ${first}`);
  return block[1];
}

async function profile({ shown, type }: Terminals): Promise<void> {
  await type("one", "aa-genprof notes", "Enter");
  await shown("one", "(F)inish");
  await type("two", "notes buy milk", "Enter");
  await shown("two", "note 1");
  // Each key is pressed once the first terminal has shown what asks for it.
  await type("one", "s");
  await shown("one", "(A)llow");
  await type("one", "a");
  await shown("one", "(S)ave Changes");
  await type("one", "s");
  await shown("one", "(S)can system log", 2);
  await type("one", "f");
  await shown("one", "Finished generating profile");
  await shown("one", "# ", 2);
}

/** A setting that only the end of aa-genprof puts back. */
const RATE = "/proc/sys/kernel/printk_ratelimit";

async function readGuest(guest: Guest, path: string): Promise<string> {
  const [read] = await guest.run({ kind: "read", id: path, path });
  return read?.data?.toString() ?? "";
}

before(labReady);

for (const kernel of dose<readonly KernelName[]>(["7.2"], ["6.1", "7.2"])) {
  test(`on ${kernel} a program is profiled in two terminals, enforced, and run again without a denial`, async () => {
    const request = { kernel, withNode: true, packages: TERMINAL_PACKAGES, memoryMebibytes: 1536, files: guestFiles() };
    await withGuest(request, async (guest) => {
      await guest.run({ kind: "write", id: "rate", path: RATE, data: "7\n" });
      const terminals = await openTerminals(guest, ["one", "two"], ["/opt/armorer/bin", "/usr/local/bin"]);
      await profile(terminals);
      assert.equal(await readGuest(guest, RATE), "7\n");
      assert.match(
        await readGuest(guest, "/sys/kernel/security/apparmor/profiles"),
        /^\/usr\/local\/bin\/notes \(enforce\)$/m,
      );

      await terminals.type("two", "notes buy bread", "Enter");
      const events = await terminals.shown("two", "note 2");
      assert.deepEqual(events, []);
      await terminals.type("two", "NOTES=/srv/other notes buy tea", "Enter");
      await terminals.shown("two", "no notes: Permission denied");

      const seen = {
        one: await terminals.screen("one"),
        two: await terminals.screen("two"),
        profile: await readGuest(guest, "/etc/apparmor.d/usr.local.bin.notes"),
      };
      assert.deepEqual(seen, { one: manual("# aa-genprof"), two: manual("# notes"), profile: manual("abi") });
    });
  });
}
