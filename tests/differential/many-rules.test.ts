/** Thousands of rules that begin alike: they are built together (`compile/factored.ts`), and decide what 5.0.2's do. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileWithOracle, findOracle } from "../support/oracle.ts";
import { compileText } from "../support/pipeline.ts";
import { assertSamePolicy } from "../support/policy-equality.ts";

const oracle = await findOracle();
const text = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
const features = parseFeatures(text).tree;

const COUNT = 1000;
/** No two alike, and of different lengths. */
const name = (at: number): string => (Math.imul(at + 1, 0x9e3779b1) >>> 0).toString(36);

const kinds: Readonly<Record<string, (at: number) => string>> = {
  "peers of unix sockets": (at) => `unix (send receive) type=stream peer=(addr=@${name(at)} label=l${name(at)})`,
  "files behind `**`": (at) => `/srv/**/${name(at)} ${["r", "rw", "rk"][at % 3]}`,
  "files behind two stars": (at) => `/srv/*/x/**/${name(at % 700)}.d/${name(at)} r`,
  "files in homes": (at) => `owner /{home/*,root}/.config/${name(at)}/** rw`,
  "files of which some are denied": (at) =>
    `${at % 5 === 0 ? "deny " : ""}/var/**/${name(at)}${at % 2 === 0 ? "" : "*"} rw`,
  "members on buses": (at) => `dbus send bus=session interface=org.{a,b}.* member=${name(at)}`,
  "mounts from anywhere": (at) => `mount fstype=ext4 -> /mnt/**/${name(at)}/`,
  "programs with targets": (at) => `/opt/**/${name(at)} ${at % 4 === 0 ? "ix" : "px"}`,
};

for (const [kind, rule] of Object.entries(kinds)) {
  test(`${COUNT} rules: ${kind}`, { skip: oracle.ok ? false : oracle.error }, () => {
    if (!oracle.ok) return;
    const profile = `profile many {\n${Array.from({ length: COUNT }, (_, at) => `  ${rule(at)},\n`).join("")}}\n`;
    const session = createCompileSession();
    const ours = compileText(profile, { kernelFeatures: features, policyFeatures: features, session });
    assert.deepEqual(ours.errors, []);
    const theirs = compileWithOracle(oracle.value, profile, text, ["--policy-features", "features"]);
    assert.equal(theirs.status, 0, theirs.stderr);
    assertSamePolicy(ours.stream(), theirs.stdout, kind);
  });
}

test("one path that is longer than a call may have arguments stands among many rules", () => {
  const rules = Array.from({ length: COUNT }, (_, at) => `  /srv/**/${name(at)} r,\n`).join("");
  const long = `  /${"a".repeat(300_000)} r,\n`;
  const options = { kernelFeatures: features, policyFeatures: features, session: createCompileSession() };
  const { errors, policy } = compileText(`profile many {\n${rules}${long}}\n`, options);
  assert.deepEqual(errors, []);
  assert.ok((policy.profiles[0]?.file?.dfa.stateCount ?? 0) > 300_000);
});
