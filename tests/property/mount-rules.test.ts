/** Rules that a mount rule is given back as, compiled again, are exactly its set of mounts, whatever options it has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { subtractBoth } from "../../src/analysis/diff/index.ts";
import { isEmpty } from "../../src/analysis/sets/index.ts";
import { createCompileSession } from "../../src/compiler/compile/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { isMountWord, mountOptions } from "../../src/language/tables/index.ts";
import { brokenRules, differenceText, features } from "../support/diff-law.ts";
import { compileText } from "../support/pipeline.ts";
import { Random } from "../support/random.ts";

const options = { kernelFeatures: features, policyFeatures: features, session: createCompileSession() };
const words = [...mountOptions.keys()].filter((word) => isMountWord(word) && word.length > 1);
const commands = ["remount", "bind", "rbind", "move", "slave", "rslave", "shared", "rprivate", "silent"];

function list(random: Random): string {
  const many = 1 + random.below(4);
  return Array.from({ length: many }, () => random.pick(random.chance(0.5) ? commands : words)).join(", ");
}

function randomRule(random: Random): string {
  const verb = random.chance(0.3) ? "remount" : "mount";
  const required = random.chance(0.8) ? ` options=(${list(random)})` : "";
  const free = random.chance(0.6) ? ` options in (${list(random)})` : "";
  const target = random.pick([" -> /m/**", " -> /m/", " /d -> /m", ""]);
  return `${verb}${required}${free}${verb === "remount" ? target.replace(/.*-> /, " ") : target},`;
}

function compiled(rules: string): CompiledProfile | undefined {
  const { errors, policy } = compileText(`profile t {\n${rules}\n}\n`, options);
  return errors.length > 0 ? undefined : policy.profiles[0];
}

test("what a mount rule is given back as decides the same, and six in seven exactly", () => {
  const random = new Random(904_874);
  const right = compiled("");
  assert.ok(right !== undefined);
  let exact = 0;
  let near = 0;
  for (let count = 0; count < 600; count += 1) {
    const rule = randomRule(random);
    const left = compiled(rule);
    const both = left && subtractBoth(left, right);
    if (left === undefined || both?.ok !== true || isEmpty(both.value.less)) continue;
    const text = differenceText(both.value.less);
    const [again] = text === undefined ? [] : compileText(text, options).policy.profiles;
    if (text === undefined || again === undefined) near += 1;
    else {
      assert.deepEqual(brokenRules(again, { left, right }, { side: "less", text }), [], `${rule}\n${text}`);
      exact += 1;
    }
  }
  assert.ok(exact > 400, `${exact} exact, ${near} nearly`);
  assert.ok(near < exact / 6, `${exact} exact, ${near} nearly`);
});
