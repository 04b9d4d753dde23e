/** The action of a pull request, as a runner would run it: its script, in a repository with a change. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repository } from "../support/sources.ts";

const home = mkdtempSync(join(tmpdir(), "armorer-action-"));
after(() => rmSync(home, { recursive: true, force: true }));
const action = readFileSync(join(repository, "action.yml"), "utf8");

/** The script of the step that has this id. */
function scriptOf(id: string): string {
  const step = action.split(/^ {4}- /m).find((one) => one.startsWith(`id: ${id}\n`)) ?? "";
  return (step.split("      run: |\n")[1] ?? "").replaceAll(/^ {8}/gm, "");
}

function git(...argv: readonly string[]): string {
  const names = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...names, ...argv], { cwd: home, encoding: "utf8" });
}

test("it is built where it is not", () => {
  assert.match(
    action,
    /working-directory: \$\{\{ github\.action_path \}\}\n(?:.*\n)? {6}run: test -e dist\/start\.cjs \|\| \{ npm ci .*&& npm run build; \}/,
  );
  assert.ok(action.indexOf("npm run build") < action.indexOf("bin/armorer"));
});

test("its report names files by their paths in the repository, and finds includes where it is told", () => {
  git("init", "-q");
  mkdirSync(join(home, "profiles"));
  mkdirSync(join(home, "shared/abstractions"), { recursive: true });
  writeFileSync(join(home, "shared/abstractions/mine"), "/srv/mine r,\n");
  const profile = join(home, "profiles/demo");
  writeFileSync(profile, "profile demo {\n  include <abstractions/mine>\n  /a r,\n}\n");
  git("add", ".");
  git("commit", "-q", "-m", "one");
  writeFileSync(profile, "profile demo {\n  include <abstractions/mine>\n  /a rw,\n}\n");
  const ran = (change: Readonly<Record<string, string>>): { readonly output: string; readonly report: string } => {
    for (const name of ["output", "summary"]) writeFileSync(join(home, name), "");
    const env = {
      ...process.env,
      GITHUB_ACTION_PATH: repository,
      GITHUB_OUTPUT: join(home, "output"),
      GITHUB_STEP_SUMMARY: join(home, "summary"),
      RUNNER_TEMP: home,
      POLICY_PATH: "profiles",
      AGAINST: "HEAD",
      FAIL_ON: "looser",
      FEATURES: "kernel-7.2",
      INCLUDE: "shared",
      ...change,
    };
    const { status, stderr } = spawnSync("bash", ["-e", "-c", scriptOf("diff")], { cwd: home, env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return { output: readFileSync(join(home, "output"), "utf8"), report: readFileSync(join(home, "summary"), "utf8") };
  };
  const { output, report } = ran({});
  assert.equal(output, "status=1\n", report);
  assert.match(report, /profiles\/demo:3/);
  assert.ok(!report.includes(home), report);
  // It was the include that made it possible.
  assert.equal(ran({ INCLUDE: "" }).output, "status=2\n");
});

function diff(cwd: string, ...argv: readonly string[]): string {
  const options = ["--git", "HEAD", "-M", "kernel-7.2", "-I", join(home, "shared")];
  return spawnSync(join(repository, "bin/armorer"), ["diff", ...options, ...argv], { cwd, encoding: "utf8" }).stdout;
}

test("every form but JSON names files by their paths in the repository, from wherever in it", () => {
  for (const [cwd, path] of [
    [home, "profiles"],
    [home, "profiles/demo"],
    [join(home, "profiles"), "."],
    [join(home, "profiles"), "demo"],
    ["/", join(home, "profiles/")],
  ] as const) {
    const text = diff(cwd, path);
    assert.match(text, /\b(?:new|old) profiles\/(?:\.\/)?demo:3/, `${cwd} ${path}`);
    assert.ok(!text.includes(home), text);
    const log = JSON.parse(diff(cwd, "--sarif", path));
    const [result] = log.runs[0].results;
    assert.match(result.locations[0].physicalLocation.artifactLocation.uri, /^profiles\/(?:\.\/)?demo$/);
    // One sentence, in which no rule has its comma.
    assert.equal(result.message.text, "demo newly allows /a w");
    assert.ok(JSON.parse(diff(cwd, "--json", path)).profiles[0].rules[0].lines[0].file.startsWith(home));
  }
});

test("two revisions with three dots are compared from where they parted; what is no repository is named", () => {
  const profile = join(home, "profiles/demo");
  git("checkout", "-q", ".");
  const main = git("rev-parse", "HEAD").trim();
  git("checkout", "-q", "-b", "side");
  writeFileSync(profile, "profile demo {\n  /a r,\n  /side r,\n}\n");
  git("commit", "-q", "-a", "-m", "side");
  git("checkout", "-q", "-b", "other", main);
  writeFileSync(profile, "profile demo {\n  /a r,\n  /other r,\n}\n");
  git("commit", "-q", "-a", "-m", "other");
  const said = (range: string, path: string): string => {
    const words = ["diff", "-M", "kernel-7.2", "-I", join(home, "shared"), "--git", range, path];
    const { stdout, stderr } = spawnSync(join(repository, "bin/armorer"), words, { cwd: home, encoding: "utf8" });
    return `${stdout}${stderr}`;
  };
  assert.match(said("other..side", "profiles"), /- \/other r,[^]*\+ \/side r,/);
  assert.match(said("other...side", "profiles"), /\+ \/side r,/);
  assert.doesNotMatch(said("other...side", "profiles"), /other/);
  assert.match(said("HEAD", "/"), /\/: git says: not a git repository/);
});
