/** Whatever a log says, something can be learned from it or nothing, and what is learned is policy. */
import assert from "node:assert/strict";
import { printProfile } from "../../../../src/language/edit/index.ts";
import { groupEvents, parseLine } from "../../../../src/learning/audit/index.ts";
import { learnProfile } from "../../../../src/learning/learn/index.ts";
import { hasError } from "../../../support/check-policy.ts";
import { resolveText } from "../../../support/policies.ts";
import { auditLines } from "../lines.ts";
import type { Target } from "../target.ts";
import { audit } from "./audit.ts";

export const learn: Target = {
  ...audit,
  name: "learn",
  seeds: () => auditLines().filter((line) => line.includes("DENIED") || line.includes("ALLOWED")),
  dose: 800,
  law: (input) => {
    const event = parseLine(input);
    if (event === undefined || event.type === "LOSS" || event.type === "PROBLEM") return false;
    const { profiles } = learnProfile(groupEvents([event]), { name: "p", attachment: undefined }, { profiles: [] });
    const text = `${profiles.map((profile) => printProfile(profile)).join("\n")}\n`;
    assert.ok(!hasError(resolveText(text).diagnostics), "what is learned is no policy");
    return true;
  },
};
