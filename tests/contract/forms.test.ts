/** Output that programs read is one whole document with the reason in it, whatever is wrong with the policy. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commonOptions } from "../../src/cli/armorer/command.ts";
import { loadVerb, runArmorer, verbNames } from "../../src/cli/armorer/index.ts";
import { capturedIo } from "../support/captured-io.ts";

const root = mkdtempSync(join(tmpdir(), "armorer-forms-"));
after(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string): string => join(root, name);
for (const folder of ["empty", "policy"]) mkdirSync(at(folder));
writeFileSync(at("broken"), "profile broken {\n  bogus,\n");
writeFileSync(at("policy/good"), "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n");
writeFileSync(at("policy/bad"), "profile bad {\n  bogus,\n");
writeFileSync(at("good"), "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n");
writeFileSync(at("suite.aatest"), 'test "one" for good {\n  all /etc/good r,\n}\n');
writeFileSync(
  at("log"),
  'type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="good" name="/etc/x" pid=7 comm="good" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n',
);

/** A file that nobody can read, root neither: a name with a file in the place of a directory. */
const states: Readonly<Record<string, readonly [path: string, reason: RegExp]>> = {
  missing: [at("nowhere"), /nowhere.*No such file or directory/],
  unreadable: [at("good/inside"), /good\/inside.*Not a directory/],
  broken: [at("broken"), /bogus|broken|cannot be (?:compiled|used|parsed)|errors/],
  empty: [at("empty"), /empty.*(?:there are no files of policy in it|Is a directory)/],
};

/** The words behind the options of each verb that reads policy. */
const calls: Readonly<Record<string, (policy: string) => readonly string[]>> = {
  check: (policy) => [policy],
  fmt: (policy) => ["--check", policy],
  compile: (policy) => ["--no-cache", policy],
  decode: (policy) => [policy],
  diff: (policy) => [policy, at("good")],
  test: (policy) => [policy, at("suite.aatest")],
  load: (policy) => ["--no-cache", policy],
  learn: (policy) => ["-b", policy, "--log", at("log")],
  query: (policy) => [policy, "/etc/good r"],
  explain: (policy) => [policy, "good", "/etc/good r"],
  lint: (policy) => [policy],
  port: (policy) => ["--to", "3.0", policy],
  reach: (policy) => [policy, "good"],
};

/** Without policy, and so without a policy that may be missing. */
const others = ["unload", "status", "ps", "audit", "undo", "app", "package", "tools", "completion", "lab"];

/** Whether a text is one document of its form. */
const wholes: Readonly<Record<string, (text: string) => boolean>> = {
  json: (text) => text.endsWith("\n") && text.indexOf("\n") === text.length - 1 && isJson(text),
  sarif: (text) => text.endsWith("\n") && isJson(text) && JSON.parse(text).runs.length === 1,
  gcc: (text) =>
    text
      .split("\n")
      .every((line) => line === "" || /^(?:armorer|[^:]+:\d+:\d+): (?:error|warning|note|info|hint)\b/.test(line)),
  markdown: (text) => text.startsWith("### ") && text.split("\n### ").length === 1,
  junit: (text) =>
    /^<\?xml [^>]*\?>\n<testsuites>\n(?: *<(?:testsuite|\/testsuite|testcase|\/testcase|error|failure)\b[^<]*(?:>[^<]*<\/(?:error|failure))?>\n)*<\/testsuites>\n$/.test(
      text,
    ),
  tap: (text) => {
    const [version, second = "", ...rest] = text.trimEnd().split("\n");
    if (version !== "TAP version 14") return false;
    if (/^Bail out! \S/.test(second)) return rest.length === 0;
    const points = rest.filter((line) => /^(?:not )?ok \d+ - /.test(line));
    return second === `1..${points.length}` && rest.every((line) => points.includes(line) || line.startsWith("#"));
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("every verb is named here, with every form that it has", async () => {
  assert.deepEqual([...Object.keys(calls), ...others].toSorted(), verbNames.toSorted());
  assert.ok(commonOptions.some(({ key }) => key === "json"));
  for (const verb of verbNames) {
    const command = await loadVerb(verb);
    const known = new Set(["json", ...(command?.forms ?? []).map(({ key }) => key)]);
    const offered = (command?.options ?? []).filter(({ key }) => key in wholes).map(({ key }) => key);
    assert.deepEqual(
      offered.filter((key) => !known.has(key)),
      [],
      verb,
    );
  }
});

test("whatever is wrong with the policy, a form is one document with the reason, and the status says it", async () => {
  let count = 0;
  const wrong: string[] = [];
  for (const [verb, words] of Object.entries(calls)) {
    const command = await loadVerb(verb);
    for (const form of ["json", ...(command?.forms ?? []).map(({ key }) => key)]) {
      for (const [state, [policy, reason]] of Object.entries(states)) {
        // Events of profiles that are nowhere are skipped, and nothing is wrong.
        if (verb === "learn" && state === "empty") continue;
        const { io, text } = capturedIo({ escapes: "always" });
        const argv = [verb, `--${form}`, "--root", root, ...words(policy)];
        const status = await runArmorer(argv, { ...io, environment: { HOME: root } });
        const out = text("out");
        const said = `${argv.join(" ")}: ${status}\n${out}\n${text("err")}`;
        const faults = [
          ...(status === 0 ? ["status"] : []),
          ...(wholes[form]?.(out) === true ? [] : ["form"]),
          ...(reason.test(out) ? [] : ["reason"]),
        ];
        if (faults.length > 0) wrong.push(`${faults.join(", ")}, ${state}: ${said}`);
        count += 1;
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 70, String(count));
});
