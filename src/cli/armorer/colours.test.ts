/** Colours: every verb has some, and what is printed is the same without them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { runArmorer, verbNames } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "armorer-colours-"));
after(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const profile = (rules: string): string => `abi <kernel>,\nprofile good /x {\n${rules}}\n`;
const contents: Readonly<Record<string, string>> = {
  "p/good": profile("  /etc/hosts r,\n  deny /etc/shadow r,\n"),
  "p/covered": profile("  /etc/* r,\n  /etc/hosts r,\n  userns,\n"),
  "new/good": profile("  /etc/passwd r,\n"),
  broken: "profile broken {\n  bogus,\n}\n",
  crooked: profile("/etc/hosts   r,\n"),
  "good.aatest": 'test "hosts" for good {\n  all /etc/hosts r,\n}\n',
  log: 'type=AVC msg=audit(1.1:1): apparmor="DENIED" operation="open" profile="good" name="/srv/x" requested_mask="r" denied_mask="r" pid=1 comm="x" fsuid=0 ouid=0\n',
  "root/sys/module/apparmor/parameters/enabled": "Y\n",
  "root/var/lib/armorer/undo/writing-000001.json": JSON.stringify({
    files: [{ path: at("crooked"), before: "", after: "x" }],
  }),
  "root/proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
  "root/sys/kernel/security/apparmor/profiles": "old (enforce)\n",
};
for (const [name, text] of Object.entries(contents)) {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

async function printed(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const { FORCE_COLOR: forced, NO_COLOR: none } = process.env;
  delete process.env["FORCE_COLOR"];
  delete process.env["NO_COLOR"];
  Object.assign(process.env, environment);
  try {
    const { io, text } = capturedIo({ escapes: "always" });
    await runArmorer(argv, io);
    return text();
  } finally {
    for (const [name, value] of Object.entries({ FORCE_COLOR: forced, NO_COLOR: none })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const root = ["--root", at("root")];
const calls: Readonly<Record<string, readonly string[]>> = {
  check: [at("broken")],
  fmt: ["--diff", at("crooked")],
  compile: ["--no-cache", at("broken")],
  decode: [at("blob")],
  diff: ["-b", at("p"), at("p/good"), at("new/good")],
  test: [at("p/good"), at("good.aatest")],
  load: [...root, "--no-cache", at("p/good")],
  unload: [...root, "old"],
  status: root,
  ps: root,
  audit: ["-f", at("log")],
  learn: ["-b", at("p"), "-f", at("log")],
  undo: [...root, "--diff"],
  query: ["-b", at("p"), at("p/good"), "/etc/hosts r"],
  lint: ["-b", at("p"), at("p/covered")],
  port: ["--to", "3.0", at("p/covered")],
  reach: ["-b", at("p"), at("p/good"), "good"],
  explain: ["-b", at("p"), at("p/good"), "good", "/etc/shadow r"],
  app: [...root, "-b", at("p"), "plan", "/opt/x"],
  package: ["docker", "-b", at("p"), at("p/good")],
  tools: ["link", at("nowhere")],
  completion: ["tcsh"],
  lab: [],
};

test("every verb has colours where they are wanted, and says the same without them", async () => {
  await printed(["compile", "--no-cache", "-o", at("blob"), at("p/good")], {});
  for (const name of verbNames) {
    const argv = calls[name];
    assert.ok(argv !== undefined, `${name} has no call here`);
    const plain = await printed([name, ...argv], {});
    const coloured = await printed([name, ...argv], { FORCE_COLOR: "1" });
    // oxlint-disable-next-line no-control-regex -- what is looked for
    const marks = /\u001b\[[0-9;]*m/g;
    assert.match(coloured, marks, name);
    assert.equal(coloured.replaceAll(marks, ""), plain, name);
    assert.doesNotMatch(plain, marks, name);
  }
});

test("NO_COLOR is stronger than FORCE_COLOR, and FORCE_COLOR can say no", async () => {
  for (const [environment, wanted] of [
    [{ FORCE_COLOR: "" }, true],
    [{ FORCE_COLOR: "3" }, true],
    [{ FORCE_COLOR: "0" }, false],
    [{ FORCE_COLOR: "false" }, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "" }, true],
    [{}, false],
  ] as const) {
    const text = await printed(["status", ...root], environment);
    assert.equal(text.includes("\u001b["), wanted, JSON.stringify(environment));
  }
});
