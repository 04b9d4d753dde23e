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

async function printed(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  isTerminal = false,
): Promise<string> {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: term } = process.env;
  delete process.env["FORCE_COLOR"];
  delete process.env["NO_COLOR"];
  Object.assign(process.env, environment);
  try {
    const { io, text } = capturedIo({ escapes: "always", isTerminal });
    await runArmorer(argv, io);
    return text();
  } finally {
    for (const [name, value] of Object.entries({ FORCE_COLOR: forced, NO_COLOR: none, TERM: term })) {
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
  undo: [...root, "--base", directory],
  query: ["-b", at("p"), at("p/good"), "/etc/hosts r"],
  lint: ["-b", at("p"), at("p/covered")],
  port: ["--to", "3.0", at("p/covered")],
  reach: ["-b", at("p"), at("p/good"), "good"],
  explain: ["-b", at("p"), at("p/good"), "good", "/etc/shadow r"],
  app: [...root, "-b", at("p"), "plan", "/opt/x"],
  package: ["docker", "-b", at("p"), at("p/good")],
  tools: ["link", "--dry-run", at("p")],
  completion: ["tcsh"],
  lab: [],
};

/** Who says something, in front of it. */
// oxlint-disable-next-line no-control-regex -- what is looked for
const MARKS = /^\u001b\[[0-9;]*m(?:armorer [a-z]+:|note:)\u001b\[0?m/gm;
/** Verbs with nothing to paint but who says it. */
const UNPAINTED: readonly string[] = ["completion", "lab"];
/** What else they paint. */
const more: readonly (readonly string[])[] = [["undo", ...root, "--diff"]];

/** Without the marks nothing is lost; with them there is more than who says it, where that is painted. */
async function sayTheSame(argv: readonly string[], isPainted: boolean): Promise<void> {
  const call = argv.join(" ");
  const plain = await printed(argv, {});
  const coloured = await printed(argv, { FORCE_COLOR: "1" });
  // oxlint-disable-next-line no-control-regex -- what is looked for
  const marks = /\u001b\[[0-9;]*m/g;
  assert.match(coloured, marks, call);
  assert.equal(coloured.replaceAll(marks, ""), plain, call);
  assert.doesNotMatch(plain, marks, call);
  assert.equal(marks.test(coloured.replaceAll(MARKS, "")), isPainted, `${call}: not only who says it`);
}

test("every verb has colours where they are wanted, and says the same without them", async () => {
  await printed(["compile", "--no-cache", "-o", at("blob"), at("p/good")], {});
  assert.deepEqual(Object.keys(calls).toSorted(), verbNames.toSorted());
  for (const [name, argv] of Object.entries(calls)) await sayTheSame([name, ...argv], !UNPAINTED.includes(name));
  for (const argv of more) await sayTheSame(argv, true);
  await sayTheSame(["tools", "link", at("nowhere")], false);
});

test("on a terminal there are colours, unless it says that it knows none", async () => {
  for (const [environment, wanted] of [
    [{ TERM: "xterm-256color" }, true],
    [{ TERM: "dumb" }, false],
    [{ TERM: "dumb", FORCE_COLOR: "1" }, true],
    [{ TERM: "xterm", NO_COLOR: "1" }, false],
  ] as const) {
    const text = await printed(["status", ...root], environment, true);
    assert.equal(text.includes("\u001b["), wanted, JSON.stringify(environment));
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
