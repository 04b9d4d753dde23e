import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runArmorer } from "./index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";

test("policy without a profile is no answer", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-query-"));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "tunables-only"), "@{A}=/a\n");
  for (const policy of [root, join(root, "tunables-only")]) {
    const { io, text } = capturedIo({ escapes: "always" });
    const status = await runArmorer(["query", policy, "/x r"], io);
    assert.deepEqual(
      { status, err: text("err") },
      { status: 1, err: `armorer query: ${policy}: there is no profile in it\n` },
    );
  }
});

const OWN = `profile one /usr/bin/one {
  @{exec_path} r,
}
profile two /usr/bin/two {
  /usr/bin/one r,
}
profile "th ree" {
  /srv/three r,
}
profile four {
  /srv/@{profile_name} r,
}
`;

test("variables that each profile has of its own are those of the profile that is asked", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-query-"));
  t.after(() => rmSync(root, { recursive: true }));
  const policy = join(root, "p");
  writeFileSync(policy, OWN);
  const verdicts = async (rule: string): Promise<readonly string[]> => {
    const { io, text } = capturedIo();
    await runArmorer(["query", policy, rule, "--json"], io);
    const found = text("out").matchAll(/"profile":"([^"]*)",[^}]*?"verdict":"(\w+)"/g);
    return [...found].map(([, profile, verdict]) => `${profile} ${verdict}`);
  };
  assert.deepEqual(await verdicts("@{exec_path} r"), ["one all", "two none"]);
  assert.deepEqual(await verdicts("/srv/@{profile_name} r"), ["one none", "two none", "four all"]);
  const { io, text } = capturedIo();
  const status = await runArmorer(["explain", policy, "th ree", "/srv/@{profile_name} r"], io);
  assert.equal(status, 2);
  assert.match(text("err"), /`@\{profile_name\}` is `th ree`, which cannot be asked about by its variable/);
  const explained = capturedIo();
  assert.equal(await runArmorer(["explain", policy, "four", "/srv/@{profile_name} r"], explained.io), 0);
  assert.match(explained.text("out"), /allowed/);
});

test("what comes along with a profile is allowed, and no rule is blamed", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-query-"));
  t.after(() => rmSync(root, { recursive: true }));
  const policy = join(root, "p");
  writeFileSync(policy, "profile a {\n  change_profile -> b,\n}\nprofile b {\n  /proc/1/attr/current w,\n}\n");
  const asked = async (...options: readonly string[]): Promise<string> => {
    const { io, text } = capturedIo();
    assert.equal(await runArmorer(["query", policy, "owner /proc/1/attr/current w", ...options], io), 0);
    return text("out");
  };
  assert.match(
    await asked(),
    /^some {2}a {2}comes along with the profile, without a rule\n {8}yes owner .*\n {8}no .*\nall {3}b\n {8}by /,
  );
  assert.match(await asked("--json"), /"profile":"a"[^}]*"reason":"implied"/);
});

test("a profile that is not there is told with the one that may be meant", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-query-"));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "p"), OWN);
  for (const [by, meant] of [
    ["fuor", "; did you mean `four`?"],
    ["/usr/bin/two", "; the profile that attaches to it is `two`"],
    ["else", ""],
  ] as const) {
    const { io, text } = capturedIo({ escapes: "always" });
    const status = await runArmorer(["query", "--by", by, join(root, "p"), "/x r"], io);
    assert.deepEqual([status, text("err")], [1, `armorer query: there is no profile \`${by}\`${meant}\n`]);
  }
});
