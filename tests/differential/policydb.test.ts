/** What the reference compiler writes, read by us: questions with known answers, and all policy that Debian ships. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodePolicy, encodePolicy, validatePolicy } from "../../src/compiler/policydb/index.ts";
import { checkProbe, type CompileCase, readCompileCases } from "../support/compile-cases.ts";
import { dose } from "../support/dose.ts";
import { compileWithOracle, findOracle, type Oracle } from "../support/oracle.ts";
import { assertSamePolicy } from "../support/policy-equality.ts";
import { decoded, withoutLayouts } from "../support/streams.ts";

const found = await findOracle();
const oracle = found.ok ? found.value : undefined;
const skip = found.ok ? false : found.error;

const corpus = new URL("../../../tests/corpus/", import.meta.url);

function compileCase(parser: Oracle, entry: CompileCase, features: string): Uint8Array {
  const own = ["-q", "-Q", "-K", "--config-file", "/dev/null", "--kernel-features", "features", "-S", "profile"];
  const run = entry.features.endsWith("+none")
    ? parser.run(own, { profile: entry.profile_text, features })
    : compileWithOracle(parser, entry.profile_text, features);
  assert.equal(run.status, 0, `${entry.name}: ${run.stderr}`);
  return run.stdout;
}

test("every question of the compile cases is answered from the reference compiler's bytes", { skip }, () => {
  assert.ok(oracle !== undefined);
  const { features, cases } = readCompileCases();
  let asked = 0;
  for (const entry of cases) {
    if (entry.probes === undefined || entry.probes.length === 0) continue;
    const text = features[entry.features.replace(/\+none$/, "")];
    assert.ok(text !== undefined, entry.features);
    const policy = decoded(compileCase(oracle, entry, text));
    for (const probe of entry.probes) {
      checkProbe(policy, probe, `${entry.name} ${probe.input}`);
      asked += 1;
    }
  }
  assert.equal(asked, 352);
});

const kernels = dose(["6.1", "7.2"] as const, ["6.1", "6.12", "7.2"] as const);

function kernelFeatures(kernel: string): string {
  return readFileSync(new URL(`features/debian-kernel-${kernel}`, corpus), "utf8");
}

/** Names, from the root of the oracle's tree, of all profile files that are shipped. */
function shippedProfiles(root: string): readonly string[] {
  return ["/etc/apparmor.d", "/usr/share/apparmor/extra-profiles"].flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    const files = readdirSync(join(root, folder)).filter((name) => name !== "README");
    return files.map((name) => join(folder, name)).filter((path) => statSync(join(root, path)).isFile());
  });
}

const known = new Map<string, readonly Uint8Array[]>();

/** The streams of all shipped profiles, in batches of files; compiled once for each feature set. */
function shippedStreams(parser: Oracle, features: string): readonly Uint8Array[] {
  const before = known.get(features);
  if (before !== undefined) return before;
  const files = shippedProfiles(parser.root);
  // one job: several would write into each other's output
  const args = ["-q", "-Q", "-K", "-j1", "--max-jobs=1", "--config-file", "/dev/null", "-M", "features", "-S"];
  const streams: Uint8Array[] = [];
  for (let at = 0; at < files.length; at += 20) {
    streams.push(parser.run([...args, ...files.slice(at, at + 20)], { features }).stdout);
  }
  known.set(features, streams);
  return streams;
}

test("all shipped profiles are read, found loadable, and come out byte for byte, for every kernel", { skip }, () => {
  assert.ok(oracle !== undefined);
  for (const kernel of kernels) {
    let profiles = 0;
    for (const stream of shippedStreams(oracle, kernelFeatures(kernel))) {
      const policy = decoded(stream);
      profiles += policy.profiles.length;
      assert.deepEqual(validatePolicy(stream, kernel), []);
      assert.equal(Buffer.compare(encodePolicy(policy), stream), 0, policy.profiles[0]?.name);
    }
    assert.ok(profiles > 100, `only ${profiles} profiles`);
  }
});

test("the new encoding decides as the old one does, for all shipped profiles", { skip }, () => {
  assert.ok(oracle !== undefined);
  const features = kernelFeatures("7.2");
  const old = features.replace(/permstable32_version \{[^}]*\}\n/, "").replace(/diff-encode \{yes\n\}\n/, "");
  assert.ok(old.length < features.length - 40);
  const younger = shippedStreams(oracle, features);
  for (const [i, stream] of shippedStreams(oracle, old).entries()) {
    assert.ok(decoded(stream).profiles.every(({ file }) => file?.permissions.kind !== "table"));
    assertSamePolicy(younger[i] ?? new Uint8Array(), stream);
  }
});

test(
  "our own encoding of all shipped profiles decides the same and is not larger by more than 5 percent",
  { skip },
  () => {
    assert.ok(oracle !== undefined);
    for (const kernel of kernels) {
      let theirs = 0;
      let ours = 0;
      for (const stream of shippedStreams(oracle, kernelFeatures(kernel))) {
        const own = encodePolicy({ profiles: decoded(stream).profiles.map(withoutLayouts) });
        assert.ok(decodePolicy(own).ok);
        assertSamePolicy(own, stream);
        theirs += stream.length;
        ours += own.length;
      }
      assert.ok(ours <= 1.05 * theirs, `${kernel}: ${ours} bytes against ${theirs}`);
    }
  },
);
