import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, integer, property, uniqueArray } from "fast-check";
import type { LearnAnswer, LearnedProposal, LearnQuestion, LearnSession } from "../../src/app/index.ts";
import { type AuditEvent, parseLine } from "../../src/learning/audit/index.ts";
import {
  type Abstraction,
  type Selection,
  type Session,
  answer,
  answerRest,
  answersOf,
  selectionsOf,
} from "../../src/learning/learn/index.ts";
import { answerEach, answerTo, withAnswer } from "../support/dialogues.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { openLawLog } from "../support/learn-law.ts";
import { answerEach as answerPlainly, openDialogue } from "../support/learning.ts";
import { resolveText } from "../support/policies.ts";
import { Random } from "../support/random.ts";

/** How many logs are tried, of how many lines; the first seed. */
const LOGS = Number(process.env["ARMORER_LEARN_LOGS"] ?? 6);
const SEED = Number(process.env["ARMORER_LEARN_SEED"] ?? 20261130);
const LINES = 60;

/** Calls `law` with the sessions of some logs, each opened anew whenever it is wanted. */
function forLogs(law: (open: () => LearnSession, random: Random) => void): void {
  for (let at = 0; at < LOGS; at += 1) {
    const random = new Random(SEED + at);
    const lines = hostileLog(random, LINES, random.pick([0, 0.1]));
    const creates = random.chance(0.7);
    try {
      law(() => openLawLog(lines, creates).session, random);
    } catch (thrown) {
      throw new Error(`log ${SEED + at}: ${thrown instanceof Error ? thrown.message : ""}`, { cause: thrown });
    }
  }
}

test("whoever takes what is suggested, question by question, gets what nobody is asked for", () => {
  let asked = 0;
  forLogs((open) => {
    const session = answerEach(open(), ({ taken }) => {
      asked += 1;
      return taken;
    });
    const alone = open().answerRest();
    assert.deepEqual(session.answers(), alone.answers());
    assert.deepEqual(session.result(), alone.result());
  });
  assert.ok(asked > LOGS * 5, `${asked} questions`);
});

test("a session is a value: it may be answered twice, and its answers lead to it again", () => {
  forLogs((open, random) => {
    const start = open();
    const session = answerEach(start, ({ candidates }) => pick(random, candidates.length));
    assert.deepEqual(start.answers(), []);
    const kept: readonly LearnAnswer[] = structuredClone(session.answers());
    assert.deepEqual(kept.reduce(withAnswer, start).result(), session.result());
    assert.deepEqual(start.question(), open().question());
  });
});

function pick(random: Random, count: number): number | undefined {
  return random.chance(0.1) ? undefined : random.below(count);
}

/** A rule that speaks of one thing. */
function isPlain(rule: string): boolean {
  return !/[*?[{]|@\{/.test(rule) || /^(?:profile|hat) /.test(rule);
}

/** A candidate that answers nothing but its own question. */
function ownAnswer(random: Random, { candidates }: LearnedProposal): number | undefined {
  const own = [...candidates.keys()].filter(
    (at) => candidates[at]?.kind !== "abstraction" && candidates[at]?.rules.every(isPlain) === true,
  );
  return random.chance(0.1) || own.length === 0 ? undefined : random.pick(own);
}

/** Gives answers in any order in which each is to a question that is open. */
function answerInAnyOrder(session: LearnSession, answers: readonly LearnAnswer[], random: Random): LearnSession {
  let current = session;
  let left = answers;
  while (left.length > 0) {
    const possible = left.filter((one) => current.answer(one).ok);
    assert.ok(possible.length > 0, `none of ${left.length} answers is possible`);
    const next = random.pick(possible);
    current = withAnswer(current, next);
    left = left.filter((one) => one !== next);
  }
  return current;
}

test("the order of questions that do not hang on each other does not matter for what is written", () => {
  let moved = 0;
  forLogs((open, random) => {
    const straight = answerEach(open(), (proposal) => ownAnswer(random, proposal));
    const shuffled = answerInAnyOrder(open(), straight.answers(), random);
    moved += shuffled.answers().filter(({ question }, at) => question !== straight.answers()[at]?.question).length;
    assert.equal(shuffled.question(), undefined);
    assert.deepEqual(shuffled.result(), straight.result());
  });
  assert.ok(moved > LOGS, `${moved} answers in another place`);
});

test("only a question that is open can be answered, and only by one of its choices", () => {
  forLogs((open) => {
    const start = open();
    const asked: LearnQuestion | undefined = start.question();
    if (asked === undefined) return;
    const { question, choice } = answerTo(asked, 0);
    assert.deepEqual(start.answer({ question: `${question}?`, choice }), { ok: false, error: "no-such-question" });
    assert.deepEqual(start.answer({ question, choice: `${choice}?` }), { ok: false, error: "no-such-choice" });
    const next = withAnswer(start, { question, choice });
    assert.deepEqual(next.answer({ question, choice }), { ok: false, error: "not-open" });
  });
});

const FILES = 12;

function opened(file: number): AuditEvent {
  const line = `audit(1.1:1): apparmor="DENIED" operation="open" profile="p" name="/d${file}/f" requested_mask="r" denied_mask="r" pid=1 comm="t" fsuid=0 ouid=0`;
  const event = parseLine(line);
  assert.ok(event !== undefined && event.type === "DENIED");
  return event;
}

/** Includes that overlap, and files that some of them give. */
const files = uniqueArray(integer({ min: 0, max: FILES - 1 }), { minLength: 1 });
const includes = array(uniqueArray(integer({ min: 0, max: FILES - 1 }), { minLength: 1 }), { maxLength: 5 });

function abstraction(list: readonly number[], at: number): Abstraction {
  const rules = list.map((file) => `/d${file}/f r,`).join("\n");
  return {
    path: `abstractions/a${at}`,
    rules: resolveText(`profile a {\n${rules}\n}\n`).value.profiles[0]?.rules ?? [],
  };
}

function takenBy(session: Session): readonly (readonly [string, string])[] {
  return selectionsOf(session).map(({ proposal, candidate }: Selection) => [
    proposal.id,
    JSON.stringify(candidate.actions),
  ]);
}

test("includes that overlap are taken alike by whoever takes what is suggested, and nothing is asked that one answers", () => {
  const profiles = resolveText("profile p { }\n").value.profiles;
  let included = 0;
  check(
    property(files, includes, (wanted, lists) => {
      const session = openDialogue(wanted.map(opened), { profiles, abstractions: lists.map(abstraction) });
      const settled = new Set<string>();
      const answered = answerPlainly(session, ({ proposal, suggested }) => {
        assert.ok(!settled.has(proposal.id), proposal.id);
        for (const id of suggested?.alsoAnswers ?? []) settled.add(id);
        included += suggested?.kind === "abstraction" ? 1 : 0;
        return suggested;
      });
      const alone = answerRest(session);
      assert.deepEqual(takenBy(answered), takenBy(alone));
      const replayed = answersOf(alone).reduce((current, given) => {
        const next = answer(current, given);
        assert.ok(next.ok);
        return next.value;
      }, session);
      assert.deepEqual(takenBy(replayed), takenBy(alone));
    }),
    { seed: 20261130, numRuns: 300 },
  );
  assert.ok(included > 50, `${included} includes`);
});
