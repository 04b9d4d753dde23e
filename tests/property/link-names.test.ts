/**
 * A link is asked about by its name, and then by both names (kernel-abi 7.7): rules of several priorities and modes about the same few names,
 * where a name can be refused that a pair allows, and classes that match the NUL between two names. Sets, parts with their rules, and the monitor
 * must say the same; edits list what else they change.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../src/analysis/monitor/index.ts";
import { accessesOf, compareSets, parseQuestion } from "../../src/analysis/sets/index.ts";
import { queryProfile } from "../../src/analysis/tables/index.ts";
import { MAY_LINK, MediationClass } from "../../src/compiler/compiled/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { checkEdit, checkQuestion, emptyTally, meaningCase, type MeaningCase } from "../support/meaning-law.ts";
import { Random } from "../support/random.ts";

const NAMES = ["/a", "/b", "/c", "/*", "/{a,b}", "/a[^b]/b", "/{a,b}[^x]/[^a]"] as const;
const PRIORITIES = ["", "priority=1 ", "priority=-1 "] as const;
const MODES = ["", "prompt ", "audit prompt ", "deny ", "audit "] as const;
const HALVES = ["", "", "owner "] as const;

function linkRule(random: Random): string {
  const head = random.pick(PRIORITIES) + random.pick(MODES) + random.pick(HALVES);
  if (random.below(5) === 0) return `${head}${random.pick(NAMES)} ${random.pick(["l", "rl", "r"])},`;
  return `${head}link ${random.below(3) === 0 ? "subset " : ""}${random.pick(NAMES)} -> ${random.pick(NAMES)},`;
}

const FILES = ["/a", "/b", "/c"] as const;

/** The monitor, rule by rule, about single links; how many of them are refused for their name alone. */
function checkSingles({ file, subject, text: profileText }: MeaningCase): number {
  let nameless = 0;
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
        assert.equal(compared.value.verdict === "all", first?.allowed, `${profileText}\n${text}`);
        const pair = queryProfile(subject.compiled, MediationClass.file, encodeBytes(`${path}\0${target}`), {
          kernel: "7.2",
          isOwner: owner,
        });
        if (first?.allowed === false && pair !== undefined && (pair.allow & ~pair.deny & MAY_LINK) !== 0) nameless += 1;
      }
  return nameless;
}

test("links are decided by their names, too", (context) => {
  const tally = emptyTally();
  let nameless = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = new Random(seed);
    const rules = Array.from({ length: 2 + random.below(3) }, () => `  ${linkRule(random)}\n`).join("");
    const one = meaningCase(`profile t {\n${rules}}\n`);
    if (one === undefined) continue;
    nameless += checkSingles(one);
    for (let count = 0; count < 3; count += 1) {
      const text = `link ${random.pick(NAMES)} -> ${random.pick(NAMES)}`;
      checkQuestion(one, text, tally, random);
      checkEdit(one, text, tally);
    }
  }
  context.diagnostic(`${JSON.stringify(tally)}, ${nameless} refused for their name`);
  assert.ok(tally.questions > 300 && tally.edits > 200 && nameless > 50, JSON.stringify(tally));
});
