import { readFileSync } from "node:fs";
import { comparePolicies, decodePolicy } from "../../src/compiler/policydb/index.ts";
import { compilePolicy, createCompileSession } from "../../src/compiler/compile/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { randomPolicy, randomProfiles } from "../support/random-policy.ts";
import { renderDifference } from "../support/policy-equality.ts";

const [kernelName = "7.2", from = "1", count = "200", only, synth, abi] = process.argv.slice(2);
let kernel = readFileSync(`tests/corpus/features/debian-kernel-${kernelName}`, "utf8");
if (synth === "old") kernel = kernel.replace("network_v8 {", "network {af_unix {yes\n}\n");
if (synth === "both") kernel = kernel.replace("network_v8 {", "network {af_unix {yes\n}\n}\nnetwork_v8 {");
if (synth === "v7") kernel = kernel.replace("network_v8 {", "network {");
if (synth === "synth") kernel = JSON.parse(readFileSync("/work/shared/spec/cases/compile.json", "utf8")).features.synth;
const policyText =
  abi === undefined || abi === ""
    ? undefined
    : abi === "none"
      ? "built-in"
      : readFileSync(`/opt/oracle/sid/etc/apparmor.d/abi/${abi}`, "utf8");
const oracle = findOracle();
if (oracle === undefined) throw new Error("no oracle");
const seeds = Array.from({ length: Number(count) }, (_, i) => Number(from) + i);
const policies = seeds.map((seed) =>
  only === "profiles"
    ? randomProfiles(seed)
    : randomPolicy(seed, only === undefined || only === "" ? undefined : only.split(",")),
);
const results = compileBatch(
  oracle,
  policies.map(({ text }) => text),
  { kernel, policy: policyText, args: ["-q"] },
);
const session = createCompileSession();
const features = parseFeatures(kernel).tree;
const policyFeatures =
  abi === undefined || abi === "" ? features : abi === "none" ? undefined : parseFeatures(policyText ?? "").tree;
let same = 0,
  refused = 0,
  shown = 0,
  different = 0;
const time = Date.now();
for (const [i, { text, policy }] of policies.entries()) {
  const result = results[i]!;
  const ours = compilePolicy(policy, { kernelFeatures: features, policyFeatures, session });
  const errors = ours.diagnostics.filter((d) => d.severity === "error");
  if (result.stream === undefined || errors.length > 0) {
    if ((result.stream === undefined) === errors.length > 0) {
      refused += 1;
      continue;
    }
    different += 1;
    if (shown++ < 5)
      console.log(
        `seed ${seeds[i]} VERDICT ours ${errors.map((e) => e.message).join("; ")} oracle ${result.messages}\n${text}`,
      );
    continue;
  }
  const decoded = decodePolicy(result.stream);
  if (!decoded.ok) {
    console.log("cannot decode", decoded.error);
    continue;
  }
  const noQuiet = (policy: typeof decoded.value): typeof decoded.value => ({
    profiles: policy.profiles.map((p) => ({
      ...p,
      netAllowedAf: p.netAllowedAf?.map((v, i) => (i % 3 === 2 ? 0 : v)),
    })),
  });
  const differences = comparePolicies(noQuiet(ours.value), noQuiet(decoded.value), 3);
  if (differences.length === 0) {
    same += 1;
    continue;
  }
  different += 1;
  if (shown++ < 5)
    console.log(
      `seed ${seeds[i]}\n${text}${differences
        .slice(0, 4)
        .map((d) => renderDifference(d).slice(0, 300))
        .join("\n")}\n${result.messages}`,
    );
}
console.log({ same, refused, different, ms: Date.now() - time });
