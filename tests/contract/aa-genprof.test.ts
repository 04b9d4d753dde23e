/** aa-genprof (tools 13): scan, answer, finish, and what is left of it however it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputGone } from "../../src/cli/output.ts";
import { Refused } from "../../src/foundation/basics/index.ts";
import type { MemoryFiles } from "../../src/foundation/ports/index.ts";
import { type Client, type Held, type Message, holdDialogue, press } from "../support/dialogue-client.ts";

const RATE = "/proc/sys/kernel/printk_ratelimit";
const LOG = "/var/log/kern.log";
const WORLD = {
  "/pol/abstractions/base": "/usr/lib/** mr,\n",
  "/pol/old": "profile old /usr/bin/old {\n}\n",
  "/usr/local/bin/notes": "\u007fELF",
  "/usr/local/bin/helper": "\u007fELF",
  "/usr/bin/old": "\u007fELF",
  [LOG]: "",
  [RATE]: "5\n",
};

const OWN = "/pol/usr.local.bin.notes";

let serial = 0;
const event = (fields: string): string =>
  `type=AVC msg=audit(1795338034.254:${(serial += 1)}): apparmor="ALLOWED" pid=12 comm="x" ${fields} fsuid=0 ouid=0\n`;
const opened = (name: string, profile = "/usr/local/bin/notes"): string =>
  event(`operation="open" class="file" profile="${profile}" name="${name}" requested_mask="r" denied_mask="r"`);

function text(files: MemoryFiles, path: string): string {
  const read = files.read(path);
  return read.ok ? Buffer.from(read.value).toString() : `(${read.error.errno})`;
}

const isScan = ({ menu_items: [first] = [] }: Message): boolean => first?.includes("(S)can system log") === true;

/** What a person does: each step is keys for what is asked, or something that the program does meanwhile. */
function person(...steps: readonly (string | ((files: MemoryFiles) => void))[]): Client {
  const left = [...steps];
  return (message, files) => {
    let next = left.shift();
    while (typeof next === "function") {
      next(files);
      next = left.shift();
    }
    if (next === undefined) return undefined;
    if (message.dialog === "changes") return JSON.stringify({ dialog: "changes", response: null });
    if (message.dialog === "yesno") return JSON.stringify({ dialog: "yesno", response_key: next });
    return press(next);
  };
}

const logs =
  (...lines: readonly string[]) =>
  (files: MemoryFiles): void =>
    void files.write(LOG, Buffer.from(text(files, LOG) + lines.join("")));

const run = (
  client: Client,
  program = "/usr/local/bin/notes",
  more: Readonly<Record<string, string>> = {},
): Promise<Held> =>
  holdDialogue(
    "aa-genprof",
    ["--no-check-mountpoint", "-d", "/pol", "-f", LOG, program],
    { ...WORLD, ...more },
    client,
  );

test("a program without a profile gets one in complain mode, which learns and is enforced at the end", async () => {
  let between = "";
  const held = await run(
    person(
      logs(opened("/srv/a"), opened("/elsewhere", "old")),
      (files) => void (between = text(files, OWN)),
      (files) => assert.equal(text(files, RATE), "0\n"),
      "s",
      "a",
      "i",
      "s",
      logs(opened("/srv/b")),
      "s",
      "a",
      "s",
      "f",
    ),
  );
  assert.equal(held.status, 0, held.err + JSON.stringify(held.messages.slice(-3)));
  assert.match(between, /\/usr\/local\/bin\/notes flags=\(complain\) \{\n {2}include <abstractions\/base>/);
  assert.equal(
    text(held.files, OWN),
    between
      .replace(" flags=(complain)", "")
      .replace("}\n", "  /srv/a r,\n  /srv/b r,\n}\n")
      .replaceAll(/\n\n(?= {2}\/srv)/g, "\n"),
  );
  assert.equal(text(held.files, RATE), "5\n");
  assert.equal(text(held.files, "/pol/old"), WORLD["/pol/old"]);
  const said = held.messages.flatMap(({ data }) => data ?? []);
  for (const line of [
    "Writing updated profile for /usr/local/bin/notes.",
    "Setting /usr/local/bin/notes to complain mode.",
    "Setting /usr/local/bin/notes to enforce mode.",
    "Reloaded AppArmor profiles in enforce mode.",
    "Finished generating profile for /usr/local/bin/notes.",
  ]) {
    assert.ok(said.includes(line), line);
  }
  const scan = held.messages.find(isScan);
  assert.deepEqual(scan?.headers, { Profiling: "/usr/local/bin/notes" });
  assert.deepEqual(scan?.menu_items, ["[(S)can system log for AppArmor events]", "(F)inish"]);
  assert.equal(scan?.default_key, "s");
});

const EXTRA = "/usr/share/apparmor/extra-profiles";
const INACTIVE = `# kept\nprofile /usr/local/bin/notes flags=(attach_disconnected) {\n  /srv/a r, # mine\n  profile child {\n    /c r,\n  }\n}\n`;

test("a profile that is there and not in force may be the first one: whole, in complain mode, and enforced at the end", async () => {
  const files = { [`${EXTRA}/usr.local.bin.notes`]: INACTIVE, [`${EXTRA}/other`]: "profile other {\n}\n" };
  let between = "";
  const used = await run(
    person("v", "seen", "u", (seen) => void (between = text(seen, OWN)), logs(opened("/srv/b")), "s", "a", "s", "f"),
    undefined,
    files,
  );
  assert.equal(used.status, 0, used.err);
  const asked = used.messages.find(({ dialog }) => dialog === "promptuser");
  assert.deepEqual(asked?.options, ["Inactive local profile for /usr/local/bin/notes"]);
  assert.deepEqual(asked?.menu_items, ["[(V)iew Profile]", "(U)se Profile", "(C)reate New Profile", "Abo(r)t"]);
  assert.equal(
    between,
    INACTIVE.replace("(attach_disconnected)", "(attach_disconnected, complain)").replace(
      "child {",
      "child flags=(complain) {",
    ),
  );
  assert.equal(text(used.files, OWN), INACTIVE.replace("# mine\n", "# mine\n  /srv/b r,\n"));
  const created = await run(person("c", "f"), undefined, files);
  assert.equal(created.status, 0, created.err);
  assert.match(text(created.files, OWN), /include <abstractions\/base>/);
  const abandoned = await run(person("r", "n", "r", "y"), undefined, files);
  assert.equal(abandoned.status, 0, abandoned.err);
  assert.equal(text(abandoned.files, OWN), "(ENOENT)");
  assert.equal(text(abandoned.files, RATE), "5\n");
  const ended = await run(person("v", "seen"), undefined, files);
  assert.equal(ended.status, 1);
  assert.match(ended.err, /ERROR: The answers ended/);
});

test("one that cannot be in force beside the others is refused with why, and one that is only for the program is not asked about", async () => {
  const file = `${EXTRA}/notes`;
  for (const [profile, why] of [
    [
      `${INACTIVE}profile old {\n}\n`,
      /inactive profile in .*notes cannot be used: it holds old, which there is already/,
    ],
    [INACTIVE.replace("/srv/a r", "include <none>\n /srv/a r"), /cannot be used: /],
  ] as const) {
    const held = await run(person("u"), undefined, { [file]: profile });
    assert.equal(held.status, 1);
    assert.match(held.err, why);
    assert.equal(text(held.files, OWN), "(ENOENT)");
  }
  const named = INACTIVE.replace("profile /usr", "profile notes /usr");
  const held = await run(person("f"), undefined, { [file]: named });
  assert.equal(held.status, 0, held.err);
  assert.match(text(held.files, OWN), /abstractions\/base/);
});

test("what the log held before, and what was asked already, is not asked", async () => {
  const held = await run(person("s", logs(opened("/srv/a")), "s", "a", "s", "s", "f"), undefined, {
    [LOG]: opened("/before"),
  });
  assert.equal(held.status, 0, held.err);
  assert.doesNotMatch(JSON.stringify(held.messages), /\/before/);
  assert.equal(held.messages.filter(({ headers }) => headers?.["Path"] === "/srv/a").length, 1);
});

test("a log that was begun anew is read from its beginning", async () => {
  const held = await run(
    person((files) => void files.write(LOG, Buffer.from(opened("/srv/a"))), "s", "a", "s", "f"),
    undefined,
    { [LOG]: opened("/before").repeat(9) },
  );
  assert.equal(held.status, 0, held.err);
  assert.match(text(held.files, OWN), /\/srv\/a r,/);
});

test("a program that it starts, with a profile of its own, complains until the end as well", async () => {
  const exec = event(
    'operation="exec" class="file" profile="/usr/local/bin/notes" name="/usr/local/bin/helper" requested_mask="x" denied_mask="x" target="/usr/local/bin/notes//null-/usr/local/bin/helper"',
  );
  let between = "";
  const held = await run(
    person(logs(exec), "s", "p", "y", "s", (files) => void (between = text(files, "/pol/helper")), "f"),
  );
  assert.equal(held.status, 0, held.err + JSON.stringify(held.messages.slice(-4)));
  assert.match(between, /flags=\(complain\)/);
  assert.doesNotMatch(text(held.files, "/pol/helper"), /complain/);
});

test("abandoned, or with answers that end, it leaves everything as it was", async () => {
  const ways: readonly Client[] = [
    person(logs(opened("/srv/a")), "s", "r", "y"),
    person(logs(opened("/srv/a")), "s", "a", "r", "y"),
    person(),
    person(logs(opened("/srv/a")), "s"),
    person(logs(opened("/srv/a")), "s", "a"),
    () => "nonsense",
  ];
  for (const [index, client] of ways.entries()) {
    const held = await run(client);
    assert.equal(held.status, index < 2 ? 0 : 1, held.err);
    assert.equal(text(held.files, OWN), "(ENOENT)");
    assert.equal(text(held.files, RATE), "5\n");
    assert.match(JSON.stringify(held.messages), /is gone again/);
  }
});

test("a profile that is there keeps its mode, and what is saved of it stays", async () => {
  const held = await run(person(logs(opened("/srv/a", "old")), "s", "a", "s", "f"), "/usr/bin/old");
  assert.equal(held.status, 0, held.err);
  assert.equal(text(held.files, "/pol/old"), "profile old /usr/bin/old {\n  /srv/a r,\n}\n");
});

test("nothing learned is said; wrong programs and logs are refused, and nothing is left", async () => {
  const none = await run(person("f"));
  assert.equal(none.status, 0, none.err);
  assert.match(JSON.stringify(none.messages), /Nothing was learned/);
  assert.match(text(none.files, OWN), /notes \{/);
  for (const program of ["/usr/bin/none-such", "none-such", "/pol/old", "/pol"]) {
    const held = await run(person("f"), program);
    assert.equal(held.status, 1, program);
    assert.match(held.err, /ERROR: /, program);
  }
  const small = await run(person("f"), undefined, {
    "/etc/apparmor/logprof.conf": "[qualifiers]\n/usr/local/bin/notes = icn\n",
  });
  assert.equal(small.status, 1);
  assert.equal(text(small.files, OWN), "(ENOENT)");
});

test("what the rule for a program permits of its file is not asked once more", async () => {
  const child = "/usr/local/bin/notes//null-/usr/local/bin/helper";
  const exec = event(
    `operation="exec" class="file" profile="/usr/local/bin/notes" name="/usr/local/bin/helper" requested_mask="x" denied_mask="x" target="${child}"`,
  );
  const held = await run(person(logs(exec, opened("/usr/local/bin/helper", child)), "s", "h", "s", "f"));
  assert.equal(held.status, 0, held.err + JSON.stringify(held.messages.slice(-4)));
  assert.deepEqual(
    held.messages.filter(({ headers }) => headers?.["Path"] !== undefined),
    [],
  );
  assert.match(text(held.files, OWN), /helper rmix,/);
});

test("what the world refuses by an exception takes the profile back as well, and says so where it is heard", async () => {
  const ways: readonly Client[] = [
    person(() => {
      throw new Refused("read", "standard input", "EIO");
    }),
    person("s", () => {
      throw new OutputGone();
    }),
  ];
  for (const [index, client] of ways.entries()) {
    const held = await run(client);
    assert.equal(held.status, index === 0 ? 1 : 141, held.err);
    assert.equal(text(held.files, OWN), "(ENOENT)");
    assert.equal(text(held.files, RATE), "5\n");
    assert.match(JSON.stringify(held.messages), /is gone again/);
  }
});

test("what was saved stays where an exception ends it, and that is said, of profiles that were made meanwhile too", async () => {
  const exec = event(
    'operation="exec" class="file" profile="/usr/local/bin/notes" name="/usr/local/bin/helper" requested_mask="x" denied_mask="x" target="/usr/local/bin/notes//null-/usr/local/bin/helper"',
  );
  const held = await run(
    person(logs(exec), "s", "p", "y", "s", () => {
      throw new Refused("read", "standard input", "EIO");
    }),
  );
  assert.equal(held.status, 1, held.err);
  assert.match(text(held.files, OWN), /helper/);
  assert.match(text(held.files, "/pol/helper"), /complain/);
  const said = JSON.stringify(held.messages);
  assert.match(said, /usr\.local\.bin\.notes is not as it was made any more, and stays/);
  assert.match(said, /\/pol\/helper, which was made meanwhile, stays in complain mode/);
});

test("what could not be written is asked again at the next scan", async () => {
  const edit = (files: MemoryFiles): void => void files.write(OWN, Buffer.from(`# mine\n${text(files, OWN)}`));
  const held = await run(person(logs(opened("/srv/a")), "s", "a", edit, "s", "s", "a", "s", "f"));
  assert.match(JSON.stringify(held.messages), /changed by somebody else/);
  assert.equal(held.status, 1, "not all went well");
  assert.match(text(held.files, OWN), /^# mine\n[^]*\n {2}\/srv\/a r,/);
});
