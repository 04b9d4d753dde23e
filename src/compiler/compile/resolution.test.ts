import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assert as check,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  shuffledSubarray,
  uniqueArray,
} from "fast-check";
import { type Effect, resolveEffects } from "./resolution.ts";
import { X_BITS } from "../compiled/index.ts";

const R = 0x10004;
const W = 0x2800a;

function file(effect: Partial<Effect>): Effect {
  return { table: "file", priority: 0, mode: "allow", exact: true, permissions: 0, audit: 0, exec: 0, ...effect };
}

function resolve(...effects: readonly Effect[]): Record<string, number> {
  const { allow, prompt, audit, quiet } = resolveEffects(effects, (exec) => exec === 1);
  return { allow, prompt, audit, quiet };
}

const none = { allow: 0, prompt: 0, audit: 0, quiet: 0 };

describe("permission resolution", () => {
  it("follows the examples of the specification", () => {
    const deny = (permissions: number, quiet = permissions): Effect =>
      file({ mode: "deny", permissions, audit: quiet });
    assert.deepEqual(resolve(file({ permissions: R | W, exact: false }), deny(W)), { ...none, allow: R, quiet: W });
    assert.deepEqual(resolve(file({ permissions: R | W }), deny(W, 0)), { ...none, allow: R });
    assert.deepEqual(resolve(file({ permissions: R, audit: R }), file({ permissions: R | W })), {
      ...none,
      allow: R | W,
      audit: R,
    });
    assert.deepEqual(resolve(file({ permissions: R, priority: 1 }), deny(R)), { ...none, allow: R });
    assert.deepEqual(resolve(file({ permissions: R }), { ...deny(R), priority: -5 }), { ...none, allow: R });
    const prompted = file({ mode: "prompt", permissions: R | W });
    assert.deepEqual(resolve(prompted, file({ permissions: R })), { ...none, allow: R, prompt: W });
    assert.deepEqual(resolve({ ...prompted, permissions: R, priority: 1 }, file({ permissions: R | W })), {
      ...none,
      allow: W,
      prompt: R,
    });
    assert.deepEqual(resolve(deny(W), deny(W, 0)), { ...none, quiet: W });
  });

  it("lets exact rules decide about x only, and keeps everything else of both", () => {
    const glob = file({ exact: false, permissions: X_BITS | R, exec: 1 });
    const exact = file({ permissions: X_BITS, exec: 2 });
    const both = resolveEffects([glob, exact], () => false);
    assert.deepEqual([both.execOwner, both.execOther, both.conflict], [2, 2, undefined]);
    assert.equal(both.allow, X_BITS | R);
  });

  it("names two rules of equal rank that want different transitions, per half", () => {
    const owner = file({ permissions: 1, exec: 1 });
    const other = file({ permissions: 0x4000, exec: 2 });
    assert.equal(resolveEffects([owner, other], () => false).conflict, undefined);
    assert.deepEqual(resolveEffects([owner, file({ permissions: X_BITS, exec: 2 })], () => false).conflict, [0, 1]);
    const deny = file({ mode: "deny", permissions: X_BITS });
    assert.equal(resolveEffects([owner, file({ permissions: 1, exec: 2 }), deny], () => false).conflict, undefined);
  });

  it("adds m to an inheriting x unless m is denied at least as strongly", () => {
    const inherit = file({ permissions: X_BITS, exec: 1 });
    const M = 0x100040;
    assert.equal(resolve(inherit)["allow"], X_BITS | M);
    assert.equal(resolve(inherit, file({ mode: "deny", permissions: M }))["allow"], X_BITS);
    assert.equal(resolve({ ...inherit, priority: 3 }, file({ mode: "deny", permissions: M }))["allow"], X_BITS);
    assert.equal(resolve(file({ permissions: X_BITS, exec: 2 }))["allow"], X_BITS);
  });

  it("agrees with a bit by bit reading of the rule, in any order", () => {
    const effects = uniqueArray(
      record({
        table: constantFrom("policydb" as const),
        priority: integer({ min: -2, max: 2 }),
        mode: constantFrom("allow" as const, "deny" as const, "prompt" as const),
        exact: boolean(),
        permissions: integer({ min: 0, max: 0x7fffffff }),
        audit: integer({ min: 0, max: 0x7fffffff }),
        exec: constantFrom(0),
      }),
      { minLength: 1, maxLength: 5 },
    );
    check(
      property(
        effects.chain((list) => shuffledSubarray(list, { minLength: list.length })),
        (list) => {
          assert.deepEqual(resolve(...list), bitByBit(list));
        },
      ),
      { seed: 11, numRuns: 500 },
    );
  });
});

/** compile-semantics 4.1 read literally: for every bit the candidates of the highest rank. */
function bitByBit(effects: readonly Effect[]): Record<string, number> {
  const total = { allow: 0, prompt: 0, audit: 0, quiet: 0 };
  for (let index = 0; index < 31; index += 1) {
    const bit = 1 << index;
    const rank = (effect: Effect): number =>
      4 * effect.priority +
      (effect.mode === "deny" ? 3 : effect.mode === "prompt" ? 0 : effect.exact && (bit & X_BITS) !== 0 ? 2 : 1);
    const candidates = effects.filter((effect) => ((effect.permissions | effect.audit) & bit) !== 0);
    const best = Math.max(...candidates.map(rank));
    for (const winner of candidates.filter((effect) => rank(effect) === best)) {
      if (winner.mode === "deny") total.quiet |= winner.audit & bit;
      else {
        if ((winner.permissions & bit) !== 0) total[winner.mode] |= bit;
        total.audit |= winner.audit & bit;
      }
    }
  }
  total.audit &= total.allow | total.prompt;
  return { allow: total.allow, prompt: total.prompt, audit: total.audit, quiet: total.quiet };
}
