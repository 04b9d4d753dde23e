import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { optimizeFlags } from "../../src/cli/drop-in/apparmor-parser/flag-sets.ts";
import { findOracle } from "../support/oracle.ts";
import { runDebians } from "../support/run-debians.ts";
import type { ContractCase, Expected, Step } from "./case.ts";
import { contractCases, fixture } from "./cases.ts";
import { type Answer, runOurs } from "../support/run-ours.ts";

function prepare(parent: string): string {
  const directory = mkdtempSync(join(parent, "armorer-contract-"));
  for (const [path, text] of Object.entries(fixture)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

function shell(directory: string, script: string | undefined, what: string): void {
  if (script === undefined) return;
  const done = spawnSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" });
  assert.equal(done.status, 0, `${what} \`${script}\`: ${done.stdout}${done.stderr}`);
}

function compare(actual: string, expected: Expected | undefined, directory: string, what: string): void {
  if (expected === undefined) return;
  if (typeof expected === "string") assert.equal(actual, expected.replaceAll("{dir}", directory), what);
  else assert.match(actual, new RegExp(expected.source.replaceAll("{dir}", directory), expected.flags), what);
}

type Runner = (directory: string, step: Step) => Promise<Answer> | Answer;

async function runCase(
  contract: ContractCase,
  parent: string,
  shown: (path: string) => string,
  run: Runner,
): Promise<void> {
  const directory = prepare(parent);
  const inside = shown(directory);
  try {
    for (const [index, step] of contract.steps.entries()) {
      shell(directory, step.before, "before");
      const argv = step.argv.map((word) => word.replaceAll("{dir}", inside));
      const answer = await run(directory, { ...step, argv });
      const what = `step ${index + 1}: apparmor_parser ${argv.join(" ")}\n${answer.out}${answer.err}`;
      compare(answer.err, step.err, inside, `standard error of ${what}`);
      compare(answer.out, step.out, inside, `standard output of ${what}`);
      assert.equal(answer.status, step.status, `status of ${what}`);
      shell(directory, step.after, "after");
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

for (const contract of contractCases) {
  test(`ours: ${contract.name}`, async () => {
    await runCase(
      contract,
      tmpdir(),
      (path) => path,
      (directory, { argv, stdin }) => runOurs(directory, argv, stdin ?? ""),
    );
  });
}

test("the contract has at least the sixty assertions that clients rely on", () => {
  assert.ok(contractCases.flatMap((contract) => contract.steps).length >= 60);
});

test("ours: of the flags of -O those alone decide what is written that are listed as doing so", async () => {
  const directory = prepare(tmpdir());
  try {
    const text = "profile p {\n /** rw,\n deny /a/* rw,\n audit deny /b w,\n /c/{a,b}*[0-9] ix,\n signal,\n}\n";
    writeFileSync(join(directory, "features"), readFileSync("tests/corpus/features/debian-kernel-7.2"));
    const written = async (...flags: readonly string[]): Promise<string> => {
      const argv = [...flags.flatMap((flag) => ["-O", flag]), "-QKS", "-M", "features"];
      const { out, status } = await runOurs(directory, argv, text);
      assert.equal(status, 0, argv.join(" "));
      return out;
    };
    const usual = await written();
    const deciding = new Set<string>();
    for (const { name, oneWay } of optimizeFlags)
      for (const flag of oneWay === true ? [name] : [name, `no-${name}`])
        if ((await written(flag)) !== usual) deciding.add(name);
    const listed = readFileSync("tests/corpus/known-differences.md", "utf8");
    const [, names = ""] = /flags of `-O` but (.*) are accepted/.exec(listed) ?? [];
    assert.deepEqual(deciding, new Set([...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
    assert.match(listed, /`-O no-filter-deny` is accepted/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("ours: an error that follows from another is counted, not told", async () => {
  const directory = prepare(tmpdir());
  try {
    const rules = Array.from({ length: 30 }, (_, at) => ` @{HOEM}/${at} r,`).join("\n");
    const { err, status } = await runOurs(directory, ["-QK"], `profile p {\n${rules}\n}\n`);
    assert.notEqual(status, 0);
    assert.equal(err.match(/parser error (?:for|at)/g)?.length, 1, err);
    assert.match(err, /^AppArmor parser error: 29 more errors are not shown; `armorer check --all` shows all$/m);
    const many = Array.from({ length: 130 }, (_, at) => ` @{V${at}}/a r,`).join("\n");
    const long = await runOurs(directory, ["-QK"], `profile p {\n${many}\n}\n`);
    assert.equal(long.err.match(/parser error (?:for|at)/g)?.length, 100);
    assert.match(long.err, /^AppArmor parser error: 30 more errors are not shown/m);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const oracle = await findOracle();
for (const contract of contractCases.filter((one) => one.only === undefined)) {
  test(`Debian's parser: ${contract.name}`, { skip: oracle.ok ? false : oracle.error }, async () => {
    if (!oracle.ok) return;
    const { root } = oracle.value;
    const shown = (path: string): string => path.slice(root.replace(/\/+$/, "").length);
    await runCase(contract, join(root, "tmp"), shown, (directory, { argv, stdin }) => {
      return runDebians(root, shown(directory), argv, stdin ?? "");
    });
  });
}
