/** Files that are something else than whoever names them thinks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";

test("of a file that profiles include one thing is said, with a profile to check in its place", async (t) => {
  const { path, run } = machine(t, {
    "policy/abstractions/low": "  /a r,\n  /b r,\n  capability kill,\n",
    "policy/abstractions/high": "  #include <abstractions/low>\n",
    "policy/tunables/t": "@{T}=/t\n",
    "policy/local/good": "  /c r,\n  /d w,\n",
    "policy/abstractions/high.d/more": "  /e r,\n",
    "policy/nothing": "abi <kernel>,\nprofile nothing {\n}\n",
    "policy/good":
      "abi <kernel>,\nprofile good {\n  include <abstractions/high>\n  include if exists <abstractions/high.d>\n  include if exists <local/good>\n}\n",
    "alone/rules": "  /c r,\n  /d w,\n",
  });
  for (const name of ["abstractions/low", "local/good", "abstractions/high.d/more"]) {
    const { status, out, err } = await run(["check", path(`policy/${name}`)]);
    assert.equal(status, 1);
    assert.equal(out.match(/^error/gm)?.length, 1, out);
    const such = `has rules and no profile, as what profiles include: check a profile that includes it, such as ${path("policy/good")}\n`;
    assert.ok(err.endsWith(`armorer check: ${path(`policy/${name}`)} ${such}`), err);
  }
  assert.equal((await run(["check", path("policy/good")])).status, 0);
  const alone = await run(["check", path("alone/rules")]);
  assert.match(alone.err, /check a profile that includes it\n$/);
  const tunables = await run(["check", path("policy/tunables/t")]);
  assert.deepEqual([tunables.status, tunables.out], [0, ""]);
  const early = "abi <kernel>,\nprofile good {\n  /a r,\n}\n  /b r,\n  /c r,\n}\n";
  const closed = await run(["check", "-"], early);
  assert.equal(closed.out.match(/not allowed outside a profile/g)?.length, 1, closed.out);
  assert.doesNotMatch(closed.err, /has rules and no profile/);
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
