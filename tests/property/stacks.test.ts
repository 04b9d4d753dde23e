/** A stack that is asked: what comes of its profiles by patterns, by automata and by the monitor, access by access, is one answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideLabel } from "../../src/analysis/monitor/index.ts";
import { parseQuestion } from "../../src/analysis/sets/index.ts";
import { explainRule } from "../../src/app/explain-policy.ts";
import { queryPolicy } from "../../src/app/query-policy.ts";
import { runSuites } from "../../src/app/testing.ts";
import { checkAccesses, meaningCase, questionTexts } from "../support/meaning-law.ts";
import { Random } from "../support/random.ts";
import { kindGroups, randomPolicy } from "../support/random-policy.ts";

const POLICIES = 4;
const QUESTIONS = 6;
const LABEL = "t//&u";

type Case = NonNullable<ReturnType<typeof meaningCase>>;

/** Two profiles of random rules in one file, `t` and `u`. */
function twoProfiles(seed: number, kinds: readonly string[]): Case | undefined {
  const [one, other] = [seed, seed + 40_000].map((own) => randomPolicy(own, kinds).text);
  return meaningCase(`${one ?? ""}${(other ?? "").replace("profile t", "profile u")}`);
}

/** The verdict that query and explain give, which is the same; `undefined`: there is none, and both say so. */
function verdictOf({ world }: Case, text: string): string | undefined {
  const [queried, explained] = [queryPolicy(world, text, LABEL), explainRule(world, LABEL, text)];
  assert.equal(queried.ok, explained.ok, text);
  if (!queried.ok || !explained.ok) return undefined;
  const [stack, ...members] = queried.value.answers;
  const shown = explained.value.map((one) => one.stack);
  assert.deepEqual(
    [...members.map(() => stack?.verdict), ...members.map(({ verdict }) => verdict)],
    [...shown.map((one) => one?.verdict), ...explained.value.map(({ verdict }) => verdict)],
    text,
  );
  const refusing = members.filter(({ verdict }) => verdict !== "all").map(({ profile }) => profile);
  assert.deepEqual([stack?.refusedBy, shown[0]?.refusedBy], [refusing, refusing]);
  return stack?.verdict;
}

function passes({ world }: Case, text: string): Readonly<Record<string, string>> {
  const kinds = ["all", "some", "none"];
  const suite = kinds.map((kind) => `test "${kind}" for ${LABEL} { ${kind} ${text} }\n`).join("");
  const { tests } = runSuites(world, [{ path: "s", text: suite }], { coverage: false, mutations: false });
  return Object.fromEntries(tests.map(({ name, results }) => [name, results[0]?.outcome ?? "nobody"]));
}

const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  all: ["passed", "passed", "failed"],
  some: ["failed", "passed", "failed"],
  none: ["failed", "failed", "passed"],
};

for (const kinds of kindGroups) {
  test(`a stack allows what all of its profiles allow: ${kinds.join(", ")}`, () => {
    const seen = new Map<string, number>();
    let accesses = 0;
    for (let seed = 1; seed <= POLICIES; seed += 1) {
      const one = twoProfiles(seed, kinds);
      const [t, u] = one?.file.subjects ?? [];
      if (one === undefined || t === undefined || u === undefined) continue;
      const random = new Random(seed * 7919);
      for (const text of questionTexts(seed, kinds, t.profile).slice(0, QUESTIONS)) {
        const question = parseQuestion(text, one.file.questions);
        const verdict = verdictOf(one, text);
        if (!question.ok || !question.value.isMediated || verdict === undefined) continue;
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
        const { all, some, none } = passes(one, text);
        assert.deepEqual([all, some, none], OUTCOMES[verdict], `${text} in ${one.text}`);
        accesses += checkAccesses(t.profile, question.value, verdict, {
          isGranted: (access) => decideLabel([[t.profile], [u.profile]], access).allowed,
          random,
        });
      }
    }
    assert.ok(seen.size > 0, "nothing was asked");
    if (!kinds.includes("rlimit")) assert.ok(accesses > 0, "no access was decided");
  });
}
