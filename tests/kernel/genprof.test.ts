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
const NOTES = `#!/bin/sh
echo "$*" >> "\${NOTES:-/srv/notes}"
wc -l < /srv/notes
`;

function guestFiles(): readonly GuestFile[] {
  return [
    ...["dist", "bin", "policy/abi"].flatMap((name) => filesFrom(join(REPOSITORY, name), `/opt/armorer/${name}`)),
    ...["abi", "abstractions", "tunables"].flatMap((name) =>
      filesFrom(join(REPOSITORY, "policy", name), `/etc/apparmor.d/${name}`),
    ),
    { path: "/usr/local/bin/notes", data: NOTES, mode: 0o755 },
    { path: "/srv/notes", data: "" },
    { path: "/srv/other", data: "" },
  ];
}

/** Each key that is pressed in the first terminal, once it has shown what asks for it. */
const ANSWERS: readonly (readonly [asked: string, key: string])[] = [
  ["In(h)erit", "h"],
  ["(A)llow", "a"],
  ["(S)ave Changes", "s"],
];

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
  await shown("two", "1");
  await type("one", "s");
  for (const [asked, key] of ANSWERS) {
    await shown("one", asked);
    await type("one", key);
  }
  await shown("one", "(S)can system log", 2);
  await type("one", "f");
  await shown("one", "Finished generating profile");
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
      const events = await terminals.shown("two", "2");
      assert.deepEqual(events, []);
      await terminals.type("two", "NOTES=/srv/other notes buy tea", "Enter");
      await terminals.shown("two", "Permission denied");

      assert.equal(await terminals.screen("one"), manual("# aa-genprof"));
      assert.equal(await terminals.screen("two"), manual("# notes"));
      assert.equal(await readGuest(guest, "/etc/apparmor.d/usr.local.bin.notes"), manual("abi"));
    });
  });
}
