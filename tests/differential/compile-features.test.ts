/** Feature sets no shipped kernel has, under which the reference compiler and we must still decide alike. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodePolicy, comparePolicies } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileWithOracle, findOracle } from "../support/oracle.ts";
import { compileText } from "../support/pipeline.ts";
import { renderDifference } from "../support/policy-equality.ts";

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
