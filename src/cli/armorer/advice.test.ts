/** A command that a message advises works as it is printed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, type Place, machine } from "../../../tests/support/machine.ts";

const tunables = "@{MINE}=/srv/m\n";
const tuned = "abi <kernel>,\ninclude <tunables/mine>\nprofile good {\n  @{MINE}/x r,\n}\n";
const denial = (name: string): string =>
  `type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="good" name="${name}" pid=7 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;

/** The commands that a text advises, in order. */
function advised(text: string): readonly string[][] {
  return [...text.matchAll(/(?:`|load it: )(armorer [^`\n]*)/g)].map(([, command = ""]) =>
    [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ""),
  );
}

/** Runs one that was advised to whoever is on the machine, whose root the harness names. */
async function follow({ run }: Place, [, ...argv]: readonly string[]): Promise<Answer> {
  const at = argv.indexOf("--root");
  assert.ok(at > 0, "the system that was asked about is named");
  return run([...argv.slice(0, at), ...argv.slice(at + 2)]);
}

for (const base of ["etc/apparmor.d", "my policy"]) {
  test(`what learn advises about ${base} works`, async (t) => {
    const place = machine(t, {
      [`${base}/tunables/mine`]: tunables,
      [`${base}/good`]: tuned,
      log: denial("/srv/m/x") + denial("/srv/m/y"),
    });
    const named = base === "etc/apparmor.d" ? [] : ["--base", place.path(base)];
    const shown = await place.run(["learn", ...named, "--log", place.path("log")]);
    const [load] = advised(shown.out);
    assert.equal(load?.[1], "load", shown.out);
    const loaded = await follow(place, load);
    assert.deepEqual([loaded.status, loaded.out], [0, "good: loaded\n"], loaded.err);

    const written = await place.run(["learn", ...named, "--log", place.path("log"), "--apply"]);
    const after = place.read(`${base}/good`);
    assert.notEqual(after, tuned);
    const [reload, undo] = advised(written.err);
    assert.deepEqual([reload?.[1], undo?.[1]], ["load", "undo"], written.err);
    assert.equal((await follow(place, reload ?? [])).status, 0);
    const undone = await follow(place, undo ?? []);
    assert.equal(undone.status, 0, undone.err);
    assert.equal(place.read(`${base}/good`), tuned);
  });
}

test("load says where the includes are that it did not find, and not that a line is missing which is there", async (t) => {
  const { path, run } = machine(t, {
    "policy/abi/mine": "policy {versions {v7 {yes\n}\n}\n}\n",
    "policy/tunables/mine": tunables,
    "policy/good": tuned.replace("<kernel>", "<abi/mine>"),
  });
  const refused = await run(["load", "--no-cache", path("policy/good")]);
  assert.equal(refused.status, 1);
  assert.ok(
    refused.err.includes(
      `armorer load: what was not found is in ${path("policy")}: try \`--base ${path("policy")}\`\n`,
    ),
    refused.err,
  );
  assert.doesNotMatch(refused.err, /there is no `abi` line/);
  assert.match(refused.err, /^\d more messages? (?:is|are) not shown; `armorer check --all` shows (?:it|them)$/m);
  const loaded = await run(["load", "--no-cache", "--base", path("policy"), path("policy/good")]);
  assert.equal(loaded.status, 0, loaded.err);
});

test("no option is advised that would not find what is named without `<` and `>`; the name that would is", async (t) => {
  const { path, run } = machine(t, {
    "policy/tunables/mine": tunables,
    "policy/local/good": "  /l r,\n",
    "policy/good": 'abi <kernel>,\nprofile good {\n  include "local/good"\n}\n',
  });
  for (const options of [[], ["--base", path("policy")]]) {
    for (const verb of ["check", "compile", "load"]) {
      const { status, out, err } = await run([verb, ...options, path("policy/good")]);
      assert.equal(status, 1, verb);
      assert.doesNotMatch(out + err, /try `--base/, verb);
      if (verb !== "check" && options.length === 0) continue;
      assert.match(
        out + err,
        /did you mean `<local\/good>`\? a name without `<` and `>` is looked for in the working directory/,
      );
    }
  }
});

test("whoever is asked is told that an answer is none", async (t) => {
  const { path, run } = machine(t, { "etc/apparmor.d/good": "abi <kernel>,\nprofile good {\n}\n", log: denial("/x") });
  const { err } = await run(["learn", "--ask", "--log", path("log")], "y\n9\ns\n");
  assert.match(err, /`y` is none of the answers\n/);
  assert.match(err, /`9` is none of the answers\n/);
});

test("an operand that belongs behind an option is told which", async (t) => {
  const { path, run } = machine(t, { "policy/good": tuned, log: denial("/x") });
  for (const [verb, operand, option] of [
    ["audit", "log", "--log"],
    ["learn", "log", "--log"],
    ["learn", "policy", "--base"],
  ] as const) {
    const { status, err } = await run([verb, path(operand)]);
    assert.equal(status, 2, verb);
    assert.ok(
      err.includes(`takes no operands`) && err.includes(`\nDid you mean \`${option} ${path(operand)}\`?\n`),
      err,
    );
  }
  const logged = await run(["learn", "--log", path("log"), path("policy")]);
  assert.match(logged.err, /Did you mean `--base /);
});
