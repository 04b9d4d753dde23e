/** Feature sets no shipped kernel has, under which the reference compiler and we must still decide alike. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { comparePolicies } from "../../src/analysis/tables/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { type FeatureTree, parseFeatures, printFeatures } from "../../src/language/features/index.ts";
import { compileWithOracle, findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { compileText } from "../support/pipeline.ts";
import { compareStreams, renderDifference } from "../support/policy-equality.ts";
import { Random } from "../support/random.ts";
import { kernels } from "../support/recorded-policies.ts";
import { widePolicy } from "../support/wide-policy.ts";

const oracle = await findOracle();
const newest = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");

test(
  "a kernel with both generations of AF_UNIX mediation has both classes mediated",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const features = `${newest}network {af_unix {yes\n}\n}\n`;
    const text = "profile t { /a r, unix send peer=(label=x), network inet stream, }\n";
    const theirs = decodePolicy(compileWithOracle(oracle.value, text, features).stdout);
    const { tree } = parseFeatures(features);
    const ours = decodePolicy(compileText(text, { kernelFeatures: tree, policyFeatures: tree }).stream());
    assert.ok(theirs.ok && ours.ok);
    assert.deepEqual(comparePolicies(ours.value, theirs.value).map(renderDifference), []);
  },
);

test(
  "feature sets with leaves and branches missing, other for the kernel than for the policy",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    const random = new Random(900_000);
    const sets = [newest, kernels["interfaces"] ?? "", readFileSync("policy/abi/4.0", "utf8")];
    const thin = (): string => printFeatures(thinned(parseFeatures(random.pick(sets)).tree, random));
    const differences: string[] = [];
    let same = 0;
    for (let round = 0; round < 20; round += 1) {
      const [kernel, policy] = [thin(), thin()];
      // Where the kernel cannot ask, 5.0.2 keeps states alive for prompt rules.
      const texts = Array.from({ length: 15 }, (_, index) =>
        widePolicy(910_000 + round * 15 + index, { prompt: false }),
      );
      const theirs = compileBatch(oracle.value, texts, { kernel, policy, args: ["-q"] });
      const features = { kernelFeatures: parseFeatures(kernel).tree, policyFeatures: parseFeatures(policy).tree };
      for (const [index, text] of texts.entries()) {
        const stream = theirs[index]?.stream;
        const ours = compileText(text, features);
        if (ours.errors.length > 0 || stream === undefined) {
          if ((stream === undefined) !== ours.errors.length > 0) differences.push(`${text}verdicts differ`);
          continue;
        }
        // The old network table is not right in 5.0.2 (known-differences.md).
        const found = compareStreams(ours.stream(), stream).filter(({ part }) => part !== "netAllowedAf");
        const lines = found.map(renderDifference);
        if (lines.length > 0) differences.push(`${kernel}\n${policy}\n${text}${lines.join("\n")}`);
        same += 1;
      }
    }
    assert.deepEqual(differences, []);
    assert.ok(same > 200, `only ${same} policies were compared`);
  },
);

/** The tree with each entry left out with the same chance. */
function thinned(tree: FeatureTree, random: Random): FeatureTree {
  const entries = [...tree.entries].flatMap(([name, below]) => {
    if (random.chance(0.12)) return [];
    return [[name, isTree(below) ? thinned(below, random) : below] as const];
  });
  return { entries: new Map(entries) };
}

function isTree(entry: FeatureTree | readonly string[]): entry is FeatureTree {
  return !Array.isArray(entry);
}

/** Texts once compiled otherwise than 5.0.2 does it. */
const texts = [
  "profile t { network peer=(label=a), }",
  "profile t { network stream peer=(label=a), }",
  "profile t { deny network peer=(label=a), }",
  "profile t flags=(attach_disconnected.path=//a//) { }",
  "@{X}=@{profile_name} /a\nprofile z { @{X} r, ^h { @{X} r, } }\nprofile a { @{X} r, }\n",
  "@{X}=@{profile_name} /a\n@{N}=c\nprofile p@{N} { @{X} r, }\nprofile pA { @{X} r, ^x { } ^a { @{X} w, } }\n",
];

test(
  "conditions on the peer alone, slashes of a flag and variables of profiles mean what they mean to 5.0.2",
  { skip: oracle.ok ? false : oracle.error },
  () => {
    if (!oracle.ok) return;
    for (const kernel of ["debian-kernel-6.1", "debian-kernel-6.12", "debian-kernel-7.2"]) {
      const features = readFileSync(`tests/corpus/features/${kernel}`, "utf8");
      const { tree } = parseFeatures(features);
      for (const text of texts) {
        const theirs = decodePolicy(compileWithOracle(oracle.value, text, features).stdout);
        const ours = decodePolicy(compileText(text, { kernelFeatures: tree, policyFeatures: tree }).stream());
        assert.ok(theirs.ok && ours.ok, text);
        assert.deepEqual(comparePolicies(ours.value, theirs.value).map(renderDifference), [], `${kernel}: ${text}`);
      }
    }
  },
);
