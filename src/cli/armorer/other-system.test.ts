/** `--root DIR`: operands are what they are in that system, and nothing of this one answers in its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";

const policy = {
  "etc/apparmor.d/tunables/mine": "@{MINE}=/srv/m\n",
  "etc/apparmor.d/good": "abi <kernel>,\ninclude <tunables/mine>\n\nprofile good /usr/bin/good {\n  @{MINE}/x r,\n}\n",
  "etc/apparmor.d/good.aatest": 'test "x" for good { all /srv/m/x r, }\n',
};

test("policy is named as that system names it, or by what leads to it here", async (t) => {
  const { path, run } = machine(t, policy);
  for (const directory of ["/etc/apparmor.d", path("etc/apparmor.d")]) {
    const file = `${directory}/good`;
    for (const argv of [
      ["check", file],
      ["check", directory],
      ["compile", "--no-cache", file],
      ["load", "--no-cache", file],
      ["fmt", "--check", file],
      ["query", directory, "/srv/m/x r"],
      ["query", file, "/srv/m/x r"],
      ["explain", directory, "good", "/srv/m/x r"],
      ["lint", file],
      ["reach", directory, "good"],
      ["test", file, `${directory}/good.aatest`],
      ["diff", file, file],
      ["port", "--to", "4.0", file],
      ["package", "lxc", file],
    ]) {
      const { status, out, err } = await run(argv);
      assert.equal(status, 0, `${argv.join(" ")}: ${out}${err}`);
    }
  }
});

test("what that system does not have is never silently taken from this one", async (t) => {
  const here = machine(t, policy);
  const there = machine(t, {});
  const root = there.path("").replace(/\/$/, "");
  const file = here.path("etc/apparmor.d/good");
  for (const argv of [
    ["check", file],
    ["query", file, "/srv/m/x r"],
    ["explain", file, "good", "/srv/m/x r"],
    ["load", "--no-cache", "--base", here.path("etc/apparmor.d"), file],
  ]) {
    const { status, out, err } = await there.run(argv);
    assert.equal(status, 0, `${argv.join(" ")}: ${out}${err}`);
    assert.ok(err.startsWith(`note: ${file} is of this machine; the system under ${root} has none\n`), err);
    const gone = await there.run(argv.map((word) => (word === file ? `${file}-gone` : word)));
    assert.notEqual(gone.status, 0);
    assert.ok(gone.err.includes(`${root}${file}-gone: No such file or directory`), gone.err);
  }
});

test("of two files of one name that of the system is meant", async (t) => {
  const here = machine(t, policy);
  const file = here.path("etc/apparmor.d/good");
  const there = machine(t, { [file]: "abi <kernel>,\nprofile good {\n}\n" });
  const { out, err } = await there.run(["query", "--by", "good", file, "/srv/m/x r"]);
  assert.match(out, /^none {2}good/m);
  assert.doesNotMatch(err, /of this machine/);
});
