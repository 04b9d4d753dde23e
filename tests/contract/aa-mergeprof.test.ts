/** aa-mergeprof (tools 15): the transcript of the specification, what each answer comes to, what is not merged; and beside Debian's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, type Held, type Message, holdDialogue, inTurn, press } from "../support/dialogue-client.ts";

const POLICY = {
  "/pol/abstractions/base": "/usr/lib/** mr,\n/etc/ld.so.cache r,\n",
  "/pol/notes": `profile notekeeper /usr/bin/notekeeper {
  /etc/notes.conf r, # keep
  /usr/bin/cat Cx -> reader,
  deny /etc/secret r,
  /srv/** rw,
  profile reader {
    /usr/bin/cat mr,
  }
}
`,
};

const merge = (
  theirs: string,
  client: Client,
  more: Readonly<Record<string, string>> = {},
  argv: readonly string[] = [],
): Promise<Held> =>
  holdDialogue("aa-mergeprof", ["-d", "/pol", ...argv, "/new"], { ...POLICY, ...more, "/new": theirs }, client);

const inside = (...rules: readonly string[]): string =>
  `profile notekeeper /usr/bin/notekeeper {\n${rules.map((rule) => `  ${rule}\n`).join("")}}\n`;

/** What the file holds now. */
function now({ files }: Held, path = "/pol/notes"): string {
  const read = files.read(path);
  return read.ok ? Buffer.from(read.value).toString() : `(${read.error.errno})`;
}

function asked({ messages }: Held): readonly Message[] {
  return messages.filter(({ dialog }) => dialog === "promptuser");
}

const SAVE = press("s");

test("a contradiction and a wider rule, as in the specification's session", async () => {
  const held = await merge(inside("/usr/bin/cat ix,", "/etc/notes.conf rw,"), inTurn(press("a", 0), press("a"), SAVE));
  assert.equal(held.status, 0, held.err);
  const [conflict, rule] = asked(held);
  assert.deepEqual(conflict?.options, ["/usr/bin/cat Cx -> reader,", "/usr/bin/cat ix,"]);
  assert.equal(conflict?.headers?.["Path"], "/usr/bin/cat");
  assert.ok(conflict?.headers !== undefined && "Select the appropriate mode" in conflict.headers);
  assert.deepEqual(conflict.menu_items, ["(A)llow", "Abo(r)t"]);
  assert.deepEqual(rule?.headers, {
    Profile: "notekeeper",
    Path: "/etc/notes.conf",
    "Old Mode": "r",
    "New Mode": "rw",
    Severity: "unknown",
  });
  assert.equal(now(held), POLICY["/pol/notes"].replace("/etc/notes.conf r,", "/etc/notes.conf rw,"));
});

test("whichever way a program is to start, the profile has that way alone", async () => {
  const held = await merge(inside("/usr/bin/cat ix,"), inTurn(press("a", 1), SAVE));
  assert.equal(now(held), POLICY["/pol/notes"].replace("Cx -> reader", "ix"));
});

test("what the profile says already, in other words or by an include, is not asked", async () => {
  const same = await merge(
    inside("/srv/a rw,", "owner /srv/** r,", "deny /etc/secret r,", "/etc/notes.conf r,"),
    inTurn(),
  );
  assert.equal(same.status, 0, same.err);
  assert.deepEqual(asked(same), []);
  const included = POLICY["/pol/notes"].replace("{\n", "{\n  include <abstractions/base>\n");
  const known = await merge(inside("/usr/lib/x.so r,", "include <abstractions/base>"), inTurn(), {
    "/pol/notes": included,
  });
  assert.deepEqual(asked(known), []);
});

test("that nothing is missing is said, whoever answers", async () => {
  for (const argv of [[], ["-a"]]) {
    const held = await merge(inside("/srv/a rw,"), inTurn(), {}, argv);
    const said = held.messages.flatMap(({ data, dialog }) => (dialog === "info" ? [data] : []));
    assert.deepEqual([argv, held.status, said], [argv, 0, ["The profiles here say all of it already."]]);
  }
});

test("an include that is taken answers for the rules it gives", async () => {
  const theirs = inside("include <abstractions/base>", "/etc/ld.so.cache r,", "/etc/other r,");
  const held = await merge(theirs, inTurn(press("a"), press("a"), SAVE));
  assert.equal(held.status, 0, held.err);
  assert.deepEqual(
    asked(held).map(({ options }) => options),
    [["include <abstractions/base>"], ["/etc/other r,"], ["notekeeper"]],
  );
  assert.match(
    now(held),
    /\{\n {2}include <abstractions\/base>\n {2}\/etc\/notes\.conf r, # keep\n[^{}]*\n {2}\/etc\/other r,\n/,
  );
});

test("a denial here against a rule there, and the other way round: either, never both", async () => {
  const freed = await merge(inside("/etc/secret r,"), inTurn(press("a", 1), SAVE));
  assert.equal(asked(freed)[0]?.explanation, "The profile denies all of it.");
  assert.equal(now(freed), POLICY["/pol/notes"].replace("deny /etc/secret r", "/etc/secret r"));
  const kept = await merge(inside("/etc/secret r,"), inTurn(press("a", 0)));
  assert.equal(kept.status, 0, kept.err);
  assert.equal(now(kept), POLICY["/pol/notes"]);
  const taken = await merge(inside("deny /srv/x w,"), inTurn(press("a", 1), SAVE));
  assert.match(asked(taken)[0]?.explanation ?? "", /takes away what the profile permits, such as `\/srv\/x w,`/);
  assert.match(now(taken), / {2}deny \/srv\/x w,\n/);
});

test("a missing child, a missing hat and a missing profile come whole, or not at all", async () => {
  const theirs =
    inside(
      "profile extra flags=(complain) {\n    include <abstractions/base>\n    /x r,\n  }",
      "^hat {\n    /y r,\n  }",
    ) +
    "profile other /usr/bin/other flags=(attach_disconnected) {\n  capability kill,\n  profile below {\n    /z r,\n  }\n}\n";
  const held = await merge(theirs, inTurn(press("a"), press("a"), press("a"), SAVE));
  assert.equal(held.status, 0, held.err + JSON.stringify(held.messages.at(-1)));
  assert.deepEqual(
    asked(held).map(({ menu_items: [first] = [] }) => first),
    ["(A)dd Requested Subprofile", "(A)dd Requested Hat", "(A)dd Requested Profile", "(S)ave Changes"],
  );
  assert.match(now(held), /profile extra flags=\(complain\) \{\n\s*include <abstractions\/base>\n\s*\/x r,/);
  assert.match(now(held), /(?:hat |\^)hat \{\n\s*\/y r,/);
  assert.match(
    now(held, "/pol/other"),
    /^profile other \/usr\/bin\/other flags=\(attach_disconnected\) \{\n {2}capability kill,\n\n? {2}profile below/m,
  );
  const denied = await merge(theirs, inTurn(press("d"), press("d"), press("d")));
  assert.equal(denied.status, 0);
  assert.equal(now(denied), POLICY["/pol/notes"]);
  assert.equal(now(denied, "/pol/other"), "(ENOENT)");
});

test("with the text that both come from, what was taken out here stays out, and what was taken out there is asked", async () => {
  const base = inside("/etc/old r,", "/etc/notes.conf r,", "/srv/** rw,", "/etc/gone r,");
  const theirs = inside("/etc/old r,", "/srv/** r,", "/etc/fresh r,");
  const held = await merge(theirs, inTurn(press("a", 1), press("a", 1), press("a"), SAVE), { "/base": base }, [
    "--base",
    "/base",
  ]);
  assert.equal(held.status, 0, held.err);
  assert.match(JSON.stringify(held.messages), /`\/etc\/old r,` is not asked/);
  assert.equal(
    now(held),
    POLICY["/pol/notes"]
      .replace("/etc/notes.conf r, # keep", "# keep")
      .replace("/srv/** rw,", "/srv/** r,\n  /etc/fresh r,"),
  );
});

test("nothing is written where the questions are abandoned or the answers end", async () => {
  const theirs = inside("/etc/more r,");
  const yes = JSON.stringify({ dialog: "yesno", response_key: "y" });
  const abandoned = await merge(theirs, inTurn(press("a"), press("r"), yes));
  assert.deepEqual([abandoned.status, now(abandoned)], [0, POLICY["/pol/notes"]]);
  for (const answers of [[], [press("a")], [press("a"), press("v")], ["nonsense"], [press("a"), press("s").slice(3)]]) {
    const ended = await merge(theirs, inTurn(...answers));
    assert.deepEqual([ended.status, now(ended)], [1, POLICY["/pol/notes"]], JSON.stringify(answers));
  }
  const ignored = await merge(theirs, inTurn(press("a"), press("i")));
  assert.deepEqual([ignored.status, now(ignored)], [0, POLICY["/pol/notes"]]);
});

test("what cannot be merged is said, and is no success", async () => {
  const cases: readonly (readonly [theirs: string, said: RegExp])[] = [
    ["profile new /usr/bin/new flags=(attach_disconnected.path=/x) {\n}\n", /new is left out: its flags have values/],
    ["@{X}=/a\n" + inside("/etc/notes.conf r,"), /sets @\{X\}, which is not merged/],
    [inside("include if exists <local/x>"), /^$/],
  ];
  for (const [theirs, said] of cases) {
    const held = await merge(theirs, inTurn(press("i")));
    const texts = held.messages.filter(({ dialog }) => dialog === "important").map(({ data }) => data);
    assert.match(texts.join(" "), said);
    assert.equal(held.status, texts.length === 0 ? 0 : 1);
  }
  for (const theirs of ["nonsense", "profile x {", inside("include <abstractions/none>"), "# nothing\n"]) {
    const held = await merge(theirs, inTurn());
    assert.equal(held.status, 1, theirs);
    assert.match(held.err, /ERROR: /);
    assert.equal(now(held), POLICY["/pol/notes"]);
  }
  const absent = await holdDialogue("aa-mergeprof", ["-d", "/pol", "/pol/none"], POLICY, inTurn());
  assert.deepEqual([absent.status, /cannot be read/.test(absent.err)], [1, true]);
});

test("a rule can be changed before it is taken, and denied", async () => {
  const held = await merge(
    inside("/var/log/a.log w,", "/var/b r,"),
    inTurn(press("d"), press("e"), press("a", 1), SAVE),
  );
  assert.equal(held.status, 0, held.err);
  assert.match(now(held), / {2}\/var\/log\/\*\.log w,\n/);
  assert.match(now(held), / {2}deny \/var\/b r,\n/);
});

/** ORACLE 5.0.2: the header, its words and their order, and what the key makes of an audited rule, are sid's. */
test("what is written before a rule is a header, and the audit of a rule that has one can be taken away", async () => {
  const held = await merge(inside("priority=3 audit deny /etc/x r,"), inTurn(press("t"), press("d"), SAVE));
  const shown = asked(held).map(({ headers, menu_items: items }) => [
    headers?.["Qualifier"],
    items?.find((item) => item.startsWith("Audi")),
  ]);
  assert.deepEqual(shown.slice(0, 2), [
    ["priority=3 audit deny", "Audi(t) off"],
    ["priority=3 deny", "Audi(t)"],
  ]);
  assert.match(now(held), /^ {2}priority=3 deny \/etc\/x r,$/m);
  const allowed = await merge(inside("audit network inet,"), inTurn(press("t"), press("a"), SAVE));
  assert.match(now(allowed), /^ {2}network inet,$/m);
});
