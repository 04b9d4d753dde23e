/** Files that are something else than whoever names them thinks. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";

test("a file that profiles include is checked as one of them includes it", async (t) => {
  const { path, read, run } = machine(t, {
    "policy/abstractions/low": "  /a r,\n  /b r,\n  @{T}/x r,\n",
    "policy/abstractions/high": "  #include <abstractions/low>\n",
    "policy/abstractions/wrong": "  /a r,\n  capabilty kill,\n  @{NONE}/x r,\n  /b r;\n",
    "policy/abstractions/lonely": "  /a r,\n  /b r,\n",
    "policy/tunables/t": "@{T}=/t\n",
    "policy/local/good": "  /c r,\n  /d w,\n",
    "policy/abstractions/high.d/more": "  /e r,\n",
    "policy/broken": "abi <kernel>,\nprofile broken {\n  include <abstractions/wrong>\n  /x rq,\n}\n",
    "policy/good":
      "abi <kernel>,\ninclude <tunables/t>\nprofile good {\n  include <abstractions/high>\n  include if exists <abstractions/high.d>\n  include if exists <local/good>\n}\n",
    "alone/rules": "  /c r,\n  /d w,\n",
  });
  for (const name of ["abstractions/low", "local/good", "abstractions/high.d/more"]) {
    const { status, out, err } = await run(["check", path(`policy/${name}`)]);
    assert.deepEqual([status, out], [0, ""], err);
    const within = `note: ${path(`policy/${name}`)} was checked as ${path("policy/good")} includes it\n`;
    assert.ok(err.endsWith(`1 file checked, nothing is wrong\n${within}`), err);
  }
  const wrong = await run(["check", path("policy/abstractions/wrong")]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.out, /no rule starts with `capabilty`\n +--> \S+\/abstractions\/wrong:2:3\n/);
  assert.match(wrong.out, /`@\{NONE\}` is not defined/);
  assert.doesNotMatch(wrong.out, /`rq`/, "of the profile that includes it nothing is said");
  const json = JSON.parse((await run(["check", "--json", path("policy/abstractions/wrong")])).out);
  assert.deepEqual([json.files[0].file, json.files[0].ok], [path("policy/abstractions/wrong"), false]);
  assert.deepEqual(json.within, [{ path: path("policy/abstractions/wrong"), by: path("policy/broken") }]);
  await run(["check", "--fix", path("policy/abstractions/wrong")]);
  assert.match(read("policy/abstractions/wrong"), /\/b r,\n$/);
  for (const name of ["policy/abstractions/lonely", "alone/rules"]) {
    const { status, out, err } = await run(["check", path(name)]);
    assert.equal(status, 1);
    assert.equal(out.match(/^error/gm)?.length, 1, out);
    const said = `armorer check: ${path(name)} has rules and no profile, as what profiles include: check a profile that includes it\n`;
    assert.ok(err.endsWith(said), err);
  }
  const tunables = await run(["check", path("policy/tunables/t")]);
  assert.deepEqual([tunables.status, tunables.out], [0, ""]);
  const early = "abi <kernel>,\nprofile good {\n  /a r,\n}\n  /b r,\n  /c r,\n}\n";
  const closed = await run(["check", "-"], early);
  assert.equal(closed.out.match(/not allowed outside a profile/g)?.length, 1, closed.out);
  assert.doesNotMatch(closed.err, /has rules and no profile/);
});

/** A profile with this in its body, and a condition that is met. */
function own(name: string, include: string): string {
  return `abi <kernel>,\n$here=true\nprofile ${name} {\n  ${include}\n}\n`;
}

test("who includes a file is found as includes are read, however they are written", async (t) => {
  const { path, run } = machine(
    t,
    {
      "policy/abstractions/quoted": "  /a r,\n",
      "policy/abstractions/chosen": "  /a r,\n",
      "policy/abstractions/left": "  /a r,\n",
      "policy/abstractions/odd.d/one": "  /a r,\n",
      "policy/a-comment": own("a-comment", "/x r, # include <abstractions/quoted>"),
      "policy/chosen": own("chosen", "if $here { include <abstractions/chosen> } else { include <abstractions/left> }"),
      "policy/odd": own("odd", "#include <abstractions//odd.d>"),
    },
    { options: (of) => ["-M", of("features")] },
  );
  const whole = own("quoted", `include if exists "${path("policy/abstractions/quoted")}"`);
  writeFileSync(path("policy/quoted"), whole);
  // ORACLE 5.0.2: what is not chosen is read, and has to be right, too.
  const found = { quoted: "quoted", chosen: "chosen", left: "chosen", "odd.d/one": "odd" };
  for (const [name, by] of Object.entries(found)) {
    const { status, out, err } = await run(["check", path(`policy/abstractions/${name}`)]);
    assert.deepEqual([status, out], [0, ""], err);
    assert.match(err, new RegExp(`as ${path(`policy/${by}`)} includes it\\n$`));
  }
});

test("a log is told from a profile, whatever carried it", async (t) => {
  const record = 'audit: type=1400 audit(1764374400.123:42): apparmor="DENIED" operation="open" profile="x" name="/y"';
  const { path, run } = machine(t, {
    syslog: `Nov  3 10:01:02 srv kernel: [ 1234.567890] ${record}\nNov 30 10:01:06 srv systemd[1]: main process exited, code=exited\n`,
    iso: `2026-11-30T10:01:02.123456+01:00 srv kernel: ${record}\n`,
    dmesg: `[    6.181888] ${record}\n`,
    priority: `<5>[    6.181888] ${record}\n`,
    audit: record.replace("audit: type=1400 ", "type=AVC msg=") + "\n",
  });
  for (const name of ["syslog", "iso", "dmesg", "priority", "audit"]) {
    const { status, out } = await run(["check", path(name)]);
    assert.equal(status, 1);
    assert.match(out, /^error\[syntax\/not-policy\]: this looks like a log, not like a profile$/m, name);
    assert.match(out, /= help: `armorer audit --log FILE` .*$/m);
    assert.equal(out.match(/^error/gm)?.length, 1, out);
    const read = await run(["audit", "--log", path(name)]);
    assert.equal(read.status, 0);
    assert.match(read.err, /: 1 event\n/);
  }
});

test("what is escaped takes no more room than other text", async (t) => {
  const noise = "\x00\x01\x02".repeat(200);
  const { path, run } = machine(t, {
    program: `\x7fELF${noise}\n`,
    middle: `abi <kernel>,\nprofile x {\n  /\x01${"\x02".repeat(40)} rq${"\x03".repeat(40)},\n}\n`,
  });
  for (const name of ["program", "middle"]) {
    const { status, out } = await run(["check", path(name)]);
    assert.equal(status, 1);
    const widths = out.split("\n").map((line) => line.length);
    assert.ok(widths.length > 4 && Math.max(...widths) <= 250, `${name}: ${Math.max(...widths)}`);
    const excerpt = /^ *\d+ \| (.*)$/m.exec(out)?.[1] ?? "";
    assert.ok(excerpt.length > 20 && excerpt.length <= 145, `${name}: ${excerpt.length}`);
  }
});

test("a directory without policy is told where there is some, and text that is no compiled policy what it is", async (t) => {
  const text = "abi <kernel>,\nprofile a {\n}\n";
  const { path, run } = machine(t, {
    "src/debian/apparmor/a": text,
    "src/debian/abstractions/b": "/x r,\n",
    "src/debian/control": "",
    "src/none/abstractions/b": "/x r,\n",
  });
  for (const verb of ["check", "compile"]) {
    const { status, err } = await run([verb, path("src")]);
    assert.equal(status, 1, verb);
    assert.ok(
      err.includes(
        `${path("src")}: there are no files of policy in it\nnote: there are files in ${path("src/debian")}\n`,
      ),
      err,
    );
  }
  assert.match((await run(["check", path("src/none")])).err, /there are no files of policy in it\n/);
  const decoded = await run(["decode", path("src/debian/apparmor/a")]);
  assert.equal(decoded.status, 1);
  assert.ok(
    decoded.err.startsWith(`note: ${path("src/debian/apparmor/a")} is text; \`armorer check\` reads profiles\n`),
    decoded.err,
  );
  assert.doesNotMatch((await run(["decode", path("src/debian/control")])).err, /is text/);
});

test("a file of the directory of profiles, or one whose name is near, is named where there is none of the name", async (t) => {
  const text = "abi <kernel>,\n\nprofile a {\n  /a r,\n}\n";
  const { path, run } = machine(t, { "etc/apparmor.d/usr.bin.armorer-test": text, "mine/usr.bin.shop": text });
  for (const argv of [
    ["check"],
    ["compile"],
    ["load"],
    ["fmt"],
    ["lint"],
    ["query", "/a r"],
    ["explain", "a", "/a r"],
  ]) {
    const [verb = "", ...rest] = argv;
    const installed = await run([verb, "usr.bin.armorer-test", ...rest]);
    assert.notEqual(installed.status, 0);
    const meant = path("etc/apparmor.d/usr.bin.armorer-test");
    assert.match(installed.err, /usr\.bin\.armorer-test: No such file or directory/);
    assert.ok(installed.err.includes(`note: did you mean \`${meant}\`?\n`), `${verb}: ${installed.err}`);
    const near = await run([verb, path("mine/usr.bin.shp"), ...rest]);
    assert.ok(near.err.includes(`note: did you mean \`${path("mine/usr.bin.shop")}\`?\n`), `${verb}: ${near.err}`);
    const none = await run([verb, path("mine/entirely-else"), ...rest]);
    assert.doesNotMatch(none.err, /did you mean/);
  }
});

test("letters that are no permissions are so in a file that profiles include, too, where a rule begins as a head does", async (t) => {
  const { path, run } = machine(t, {
    "p/local/a": '  /etc/x rq,\n  "/etc/y z" rwz,\n  @{A}/x rwq,\n',
    "p/a": "abi <kernel>,\n@{A}=/a\nprofile a {\n  include <local/a>\n}\n",
    "p/tunables/t": "",
    head: "abi <kernel>,\nprofile b {\n}\n/usr/bin/x foo,\n",
  });
  const { out } = await run(["check", path("p/local/a")]);
  assert.deepEqual(out.match(/^error\[.*$/gm), [
    "error[syntax/unexpected]: `rq` are not permissions for files: `q` is none",
    "error[syntax/unexpected]: `rwz` are not permissions for files: `z` is none",
    "error[syntax/unexpected]: `rwq` are not permissions for files: `q` is none",
  ]);
  assert.match((await run(["check", path("head")])).out, /expected `\{`, found `,`/);
});
