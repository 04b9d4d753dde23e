/** What is printed of a policy's heads, attachments, flags and families, compiled again, is the same policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { comparePolicies } from "../../src/analysis/tables/index.ts";
import { renderPolicy } from "../../src/compiler/decompile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "../support/pipeline.ts";
import { Random } from "../support/random.ts";

const kernelFeatures = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const options = { kernelFeatures, policyFeatures: kernelFeatures };

const MODES = ["", "enforce", "complain", "kill", "unconfined", "prompt", "default_allow"];
const FLAGS = [
  "audit",
  "debug",
  "interruptible",
  "attach_disconnected",
  "attach_disconnected.path=/lost",
  "attach_disconnected.ipc",
  "attach_disconnected.ipc=/ipc",
  "chroot_relative",
  "chroot_attach",
  "mediate_deleted",
  "namespace_relative",
  "delegate_deleted",
  "kill.signal=term",
  "error=EPERM",
];
const XATTRS = ["", "", "xattrs=(user.a)", 'xattrs=(security.x="b*" user.y)', 'xattrs=(user.a="v" user.b="w?" user.c)'];

const PLAIN = ["/usr/bin/a", "/usr/bin/a*", "/{,usr/}bin/[ab]"];
const ATTACHMENTS = [
  ...PLAIN,
  "/usr/{bin/a,lib/{b*,c},x/[,]*}",
  "/{,usr/}{,s}bin/{a,b{c,d*}}",
  "/opt/**/run",
  "/a/b,c",
  '"/opt/My Tool/{run,walk*}"',
  "/usr/bin/{a.b,[a-c]x,?y}",
];

function head(random: Random): string {
  const flags = [random.pick(MODES), ...FLAGS.filter(() => random.below(5) === 0)].filter((flag) => flag !== "");
  const xattrs = random.pick(XATTRS);
  // With attributes and many branches one state stands for a path and a value: the values are then in a comment.
  const attachment = xattrs === "" ? random.pick(["", random.pick(ATTACHMENTS)]) : random.pick(PLAIN);
  return ` ${attachment} ${xattrs} ${flags.length === 0 ? "" : `flags=(${flags.join(", ")})`}`;
}

function policy(random: Random): string {
  const children = Array.from({ length: random.below(3) }, (_, at) => {
    if (random.below(2) === 0) return `^h${at} {\n/h${at} r,\n}`;
    const child = `${random.pick(["", "/usr/bin/"])}c${at}`;
    return `profile ${child}${head(random)} {\n/c${at} w,\n/x Cx -> ${child},\n}`;
  });
  const name = random.pick(["p", '"p q"', ":ns:p", "/usr/bin/p"]);
  return `profile ${name}${head(random)} {\n/a r,\nsignal,\n${children.join("\n")}\n}\nprofile z//y {\n/z r,\n}\nprofile z {\n/y r,\n}\n`;
}

test("heads and families that are printed, compiled again, are the same policy", () => {
  const random = new Random(20261201);
  let compared = 0;
  let families = 0;
  for (let round = 0; round < 150; round += 1) {
    const text = policy(random);
    const first = compileText(text, options);
    if (first.errors.some(({ code }) => code !== "resolve/flag-conflict")) assert.fail(text);
    if (first.errors.length > 0) continue;
    const printed = renderPolicy(first.policy);
    const again = compileText(printed, options);
    assert.deepEqual(
      [...again.errors.map(({ message }) => message), ...comparePolicies(first.policy, again.policy)],
      [],
      `${text}\n${printed}`,
    );
    compared += 1;
    if (first.policy.profiles.length > 3) families += 1;
  }
  assert.ok(compared > 80 && families > 25, `${compared} policies, ${families} families`);
});

test("no flag is printed as a number", () => {
  for (const flag of [...MODES.slice(1), ...FLAGS]) {
    const { policy: made, errors } = compileText(`profile p flags=(${flag}) {\n}\n`, options);
    assert.deepEqual(errors, []);
    const comments = renderPolicy(made).replace(/, abi: \d+/, "");
    assert.doesNotMatch(comments, /0x|: \d/, flag);
  }
});
