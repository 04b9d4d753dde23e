/** All policy Debian ships, compiled by us and by the reference compiler: the same decisions in every automaton. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { comparePolicies, decodePolicy, encodePolicy } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { createResolveSession } from "../../src/language/resolve/index.ts";
import { findOracle } from "../support/oracle.ts";
import { compileOracleFiles } from "../support/oracle-batch.ts";
import { compileFile, filesBelow, type PipelineResult } from "../support/pipeline.ts";
import { renderDifference } from "../support/policy-equality.ts";

const found = await findOracle();
const skip = found.ok ? false : found.error;
const folders = ["/etc/apparmor.d", "/usr/share/apparmor/extra-profiles"];

/** Profile files, by their names inside the tree. */
function shippedFiles(root: string): readonly string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
    .filter((path) => !path.endsWith("README") && statSync(join(root, path)).isFile())
    .toSorted();
}

describe("shipped policy", { skip }, () => {
  for (const kernel of ["6.1", "6.12", "7.2"]) {
    it(`decides on ${kernel} as the reference compiler's does, also after encoding`, () => {
      assert.ok(found.ok);
      const oracle = found.value;
      const features = readFileSync(`tests/corpus/features/debian-kernel-${kernel}`, "utf8");
      const paths = shippedFiles(oracle.root);
      const theirs = compileOracleFiles(oracle, paths, { kernel: features, policy: "built-in", args: ["-q"] });
      const files = filesBelow(oracle.root);
      const shared = { session: createCompileSession(), resolveSession: createResolveSession(files) };
      const options = { kernelFeatures: parseFeatures(features).tree, files, search: ["/etc/apparmor.d"], ...shared };
      const differences: string[] = [];
      let automata = 0;
      for (const [index, path] of paths.entries()) {
        const ours = compileFile(path, options);
        differences.push(...compare(ours, theirs[index]?.stream).map((line) => `${path}: ${line}`));
        for (const { xmatch, file, policydb } of ours.policy.profiles) {
          automata += [xmatch, file, policydb].filter((automaton) => automaton !== undefined).length;
        }
      }
      assert.deepEqual(differences.slice(0, 20), [], `${differences.length} differences`);
      assert.ok(automata > 500, `only ${automata} automata compared`);
    });
  }
});

function compare(ours: PipelineResult, theirs: Uint8Array | undefined): readonly string[] {
  if (theirs === undefined || ours.errors.length > 0) {
    const problems = ours.errors.map(({ message }) => message);
    return (theirs === undefined) === problems.length > 0 ? [] : [`verdicts differ ${problems.join("; ")}`];
  }
  const decoded = decodePolicy(theirs);
  const again = decodePolicy(encodePolicy(ours.policy));
  if (!decoded.ok || !again.ok) return ["not decodable"];
  return comparePolicies(again.value, decoded.value).map(renderDifference);
}
