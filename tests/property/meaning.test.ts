/**
 * Questions to policy: what automata say, what patterns say and what single accesses say is one answer; named rules are those that decide;
 * offered edits do what they say. `npm run meaning` asks many more.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkCover,
  checkDeletion,
  checkEdit,
  checkQuestion,
  checkWords,
  emptyTally,
  type MeaningCase,
  meaningCase,
  questionTexts,
  type Tally,
} from "../support/meaning-law.ts";
import { explainQuestion } from "../../src/analysis/explain/index.ts";
import { accessesOf, compareSets, parseQuestion } from "../../src/analysis/sets/index.ts";
import { Random } from "../support/random.ts";
import { kindGroups, randomPolicy } from "../support/random-policy.ts";

/** Policies for each group of rule kinds. */
const DOSE = Number(process.env["ARMORER_MEANING_POLICIES"] ?? "6");
const FIRST = Number(process.env["ARMORER_MEANING_SEED"] ?? "1");

type Check = (one: MeaningCase, text: string, tally: Tally, random: Random) => void;

const IS_LARGE = process.env["ARMORER_MEANING_POLICIES"] !== undefined;

/** Of a large dose what has been done is said now and then: whoever stops it knows how far it came. */
function say(tally: Tally, kinds: readonly string[], how: string): void {
  const counts = Object.fromEntries(Object.entries(tally).filter(([, count]) => count > 0));
  if (IS_LARGE) process.stdout.write(`# ${kinds.join()} ${how}: ${JSON.stringify(counts)}\n`);
}

function eachQuestion(kinds: readonly string[], most: number, check: Check, policies = DOSE): Tally {
  const tally = emptyTally();
  const failures: Error[] = [];
  for (let seed = FIRST; seed < FIRST + policies; seed += 1) {
    if (seed > FIRST && (seed - FIRST) % 25 === 0) say(tally, kinds, `before seed ${seed}`);
    const made = randomPolicy(seed, kinds);
    const one = meaningCase(made.text);
    if (one === undefined) continue;
    const random = new Random(seed * 7919);
    for (const text of questionTexts(seed, kinds, one.subject.profile).slice(0, most)) {
      try {
        check(one, text, tally, random);
      } catch (error) {
        const failure = new Error(`seed ${seed}\n${made.text}${text}\n${String(error)}`, { cause: error });
        if (!IS_LARGE) throw failure;
        process.stdout.write(`# ${failure.message.replaceAll("\n", "\n#   ")}\n`);
        failures.push(failure);
      }
    }
  }
  say(tally, kinds, "whole");
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} questions, the first: ${failures[0]?.message}`);
  return tally;
}

for (const kinds of kindGroups) {
  const name = kinds.join(", ");
  test(`all, some or none is what automata, patterns and single accesses say: ${name}`, () => {
    assert.ok(eachQuestion(kinds, 12, checkQuestion).witnesses > 10);
  });
  test(`without the rules that are named the answer is another, without any other rule the same: ${name}`, () => {
    assert.ok(eachQuestion(kinds, 6, checkDeletion).deletions > 0);
  });
  test(`the edit that is offered turns the answer and changes nothing that is not listed: ${name}`, () => {
    assert.ok(eachQuestion(kinds, 4, checkEdit).edits > 0);
  });
}

/** How much of a question the rules allow, by automata and by patterns. */
function verdictOn(rules: string, question: string): string {
  const one = meaningCase(`profile t {\n${rules}\n}\n`);
  assert.ok(one !== undefined);
  const asked = parseQuestion(question, one.file.questions);
  assert.ok(asked.ok);
  const compared = compareSets(asked.value.set, accessesOf(one.subject.compiled));
  const explained = explainQuestion(asked.value, one.subject);
  assert.ok(compared.ok && explained.ok);
  assert.equal(explained.value.verdict, compared.value.verdict);
  return compared.value.verdict;
}

test("a program counts for a change of profile at exec where rules name it, as on kernels", () => {
  // kernel-abi 7.8: what 6.1 and 7.2 did
  const one = "change_profile /usr/bin/cat -> a,";
  const all = `${one} change_profile -> b,`;
  assert.equal(verdictOn(one, "change_profile /usr/bin/perl -> a"), "all");
  assert.equal(verdictOn(all, "change_profile /usr/bin/perl -> a"), "none");
  assert.equal(verdictOn(all, "change_profile /usr/bin/[cp]* -> a"), "some");
  assert.equal(verdictOn(`${all} deny change_profile -> c,`, "change_profile /usr/bin/perl -> a"), "all");
  assert.equal(verdictOn("change_profile /usr/bin/b -> a,", "change_profile /usr/bin/cat -> /usr/bin/b"), "all");
  assert.equal(verdictOn(one, "change_profile /usr/bin/cat -> b"), "none");
});

test("a witness is shown by a rule that speaks of it, however that has to be written", () => {
  const cases = [
    ["prompt /\\*/ab wm,\npriority=2 /[^a]/** a,", "/\\*/ab wm,"],
    ["/x r,", "/[ab] wkmPix -> zzz///a,"],
    ["/a**b/ab/[^a] ra,", "owner /**/ wix -> p//q,"],
    ["mount {/a,/c} -> /m/*,", "mount options=(ro, remount, move, shared, make-private, nouser) {/a,/c},"],
  ];
  for (const [rules = "", question = ""] of cases) {
    const one = meaningCase(`profile t {\n${rules}\n}\n`);
    assert.ok(one !== undefined);
    const tally = emptyTally();
    checkQuestion(one, question, tally, new Random(1));
    assert.ok(tally.witnesses > 0, question);
  }
});

test("under which label a program is run is what automata, patterns and single accesses say, and the rules that are named decide it", () => {
  const kinds = ["change_profile"];
  // some of these questions are about programs with a slash at their end, which nobody asks about
  assert.ok(eachQuestion(kinds, 12, checkQuestion, Math.max(DOSE, 8)).accesses > 20);
  assert.ok(eachQuestion(kinds, 12, checkDeletion).deletions > 10);
  assert.ok(eachQuestion(kinds, 2, checkEdit).edits > 0);
});

test("rules for what is left say what is left: files", () => {
  assert.ok(eachQuestion(["file"], 4, checkCover).exact > 0);
});

const OVERLAPPING = `profile t {
  /usr/share/** r,
  /usr/share/**/locale{,s}/** r,
  owner /usr/share/doc/** rw,
  deny /usr/share/doc/secret rw,
  /usr/share/doc/?[^b]*/c a,
  audit /srv/** rwk,
  priority=1 /srv/*/a rw,
  /srv/b* k,
  /srv/lib/*.so* mr,
}
`;

test("a part of a question in the words of rules is that part", () => {
  const one = meaningCase(OVERLAPPING);
  assert.ok(one !== undefined);
  const tally = emptyTally();
  const paths = ["/usr/**", "/usr/share/**", "/usr/share/doc/**", "/usr/share/*/locale/*", "/srv/**", "/srv/*/*"];
  for (const path of paths)
    for (const letters of ["r", "w", "rw", "a", "rwkm"])
      for (const owner of ["", "owner "]) checkWords(one, `${owner}${path} ${letters}`, tally);
  assert.ok(tally.exact > 20, `${tally.exact} parts with exceptions`);
});
