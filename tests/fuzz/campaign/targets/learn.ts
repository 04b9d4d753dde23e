/** Whatever a log says, what is learned from it is written, allows what was confirmed and nothing else, and compiles. */
import { groupEvents, readLog } from "../../../../src/learning/audit/index.ts";
import { hostileLog } from "../../../support/hostile-logs.ts";
import { checkLearning, chooser, emptyTally, learner } from "../../../support/learn-law.ts";
import { Random } from "../../../support/random.ts";
import { auditLines } from "../lines.ts";
import type { Mutator, Target } from "../target.ts";
import { audit } from "./audit.ts";

const lines: Mutator = (text, random) => [text, ...hostileLog(random, 1 + random.below(4), 0.2)].join("\n");

const ofPolicy: Mutator = (text, random) =>
  text.replace(/profile="[^"]*"/, () => `profile="${random.pick(["web", "web//worker", "web//hat", "mail", "db"])}"`);

export const learn: Target = {
  ...audit,
  name: "learn",
  seeds: () => {
    const recorded = auditLines().filter((line) => line.includes("DENIED") || line.includes("ALLOWED"));
    return [...recorded, ...recorded.map((_, seed) => hostileLog(new Random(seed), 3, 0.1).join("\n"))];
  },
  mutators: [...(audit.mutators ?? []), lines, ofPolicy],
  dose: 150,
  law: (input) => {
    const groups = groupEvents(
      readLog(input.split("\n")).events.map(({ event }) => event),
      learner.keyOf,
    );
    const tally = emptyTally();
    const choose = chooser(new Random(input.length));
    checkLearning({ groups, createProfiles: input.length % 2 === 0, choose }, tally);
    return tally.written > 0;
  },
};
