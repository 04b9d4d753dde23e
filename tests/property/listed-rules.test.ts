import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderPolicy } from "../../src/compiler/decompile/index.ts";
import { renderingEffort } from "../../src/compiler/decompile/work.ts";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { listFilesAgain } from "../support/listed-again.ts";
import { compileText } from "../support/pipeline.ts";
import { Random } from "../support/random.ts";

const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const options = { kernelFeatures: features, session: createCompileSession() };

const names = [
  "a",
  "b",
  "ab",
  "lib",
  "a*",
  "*",
  "**",
  "?",
  "[ab]",
  "[^a]",
  "{a,b}",
  "*b",
  "a**b",
  "c{,d}",
  "\\x20",
  "-^",
  "{a,b*,}",
];

function randomPath(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(3) }, () => random.pick(names));
  return `/${parts.join("/")}${random.chance(0.15) ? "/" : ""}`;
}

/** A file, link or change_profile rule; one exec mode, so that globs do not contradict each other. */
function randomRule(random: Random): string {
  const mode = random.chance(0.4) ? random.pick(["audit ", "deny ", "audit deny ", "priority=1 "]) : "";
  const owner = random.chance(0.25) ? random.pick(["owner ", "other "]) : "";
  if (random.chance(0.08)) return `change_profile -> ${random.pick(["foo", "b*", "{x,y}"])},`;
  if (random.chance(0.1))
    return `${owner}link ${random.pick(["", "subset "])}${randomPath(random)} -> ${randomPath(random)},`;
  const letters = random.some(["r", "w", "k", "m", "l"]).join("");
  const exec = random.chance(0.25) ? (mode.includes("deny") ? "x" : "px") : "";
  return `${mode}${owner}${randomPath(random)} ${letters}${exec},`;
}

test("whole listings of small policies decide the same when they are compiled again, and 24 in 25 are whole", () => {
  const random = new Random(20_261_122);
  let compared = 0;
  const shortened: string[] = [];
  for (let number = 0; number < 400; number += 1) {
    const rules = Array.from({ length: 1 + random.below(5) }, () => randomRule(random)).join("\n");
    const { policy, errors } = compileText(`profile t {\n${rules}\n}\n`, options);
    const [profile] = policy.profiles;
    const listed = profile && listFilesAgain(policy, profile, options);
    if (errors.length > 0 || listed === undefined) continue;
    if (listed.isShortened) shortened.push(rules);
    else assert.deepEqual(listed.differences, [], `${rules}\n\nlisted as\n\n${listed.lines.join("\n")}`);
    compared += 1;
  }
  assert.ok(compared > 300, `only ${compared} compared`);
  assert.ok(shortened.length < compared / 25, `${shortened.length} shortened:\n${shortened.slice(0, 8).join("\n\n")}`);
});

function linesOf(rules: string): { readonly lines: readonly string[]; readonly steps: number } {
  const { policy, errors } = compileText(`profile t {\n${rules}\n}\n`, options);
  assert.deepEqual(errors, []);
  const effort = renderingEffort(policy);
  const lines = renderPolicy(policy, effort).split("\n");
  return { lines: lines.filter((line) => line.endsWith(",")), steps: effort.search.spent };
}

test("a class that may be there once more is written as that, not as a rule for each number of times", () => {
  const number = `[0-9]${"{[0-9],}".repeat(9)}`;
  const { lines } = linesOf(`/x/${number}-${number} rw,`);
  assert.deepEqual(lines, [`  /x/${`[0-9]${"{,[0-9]}".repeat(9)}-`.repeat(2).slice(0, -1)} rw,`]);
});

test("a logged denial inside a glob is a rule, and the glob stays one", () => {
  const { lines } = linesOf("/** r, audit deny /home/*/.ssh/{,**} mrwkl, audit deny /root/.aws/** rw,");
  assert.deepEqual(lines, ["  /** r,", "  audit deny /home/*/.ssh/{,**} r,", "  audit deny /root/.aws/** r,"]);
});

test("what container engines confine by is listed in few lines and steps", () => {
  const { lines, steps } = linesOf(`network, capability, file, umount, deny mount,
    signal (receive) peer=unconfined, signal (send, receive) peer=engine, ptrace (trace, read, tracedby, readby) peer=engine,
    deny /proc/* w, deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
    deny /proc/sys/[^k]** w, deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w, deny /proc/kcore rwklx,
    deny /sys/[^f]*/** wklx, deny /sys/f[^s]*/** wklx, deny /sys/fs/[^c]*/** wklx, deny /sys/fs/c[^g]*/** wklx,
    deny /sys/fs/cg[^r]*/** wklx, deny /sys/firmware/** rwklx, deny /sys/kernel/security/** rwklx,`);
  assert.ok(lines.includes("  deny mount,") && lines.includes("  file,"), lines.join("\n"));
  assert.ok(lines.length < 80, lines.join("\n"));
  assert.deepEqual(
    lines.filter((line) => /\/\/|\\x/.test(line)),
    [],
    "paths that nobody asks for, and bytes",
  );
  assert.ok(steps < 10_000_000, `${steps} steps`);
});
