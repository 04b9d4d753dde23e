/** The law of learning on logs that are bent: real writes, into a policy in memory. */
import { Random } from "../../../support/random.ts";
import { hostileLog } from "../../../support/hostile-logs.ts";
import { checkLearnLaw } from "../../../support/learn-law.ts";
import { auditLines } from "../lines.ts";
import type { Target } from "../target.ts";
import { audit } from "./audit.ts";

/** Logs of a few lines on the policy of the law; the recorded lines speak of profiles that it does not have. */
function shortLogs(): readonly string[] {
  const random = new Random(20261129);
  return Array.from({ length: 300 }, () => hostileLog(random, 1 + random.below(6), 0).join("\n"));
}

/** The answers hang on the input alone, so that it can be tried again. */
function seedOf(input: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < input.length; at += 1) hash = Math.imul(hash ^ input.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

export const learn: Target = {
  ...audit,
  name: "learn",
  seeds: () => [...shortLogs(), ...auditLines().filter((line) => line.includes("DENIED") || line.includes("ALLOWED"))],
  dose: 400,
  law: (input) => {
    const random = new Random(seedOf(input));
    const choose = random.chance(0.5)
      ? undefined
      : ({ candidates }: { readonly candidates: readonly unknown[] }) => random.below(candidates.length + 1);
    const { written } = checkLearnLaw(input.split("\n"), { createProfiles: random.chance(0.7), choose });
    return written > 0;
  },
};
