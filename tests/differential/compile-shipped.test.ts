/** All policy Debian ships, compiled by us and by the reference compiler: the same decisions in every automaton. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { openOracle } from "../../lab/index.ts";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { comparePolicies } from "../../src/analysis/tables/index.ts";
import {
  decodePolicy,
  encodePolicy,
  type KernelGeneration,
  kernelGenerations,
  validatePolicy,
} from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { createResolveSession } from "../../src/language/resolve/index.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { dose } from "../support/dose.ts";
import { compileOracleFiles } from "../support/oracle-batch.ts";
import { compileFile, filesBelow, type PipelineResult } from "../support/pipeline.ts";
import { renderDifference } from "../support/policy-equality.ts";

const found = await findOracle();
const bookworm = await openOracle("bookworm");
const skip = found.ok ? false : found.error;
const folders = ["/etc/apparmor.d", "/usr/share/apparmor/extra-profiles"];

/** A Debian release's policy inside the oracle's tree. */
interface Release {
  readonly name: string;
  /** Put before every path; empty for the oracle's own policy. */
  readonly prefix: string;
}

/** Bookworm's policy is copied to where the reference compiler, which is sid's, can read it. */
function releasesIn(root: string): readonly Release[] {
  const own = { name: "sid", prefix: "" };
  if (!bookworm.ok) return [own];
  const copy = mkdtempSync(join(root, "tmp/armorer-bookworm-"));
  for (const folder of folders) {
    cpSync(join(bookworm.value.root, folder), join(copy, folder), { recursive: true });
  }
  process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
  return [own, { name: "bookworm", prefix: copy.slice(root.length) }];
}

/** Profile files, by their names inside the tree. */
function shippedFiles(root: string, { prefix }: Release): readonly string[] {
  return folders
    .map((folder) => `${prefix}${folder}`)
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
    .filter((path) => !path.endsWith("README") && statSync(join(root, path)).isFile())
    .toSorted();
}

describe("shipped policy", { skip }, () => {
  if (!found.ok) return;
  const oracle = found.value;
  const releases = releasesIn(oracle.root);
  for (const release of releases) {
    for (const kernel of release === releases[0]
      ? kernelGenerations
      : dose(kernelGenerations.slice(0, 1), kernelGenerations)) {
      it(`of ${release.name} decides on ${kernel} as the reference compiler's does, also after encoding`, () => {
        const { differences, automata } = compareRelease(oracle, release, kernel);
        assert.deepEqual(differences.slice(0, 20), [], `${differences.length} differences`);
        assert.ok(automata > 400, `only ${automata} automata compared`);
      });
    }
  }
});

function compareRelease(
  oracle: Oracle,
  release: Release,
  kernel: KernelGeneration,
): { readonly differences: readonly string[]; readonly automata: number } {
  const features = readFileSync(`tests/corpus/features/debian-kernel-${kernel}`, "utf8");
  const base = `${release.prefix}/etc/apparmor.d`;
  const paths = shippedFiles(oracle.root, release);
  const args = ["-q", "--base", base];
  const theirs = compileOracleFiles(oracle, paths, { kernel: features, policy: "built-in", args });
  const files = filesBelow(oracle.root);
  const shared = { session: createCompileSession(), resolveSession: createResolveSession(files) };
  const options = { kernelFeatures: parseFeatures(features).tree, files, search: [base], ...shared };
  const differences: string[] = [];
  let automata = 0;
  for (const [index, path] of paths.entries()) {
    const ours = compileFile(path, options);
    differences.push(...compare(ours, theirs[index]?.stream).map((line) => `${path}: ${line}`));
    const refusals = ours.policy.profiles.length === 0 ? [] : validatePolicy(ours.stream(), kernel);
    differences.push(...refusals.map(({ message }) => `${path}: the kernel would refuse it: ${message}`));
    for (const { xmatch, file, policydb } of ours.policy.profiles) {
      automata += [xmatch, file, policydb].filter((automaton) => automaton !== undefined).length;
    }
  }
  return { differences, automata };
}

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
