/** Two engines, one answer: rules weighed one by one, and the automata a kernel would walk. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type ExecChoice, type Question, decide, execDestination } from "../../src/analysis/monitor/index.ts";
import { compiledDestination, decideCompiled, queryProfile } from "../../src/analysis/tables/index.ts";
import { compilePolicy } from "../../src/compiler/compile/index.ts";
import {
  type CompiledProfile,
  MediationClass,
  XINDEX_CHILD,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "../../src/compiler/compiled/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { randomQuestions } from "../support/random-questions.ts";
import { Random } from "../support/random.ts";

const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const options = { kernelFeatures: features, policyFeatures: features, overrideFeatures: features };

/** The compiled form of the one profile; `undefined` when it is refused, as conflicts are. */
function compiled(policy: ReturnType<typeof randomPolicy>["policy"]): CompiledProfile | undefined {
  return compilePolicy(policy, options).value[0]?.profiles[0];
}

function compare(profile: Profile, table: CompiledProfile, question: Question): void {
  const weighed = decide(profile, question);
  const walked = decideCompiled(table, question, { kernel: "7.2" });
  assert.ok(walked.isMediated);
  assert.deepEqual(weighed.verdicts, walked.verdicts, JSON.stringify(question));
  if (question.kind !== "exec" || weighed.exec === undefined) return;
  assert.equal(shapeOfChoice(weighed.exec.choice), shapeOfIndex(execIndex(table, question)), JSON.stringify(question));
  if (weighed.exec.conflict !== undefined) return;
  const { path, owner } = question;
  assert.deepEqual(
    compiledDestination({ kernel: "7.2", caller: table, world: [table], path, owner }),
    execDestination({ caller: [profile], world: [profile], path, owner }),
    JSON.stringify(question),
  );
}

/** Where an exec leads: the transition bits of the state. */
function execIndex(profile: CompiledProfile, { path, owner }: Extract<Question, { kind: "exec" }>): number {
  const asker = { kernel: "7.2", isOwner: owner } as const;
  return queryProfile(profile, MediationClass.file, encodeBytes(path), asker)?.xindex ?? 0;
}

/** Scrubbing, fallback and where the search goes, as one text; names are numbers in the tables. */
function shapeOfChoice({ mode, target }: ExecChoice): string {
  const { transition, fallback, safe } = mode;
  const search =
    target !== undefined ? "named" : transition === "profile" || transition === "child" ? transition : "none";
  const inherit = fallback === "inherit" || transition === "inherit";
  // A plain target is a name of the table, whatever the mode before it.
  const unconfined = fallback === "unconfined" || (transition === "unconfined" && target === undefined);
  return [search, inherit && "i", unconfined && "u", !safe && transition !== "inherit" && "unsafe"].join(" ");
}

function shapeOfIndex(index: number): string {
  const kind = index & XINDEX_TYPE;
  const child = (index & XINDEX_CHILD) !== 0 ? "child" : "profile";
  const search = kind === XINDEX_TABLE ? "named" : kind === XINDEX_NAME ? child : "none";
  const bits = [index & XINDEX_INHERIT && "i", index & XINDEX_UNCONFINED && "u", index & XINDEX_UNSAFE && "unsafe"];
  return [search, ...bits.map((bit) => bit || false)].join(" ");
}

for (const kinds of [
  ["file", "link", "change_profile"],
  ["capability"],
  ["network", "unix"],
  ["mount"],
  ["signal", "ptrace"],
  ["dbus"],
  ["io_uring", "userns"],
]) {
  test(`rules and automata give the same answers: ${kinds.join(", ")}`, () => {
    let asked = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const made = randomPolicy(seed, kinds);
      const [profile] = made.policy.profiles;
      const table = compiled(made.policy);
      if (profile === undefined || table === undefined) continue;
      const random = new Random(seed * 7919);
      for (const question of randomQuestions(random, kinds)) {
        asked += 1;
        try {
          compare(profile, table, question);
        } catch (error) {
          throw new Error(`seed ${seed}\n${made.text}${String(error)}`, { cause: error });
        }
      }
    }
    assert.ok(asked > 500);
  });
}
