/** Suites that `armorer test --init` writes for Debian's own profiles: they hold, and notice nearly every single change of these. `ARMORER_STARTERS` asks for more. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findOracle } from "../support/oracle.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const COUNT = Number(process.env["ARMORER_STARTERS"] ?? "3");
const FEATURES = ["-M", "tests/corpus/features/debian-kernel-7.2"];
/** Of the changes that mean something. */
const NOTICED = 0.95;

interface Score {
  readonly profile: string;
  readonly different: number;
  readonly noticed: number;
  readonly equivalent: number;
  readonly missed: readonly unknown[];
}

/** Files with one profile of a plain name, spread over all of them. */
function someProfiles(base: string): readonly { readonly path: string; readonly name: string }[] {
  const all = readdirSync(base)
    .map((name) => join(base, name))
    .filter((path) => statSync(path).isFile())
    .flatMap((path) => {
      const text = readFileSync(path, "utf8");
      const names = [...text.matchAll(/^profile ([\w.-]+) /gm)].map(([, name]) => name ?? "");
      const [name] = names;
      // one that allows everything has no changes to notice
      return name !== undefined && names.length === 1 && !/flags=\([^)]*unconfined/.test(text) ? [{ path, name }] : [];
    });
  return Array.from({ length: Math.min(COUNT, all.length) }, (_, at) =>
    Math.floor(((at + 0.5) * all.length) / COUNT),
  ).flatMap((place) => all[place] ?? []);
}

function armorer(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("bin/armorer", ["test", "-j1", ...args], { encoding: "utf8" });
  assert.equal(status, 0, `${args.join(" ")}: ${stderr}${stdout.slice(0, 2_000)}`);
  return stdout;
}

test("first suites of real profiles hold, and notice the changes of single rules", { skip }, (context) => {
  assert.ok(oracle.ok);
  const base = join(oracle.value.root, "etc/apparmor.d");
  const directory = mkdtempSync(join(tmpdir(), "armorer-starter-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const scores = someProfiles(base).map(({ path, name }): Score => {
    const suite = join(directory, `${name}.aatest`);
    armorer("--init", name, "-o", suite, "-b", base, ...FEATURES, path);
    const report: { readonly mutations: readonly Score[] } = JSON.parse(
      armorer("--mutations", "--json", "-b", base, ...FEATURES, path, suite),
    );
    const score = report.mutations.find(({ profile }) => profile === name);
    assert.ok(score !== undefined, name);
    assert.ok(score.noticed >= NOTICED * score.different, `${name}: ${JSON.stringify(score)}`);
    return score;
  });
  const sum = (of: "different" | "noticed" | "equivalent"): number => scores.reduce((all, one) => all + one[of], 0);
  context.diagnostic(
    `${scores.length} profiles: ${sum("noticed")} of ${sum("different")} changes noticed, ${sum("equivalent")} equivalent`,
  );
  assert.ok(scores.length === COUNT && sum("different") > 5 * COUNT);
});
