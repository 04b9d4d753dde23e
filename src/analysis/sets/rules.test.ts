import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { compileText } from "../../../tests/support/pipeline.ts";
import { parseFeatures } from "../../language/features/index.ts";
import { accessesOf, asFewRules, asRules } from "./index.ts";

const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;

function rulesOf(rule: string, find: typeof asRules): readonly string[] {
  const options = { kernelFeatures: features, policyFeatures: features };
  const [profile] = compileText(`profile p { ${rule} }`, options).policy.profiles;
  assert.ok(profile !== undefined, rule);
  return find({ ...accessesOf(profile), limits: [] }).rules;
}

/** Alike in all but one thing: a path, a letter, a half, a transition, its name, a capability, a signal. */
const rules = [
  "/a/* r,",
  "/b/* r,",
  "/a/* w,",
  "owner /a/* r,",
  "other /a/* r,",
  "/a Px,",
  "/a Cx -> one,",
  "/a Cx -> two,",
  "capability chown,",
  "capability kill,",
  "signal send set=term peer=x,",
  "signal send set=kill peer=x,",
];

test("the rules of a set are its own, whatever sets were asked about before, and the same when it is asked about again", () => {
  for (const find of [asRules, asFewRules]) {
    const first = rules.map((rule) => rulesOf(rule, find));
    for (const [at, rule] of rules.entries()) {
      const word = rule
        .slice(0, -1)
        .replace(/ -> one/, " -> p//one")
        .replace(/ -> two/, " -> p//two");
      assert.ok(
        first[at]?.some((text) => text.includes(word.split(" ").at(-1) ?? "")),
        `${rule} ${first[at]?.join(" ")}`,
      );
    }
    assert.equal(new Set(first.map((texts) => texts.join("\n"))).size, rules.length);
    assert.deepEqual(
      rules.toReversed().map((rule) => rulesOf(rule, find)),
      first.toReversed(),
    );
  }
});

test("the rules of a set are compiled to it, also where a path is the second part of the name of a profile", () => {
  for (const rule of ["/[ab] aPUx -> zzz///a,", "/[*b] px -> z//\\/*,", "/opt/{run,x} Cx -> foo///opt/run,"]) {
    const found = rulesOf(rule, asRules);
    assert.deepEqual(rulesOf(found.join(" "), asRules), found, `${rule} ${found.join(" ")}`);
    const texts = found.join(" ");
    assert.ok(!/ C?P?U?x,/.test(texts), texts);
  }
});
