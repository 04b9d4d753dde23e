import assert from "node:assert/strict";
import { test } from "node:test";
import { setOf } from "../../../tests/support/brute-automata.ts";
import { type AutomataSession, createAutomata, type Term } from "./index.ts";

const text = new TextEncoder();
const NOT_SLASH = setOf([0, 47], true);
const NOT_NUL = setOf([0], true);
const combine = (labels: readonly number[]): number => labels.reduce((bits, label) => bits | (1 << label), 0);

/** A slash, anything, "a", then `count` single bytes: needs more than 2^count states. */
function anyThenA(session: AutomataSession, count: number, label: number): Term {
  let term = session.accept(label);
  for (let made = 0; made < count; made += 1) term = session.set(NOT_SLASH, term);
  return session.literal(text.encode("/"), session.star(NOT_NUL, session.literal(text.encode("a"), term)));
}

function below(session: AutomataSession, path: string, label: number): Term {
  return session.literal(text.encode(path), session.star(NOT_NUL, session.accept(label)));
}

test("an automaton of too many states is refused, and the labels begin with the one that multiplies", () => {
  const session = createAutomata({ combine, maxStates: 1000 });
  const built = session.build([below(session, "/usr/", 1), anyThenA(session, 30, 2), below(session, "/", 3)]);
  assert.ok(!built.ok);
  assert.equal(built.error.kind, "too-many-states");
  assert.equal(built.error.limit, 1000);
  assert.equal(built.error.labels[0], 2);
  assert.deepEqual(new Set(built.error.labels), new Set([1, 2, 3]));
});

/** The states of the minimal automaton if at most `maxStates` are allowed, 0 if it is refused. */
function countStates(maxStates: number): number {
  const session = createAutomata({ combine, maxStates });
  const built = session.build([anyThenA(session, 6, 0)]);
  return built.ok ? built.value.stateCount : 0;
}

test("the limit is the number of states of the minimal automaton", () => {
  const states = countStates(100_000);
  assert.ok(states > 2 ** 7, "a state for each set of the last seven places where an a may have been");
  assert.equal(countStates(states), states);
  assert.equal(countStates(states - 1), 0);
});

test("a session that refused an automaton builds others as a new one does, and keeps no more memory", () => {
  const session = createAutomata({ combine, maxStates: 2000 });
  const usual = (there: AutomataSession) =>
    there.build([below(there, "/usr/", 1), anyThenA(there, 3, 2), there.literal(text.encode("/a"), there.accept(0))]);
  const first = usual(session);
  const before = session.statistics();
  assert.ok(!session.build([below(session, "/usr/", 1), anyThenA(session, 40, 2)]).ok);
  const again = usual(session);
  const fresh = usual(createAutomata({ combine }));
  assert.ok(first.ok && again.ok && fresh.ok);
  assert.deepEqual(again.value, first.value);
  assert.deepEqual(again.value, fresh.value);
  assert.equal(session.statistics().canonical, before.canonical);
});

test("states that take too much memory are refused as well", () => {
  const session = createAutomata({ combine, maxBytes: 1 << 20 });
  const built = session.build([anyThenA(session, 20, 0)]);
  assert.ok(!built.ok);
  assert.ok(session.statistics().bytes < 8 << 20);
});

test("a pattern that is too large to make a term of is refused where it is used, and only there", () => {
  const session = createAutomata({ combine, maxBytes: 1 << 20 });
  // Each star is kept beside all that may follow it: memory grows with the square of the number of stars.
  let term = session.accept(1);
  for (let made = 0; made < 5000; made += 1) term = session.star(setOf([made % 2], true), term);
  assert.ok(session.statistics().bytes < 16 << 20);
  assert.ok(!session.build([term]).ok);
  assert.ok(!session.build([term]).ok);
  assert.ok(!session.build([session.outOfBand(term), below(session, "/", 0)]).ok);
  const built = session.build([below(session, "/", 0)]);
  assert.ok(built.ok);
  assert.equal(built.value.stateCount, 3);
});
