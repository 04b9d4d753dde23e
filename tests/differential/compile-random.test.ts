/** Random profiles of every rule class, compiled by us and by the reference compiler: the same verdicts and the same decisions. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import { comparePolicies } from "../../src/analysis/tables/index.ts";
import { decodePolicy, encodePolicy } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { readCompileCases } from "../support/compile-cases.ts";
import { dose } from "../support/dose.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { type BatchResult, compileBatch } from "../support/oracle-batch.ts";
import { compileText, type PipelineResult } from "../support/pipeline.ts";
import { renderDifference } from "../support/policy-equality.ts";
import { randomPolicy, randomProfiles } from "../support/random-policy.ts";
import { widePolicy } from "../support/wide-policy.ts";

const found = await findOracle();
const skip = found.ok ? false : found.error;

interface Round {
  readonly name: string;
  readonly kernel: string;
  /** No policy features are given: the built-in ones count. */
  readonly builtIn?: boolean;
  readonly firstSeed: number;
  readonly count: number;
  readonly make: (seed: number) => string;
}

const kernel = (name: string): string => readFileSync(`tests/corpus/features/debian-kernel-${name}`, "utf8");
const sockets = ["network", "network", "unix", "mqueue"];
const v7 = kernel("6.1").replace("network_v8 {", "network {af_unix {yes\n}\n");

const any = (seed: number): string => randomPolicy(seed).text;
const socket = (seed: number): string => randomPolicy(seed, sockets).text;
/** 5.0.2 keeps states alive for prompt rules that an old kernel cannot ask for. */
const silent = (seed: number): string => widePolicy(seed, { prompt: false });
const synthetic = readCompileCases().features["synth"] ?? "";

const rounds: readonly Round[] = [
  {
    name: "all rules, 7.2",
    kernel: kernel("7.2"),
    firstSeed: 100_000,
    count: dose(600, 1500),
    make: any,
  },
  { name: "all rules, 6.1", kernel: kernel("6.1"), firstSeed: 200_000, count: dose(160, 400), make: any },
  {
    name: "all rules, 6.12",
    kernel: kernel("6.12"),
    firstSeed: 300_000,
    count: dose(80, 200),
    make: any,
  },
  {
    name: "no abi",
    kernel: kernel("7.2"),
    builtIn: true,
    firstSeed: 400_000,
    count: dose(120, 300),
    make: any,
  },
  {
    name: "profiles",
    kernel: kernel("7.2"),
    firstSeed: 500_000,
    count: dose(240, 600),
    make: (seed) => randomProfiles(seed).text,
  },
  {
    name: "fine-grained sockets",
    kernel: synthetic,
    firstSeed: 600_000,
    count: dose(160, 400),
    make: socket,
  },
  {
    name: "the old network class",
    kernel: v7,
    firstSeed: 700_000,
    count: dose(40, 100),
    make: socket,
  },
  {
    name: "wide texts, 7.2",
    kernel: kernel("7.2"),
    firstSeed: 800_000,
    count: dose(280, 700),
    make: (seed) => widePolicy(seed),
  },
  { name: "wide texts, 6.1", kernel: kernel("6.1"), firstSeed: 810_000, count: dose(100, 250), make: silent },
  {
    name: "wide texts, 6.12, no abi",
    kernel: kernel("6.12"),
    builtIn: true,
    firstSeed: 820_000,
    count: dose(60, 150),
    make: silent,
  },
  {
    name: "wide texts, all classes",
    kernel: synthetic,
    firstSeed: 830_000,
    count: dose(160, 400),
    make: (seed) => widePolicy(seed),
  },
];

describe("random policy", { skip }, () => {
  for (const round of rounds) {
    it(`is compiled as by the reference compiler (${round.name})`, () => {
      assert.ok(found.ok);
      const oracle = found.value;
      const { differences, same } = runRound(round, oracle);
      assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differences`);
      assert.ok(same > round.count * 0.85, `only ${same} policies were accepted and compared`);
    });
  }

  it("is 2000 policies in all, 5000 in a whole run", () => {
    assert.equal(
      rounds.reduce((sum, { count }) => sum + count, 0),
      dose(2000, 5000),
    );
  });
});

function runRound(round: Round, parser: Oracle): { readonly differences: readonly string[]; readonly same: number } {
  const seeds = Array.from({ length: round.count }, (_, index) => round.firstSeed + index);
  const made = seeds.map(round.make);
  const options = { kernel: round.kernel, args: ["-q"], policy: round.builtIn === true ? "built-in" : undefined };
  const theirs = compileBatch(parser, made, options);
  const features = parseFeatures(round.kernel).tree;
  const policyFeatures = round.builtIn === true ? undefined : features;
  const shared = { kernelFeatures: features, policyFeatures, session: createCompileSession() };
  const differences: string[] = [];
  let same = 0;
  for (const [index, text] of made.entries()) {
    const result = theirs[index];
    assert.ok(result !== undefined);
    const ours = compileText(text, shared);
    const lines = compare(ours, result);
    if (lines.length > 0) differences.push(`seed ${seeds[index]}\n${text}${lines.slice(0, 3).join("\n")}`);
    else if (result.stream !== undefined) same += 1;
  }
  return { differences, same };
}

function compare(ours: PipelineResult, theirs: BatchResult): readonly string[] {
  if (theirs.stream === undefined || ours.errors.length > 0) {
    const refused = ours.errors.length > 0;
    const messages = ours.errors.map(({ message }) => message).join("; ");
    return refused === (theirs.stream === undefined)
      ? []
      : [`verdicts differ: ours ${messages}, theirs ${theirs.messages}`];
  }
  const expected = decodePolicy(theirs.stream);
  const actual = decodePolicy(encodePolicy(ours.policy));
  if (!expected.ok || !actual.ok) return ["not decodable"];
  const [ourOrder, theirOrder] = [actual.value, expected.value].map((policy) =>
    policy.profiles.map(({ name }) => name).join(" "),
  );
  if (ourOrder !== theirOrder) return [`order ${ourOrder} against ${theirOrder}`];
  return comparePolicies(withoutQuietTypes(actual.value), withoutQuietTypes(expected.value), 3).map(renderDifference);
}

type Decoded = Extract<ReturnType<typeof decodePolicy>, { ok: true }>["value"];

/** The quiet words of the old network table are the wrong way round in 5.0.2 (compile-semantics D14). */
function withoutQuietTypes(policy: Decoded): Decoded {
  return {
    profiles: policy.profiles.map((profile) => ({
      ...profile,
      netAllowedAf: profile.netAllowedAf?.map((types, index) => (index % 3 === 2 ? 0 : types)),
    })),
  };
}
