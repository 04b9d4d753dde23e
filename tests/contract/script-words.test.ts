/** Scripts that try and make things say what they take, and refuse what they do not: what is mistyped would have nothing tried, and pass. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/sources.ts";

const packaged: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(repository, "package.json"), "utf8"),
).scripts;

/** What each takes, wrongly; the word of the complaint. */
const wrongs: Readonly<Record<string, readonly (readonly [given: string, said: RegExp])[]>> = {
  "fuzz:campaign": [
    ["--target syntax,nosuch", /^there is no target nosuch$/m],
    ["--inputs x", /^--inputs needs a whole number/m],
    ["syntax", /^takes no syntax$/m],
  ],
  faults: [
    ["nosuchscenario", /^nothing is called nosuchscenario; there are:$/m],
    ["--most x", /^--most needs a whole number/m],
  ],
  "tools:kernel": [
    ["--kernel 9", /^there is no kernel 9$/m],
    ["nosuchtool", /^nothing is called nosuchtool; there are:$/m],
  ],
  services: [["Nosuch", /^nothing is called Nosuch; there are:$/m]],
  tour: [["--kernel 9", /^there is no kernel 9$/m]],
  lab: [["nosuch", /^there is no command nosuch$/m]],
  deb: [
    ["--into x", /./],
    ["a b", /./],
  ],
};

/** What `npm run NAME` starts last, as it is built. */
function call(name: string, given: string): { status: number | null; stdout: string; stderr: string } {
  const words = packaged[name]?.split(" && ").at(-1)?.split(" ").slice(1) ?? [];
  const args = [...words, ...given.split(" ")];
  return spawnSync(process.execPath, args, { cwd: repository, encoding: "utf8" });
}

for (const [name, calls] of Object.entries(wrongs)) {
  test(`npm run ${name} says what it takes, and nothing else happens`, () => {
    const help = call(name, "--help");
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^usage: /);
    for (const [given, said] of calls) {
      const { status, stdout, stderr } = call(name, given);
      assert.deepEqual([status, stdout], [2, ""], given);
      assert.match(stderr, said);
      assert.ok(stderr.includes(help.stdout), `${given}: ${stderr}`);
    }
    assert.equal(existsSync(join(repository, "--help")), false);
  });
}
