/** `-D rule-exprs`, `-D dfa-states` and `-D dfa-graph` of what sid ships and of rules of every kind, beside those of 5.0.2. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { askBoth } from "../support/both-parsers.ts";
import { repository } from "../support/check-policy.ts";
import { difference, parseStates } from "../support/dumped-automata.ts";
import { findOracle } from "../support/oracle.ts";
import { shippedProfiles } from "../support/shipped.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;
const features = (kernel: string): Readonly<Record<string, string>> => ({
  features: readFileSync(join(repository, `tests/corpus/features/debian-kernel-${kernel}`), "utf8"),
});
const flags = ["-M", "features", "-D", "rule-exprs", "-D", "dfa-states"];

/** Lines of patterns and operands, in no order: there is none in which rules must be told. */
function patternLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^(?:rule|aare): /.test(line)).toSorted();
}

test("of what sid ships the same patterns are told, and automata that give the same words", { skip }, async () => {
  if (!oracle.ok) return;
  const all = shippedProfiles(oracle.value.root);
  const step = Number(process.env["STEP"] ?? 12);
  const paths = all.filter((_, index) => index % step === 0);
  let count = 0;
  for (const { name, ours, theirs } of await askBoth(oracle.value, { paths, files: features("7.2") }, flags)) {
    assert.equal(ours.status, theirs.status, name);
    const [here, there] = [patternLines(ours.err), patternLines(theirs.err)];
    const [more, less] = [here.filter((l) => !there.includes(l)), there.filter((l) => !here.includes(l))];
    if (here.join("\n") !== there.join("\n")) console.log(name, here.length, there.length, more.slice(0, 3), less.slice(0, 3));
    const [left, right] = [parseStates(ours.err), parseStates(theirs.err)];
    if (left.length !== right.length) console.log(name, "automata", left.length, right.length);
    for (const [index, automaton] of left.entries()) {
      const other = right[index];
      const found = other && difference(automaton, other);
      if (found !== undefined) console.log(name, index, found);
      count += 1;
    }
  }
  console.log(count);
});
