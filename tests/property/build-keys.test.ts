/** Build keys: the same one means the same automaton, whatever session, order of rules or options it comes from. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  type CompileOptions,
  type Obtain,
  compilePolicyWith,
  createCompileSession,
} from "../../src/compiler/compile/index.ts";
import { encodeAutomaton, type EncodedAutomaton } from "../../src/compiler/policydb/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Policy } from "../../src/language/model/index.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { Random } from "../support/random.ts";

const features = (kernel: string): CompileOptions["kernelFeatures"] =>
  parseFeatures(
    readFileSync(join(import.meta.dirname, "../../../tests/corpus/features", `debian-kernel-${kernel}`), "utf8"),
  ).tree;
const [older, newer] = [features("6.1"), features("7.2")];

const seeds = Array.from({ length: 250 }, (_, index) => index + 1);

/** All automata are built; two of one build key must be one. */
function comparing(known: Map<string, string>): { readonly obtain: Obtain<EncodedAutomaton>; readonly met: string[] } {
  const met: string[] = [];
  const obtain: Obtain<EncodedAutomaton> = ({ buildKey, build }) => {
    const built = build();
    if (built === undefined) return undefined;
    const encoded = encodeAutomaton(built, false);
    const text = buildKey();
    const parts = [encoded.fields, encoded.tables].map((bytes) => Buffer.from(bytes).toString("base64"));
    const content = JSON.stringify([...parts, encoded.transitions]);
    assert.equal(known.get(text) ?? content, content, text);
    known.set(text, content);
    met.push(text);
    return encoded;
  };
  return { obtain, met };
}

function shuffle(policy: Policy, random: Random): Policy {
  const profiles = policy.profiles.map((profile) => ({
    ...profile,
    rules: [...profile.rules, ...profile.rules]
      .map((rule) => ({ rule, key: random.next() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ rule }) => rule),
  }));
  return { ...policy, profiles };
}

describe("build keys", () => {
  it("say all that decides about an automaton", () => {
    const known = new Map<string, string>();
    const { obtain, met } = comparing(known);
    const shared = createCompileSession();
    const ways: readonly CompileOptions[] = [
      { kernelFeatures: newer, overrideFeatures: newer },
      { kernelFeatures: newer, overrideFeatures: newer, session: shared },
      { kernelFeatures: newer, overrideFeatures: newer, session: shared, diffEncode: false },
      { kernelFeatures: newer, overrideFeatures: newer, session: shared, equivalenceClasses: true },
      { kernelFeatures: newer, overrideFeatures: older, session: shared, state32: false },
      { kernelFeatures: older, overrideFeatures: older, session: shared },
    ];
    for (const seed of seeds) for (const way of ways) compilePolicyWith(obtain, randomPolicy(seed).policy, way);
    assert.ok(known.size > 1000 && met.length > known.size + 500, `${known.size} of ${met.length}`);
  });

  it("do not depend on the order of rules or on how often they are written", () => {
    const random = new Random(5);
    const options = { kernelFeatures: newer, overrideFeatures: newer };
    for (const seed of seeds) {
      const { policy } = randomPolicy(seed);
      const [plain, mixed] = [comparing(new Map()), comparing(new Map())];
      compilePolicyWith(plain.obtain, policy, options);
      compilePolicyWith(mixed.obtain, shuffle(policy, random), options);
      assert.deepEqual(mixed.met, plain.met, `seed ${seed}`);
    }
  });
});
