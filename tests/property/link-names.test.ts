/**
 * A link is asked about by its name, and then by both names (kernel-abi 7.7): rules of several priorities and modes about the same few names,
 * where a name can be refused that a pair allows. Sets, parts with their rules, and the monitor must say the same.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../src/analysis/monitor/index.ts";
import { accessesOf, compareSets, parseQuestion } from "../../src/analysis/sets/index.ts";
import { checkQuestion, emptyTally, meaningCase, type MeaningCase } from "../support/meaning-law.ts";
import { Random } from "../support/random.ts";

const NAMES = ["/a", "/b", "/c", "/*", "/{a,b}"] as const;
const PRIORITIES = ["", "priority=1 ", "priority=-1 "] as const;
const MODES = ["", "prompt ", "audit prompt ", "deny ", "audit "] as const;
const HALVES = ["", "", "owner "] as const;

function linkRule(random: Random): string {
  const head = random.pick(PRIORITIES) + random.pick(MODES) + random.pick(HALVES);
  if (random.below(5) === 0) return `${head}${random.pick(NAMES)} ${random.pick(["l", "rl", "r"])},`;
  return `${head}link ${random.below(3) === 0 ? "subset " : ""}${random.pick(NAMES)} -> ${random.pick(NAMES)},`;
}

const FILES = ["/a", "/b", "/c"] as const;

/** The monitor, rule by rule, about single links; how many of them only a prompt rule refuses. */
function checkSingles({ file, subject }: MeaningCase): number {
  let prompted = 0;
  for (const path of FILES)
    for (const target of FILES)
      for (const owner of [true, false]) {
        const text = `${owner ? "owner" : "other"} link subset ${path} -> ${target}`;
        const asked = parseQuestion(text, file.questions);
        assert.ok(asked.ok, text);
        const compared = compareSets(asked.value.set, accessesOf(subject.compiled));
        assert.ok(compared.ok);
        // What is tested of the target comes behind it.
        const [first] = decide(subject.profile, { kind: "link", path, target, owner }).verdicts;
        assert.equal(compared.value.verdict === "all", first?.allowed, text);
        const pair = {
          ...subject.profile,
          rules: subject.profile.rules.filter((rule) => !("mode" in rule) || rule.mode !== "prompt"),
        };
        if (
          first?.allowed === false &&
          decide(pair, { kind: "link", path, target, owner }).verdicts[0]?.allowed === true
        )
          prompted += 1;
      }
  return prompted;
}

test("links are decided by their names, too", (context) => {
  const tally = emptyTally();
  let prompted = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = new Random(seed);
    const rules = Array.from({ length: 2 + random.below(3) }, () => `  ${linkRule(random)}\n`).join("");
    const one = meaningCase(`profile t {\n${rules}}\n`);
    if (one === undefined) continue;
    prompted += checkSingles(one);
    for (let count = 0; count < 3; count += 1)
      checkQuestion(one, `link ${random.pick(NAMES)} -> ${random.pick(NAMES)}`, tally, random);
  }
  context.diagnostic(`${JSON.stringify(tally)}, ${prompted} refused for a prompt rule`);
  assert.ok(tally.questions > 300 && prompted > 20, JSON.stringify(tally));
});
