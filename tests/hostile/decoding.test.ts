/** Compiled policy that was made to be hard to read: the work is bounded in steps, and what is left out is said. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CompiledPolicy } from "../../src/compiler/compiled/index.ts";
import { policyToJson, renderPolicy, renderPolicyGraph } from "../../src/compiler/decompile/index.ts";
import { decodePolicy, encodePolicy } from "../../src/compiler/policydb/index.ts";
import { type Effort, Work, renderingEffort } from "../../src/compiler/decompile/work.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "../support/pipeline.ts";
import { Random } from "../support/random.ts";
import { decoded, readStream, streamNames } from "../support/streams.ts";

const kernelFeatures = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const rules = "/a r, /b w, owner /d rwk, deny /e r, audit /f r, /g px, /h ix, signal, dbus, unix, network inet,";
const plain = compileText(`profile p /bin/{a,b}* { ${rules} }`, {
  kernelFeatures,
  policyFeatures: kernelFeatures,
}).policy;

interface Size {
  readonly states: number;
  readonly bytes: number;
}

/** The stream of a profile in which each automaton is a thicket: any state leads to any other. */
function thicket(seed: number, { bytes, states }: Size): CompiledPolicy {
  const random = new Random(seed);
  const grow = <T extends NonNullable<CompiledPolicy["profiles"][number]["file"]>>(automaton: T) => {
    const outputs = [...new Set(automaton.dfa.outputs)];
    const rows = new Uint32Array(states + 1);
    const symbols: number[] = [];
    const targets: number[] = [];
    for (let state = 1; state < states; state += 1) {
      for (let byte = 0; byte < bytes; byte += 1) {
        symbols.push(byte < 2 ? byte : 95 + byte);
        targets.push(random.below(states));
      }
      rows[state + 1] = symbols.length;
    }
    const dfa = {
      stateCount: states,
      defaults: Uint32Array.from({ length: states }, (_, state) => (state > 0 ? random.below(states) : 0)),
      rows,
      symbols: Uint16Array.from(symbols),
      targets: Uint32Array.from(targets),
      outputs: Uint32Array.from({ length: states }, (_, state) => (state < 2 ? 0 : random.pick(outputs))),
    };
    const { layout: _, ...rest } = automaton;
    return { ...rest, dfa };
  };
  const profiles = plain.profiles.map((profile) => ({
    ...profile,
    xmatch: profile.xmatch && grow(profile.xmatch),
    policydb: profile.policydb && grow(profile.policydb),
    file: profile.file && grow(profile.file),
  }));
  return decoded(encodePolicy({ profiles }));
}

/** A step that cannot be afforded may still be taken; it is never longer than this. */
const LONGEST_STEP = 2_000_000;

function spent({ patterns, search }: Effort): number {
  return patterns.spent + search.spent;
}

test("a thicket of states is shown as far as bounded work goes, and the text says that it is shortened", () => {
  let isShortened = 0;
  for (const [seed, size] of [
    { states: 40, bytes: 4 },
    { states: 200, bytes: 6 },
  ].entries()) {
    const policy = thicket(seed, size);
    const limit = { patterns: 2_000_000, search: 5_000_000 };
    const effort: Effort = { patterns: new Work(limit.patterns), search: new Work(limit.search) };
    const text = renderPolicy(policy, effort);
    assert.ok(effort.patterns.spent <= limit.patterns + LONGEST_STEP, `${effort.patterns.spent} steps for patterns`);
    assert.ok(effort.search.spent <= limit.search + LONGEST_STEP, `${effort.search.spent} steps of searches`);
    if (effort.patterns.isSpent) {
      assert.match(text, /the list is shortened/);
      isShortened += 1;
    }
    const work = new Work(limit.patterns);
    JSON.stringify(policyToJson(policy, work));
    assert.ok(work.spent <= limit.patterns + LONGEST_STEP);
    renderPolicyGraph(policy);
  }
  assert.ok(isShortened > 0, "no thicket was thick enough");
});

/** What ends within 2 s of CPU on a machine of today. */
const MOST_STEPS = { patterns: 3_000_000, search: 50_000_000 };

test("a stream may be as large as it likes: what is done for it has a limit", () => {
  const policy = thicket(8, { states: 3000, bytes: 4 });
  assert.ok(encodePolicy(policy).length > 250_000);
  const effort = renderingEffort(policy);
  assert.ok(effort.patterns.limit <= MOST_STEPS.patterns && effort.search.limit <= MOST_STEPS.search);
  const little: Effort = { patterns: new Work(MOST_STEPS.patterns), search: new Work(2_000_000) };
  assert.match(renderPolicy(policy, little), /is shortened/);
  assert.ok(little.search.spent <= 2_000_000 + LONGEST_STEP, `${little.search.spent} steps of searches`);
});

test("whatever the effort, what is left out is said: in the text and in the data", () => {
  const policy = thicket(7, { states: 60, bytes: 4 });
  const little: Effort = { patterns: new Work(1000), search: new Work(1000) };
  assert.match(renderPolicy(policy, little), /the list is shortened/);
  assert.match(JSON.stringify(policyToJson(policy, new Work(1000))), /"shortened":true/);
  const enough: Effort = { patterns: new Work(1e9), search: new Work(1e9) };
  assert.doesNotMatch(JSON.stringify(policyToJson(policy, enough.patterns)), /shortened/);
});

test("streams with bytes changed cost no more than their size allows", () => {
  const random = new Random(20261129);
  let accepted = 0;
  let worst = 0;
  for (let run = 0; run < 600; run += 1) {
    const bytes = Uint8Array.from(readStream(random.pick(streamNames)));
    for (let count = 1 + random.below(6); count > 0; count -= 1) bytes[random.below(bytes.length)] = random.below(256);
    const changed = decodePolicy(bytes);
    if (!changed.ok) continue;
    accepted += 1;
    const effort = renderingEffort(changed.value);
    renderPolicy(changed.value, effort);
    worst = Math.max(worst, spent(effort));
  }
  assert.ok(accepted > 10, `${accepted} streams can be decoded`);
  assert.ok(worst < 50_000_000, `${worst} steps`);
});

test("counts in a stream that promise more than it holds are refused, not allocated for", () => {
  for (const name of streamNames) {
    const stream = readStream(name);
    for (let at = 0; at + 4 <= stream.length; at += 1) {
      // Every place where a count or length may stand gets the largest there is.
      if (![4, 6, 9, 11].includes(stream[at] ?? 0)) continue;
      const bytes = Uint8Array.from(stream);
      bytes.fill(0xff, at + 1, Math.min(at + 5, bytes.length));
      const broken = decodePolicy(bytes);
      if (!broken.ok) assert.ok(broken.error.refusal.offset <= bytes.length);
    }
  }
});

test("a hundred profiles are shown as whole as one is: each adds as much to what may be done as it takes, and has a limit of its own", () => {
  for (const name of streamNames) {
    const { profiles } = decoded(readStream(name));
    const once = renderingEffort({ profiles });
    const twice = renderingEffort({ profiles: [...profiles, ...profiles] });
    const text = renderPolicy({ profiles }, once);
    for (const part of ["search", "patterns"] as const) {
      const added = twice[part].limit - once[part].limit;
      assert.ok(once[part].spent <= added / 1.25, `${name}: ${once[part].spent} steps of ${part} of ${added}`);
    }
    assert.doesNotMatch(text, /is shortened/, name);
  }
  const whole = new Work(100);
  const [first, second] = [whole.part(60), whole.part(60)];
  assert.deepEqual([first.spend(70), first.isSpent, second.isSpent, second.spend(30)], [false, true, false, true]);
  assert.deepEqual([second.spend(1), second.isSpent, second.spent, whole.spent], [false, true, 31, 101]);
});
