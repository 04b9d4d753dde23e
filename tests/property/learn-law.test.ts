import assert from "node:assert/strict";
import { test } from "node:test";
import type { LearnedProposal, LearnResult } from "../../src/app/index.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { checkLearnLaw } from "../support/learn-law.ts";
import { Random } from "../support/random.ts";

/** How many logs are tried, of how many lines; the first seed. */
const LOGS = Number(process.env["ARMORER_LEARN_LOGS"] ?? 20);
const SEED = Number(process.env["ARMORER_LEARN_SEED"] ?? 20261129);
const LINES = Number(process.env["ARMORER_LEARN_LINES"] ?? 100);

const tally = {
  covered: 0,
  lines: 0,
  events: 0,
  taken: 0,
  written: 0,
  refused: 0,
  created: 0,
  skipped: new Map<string, number>(),
};

const reasons = new Set<string>();

function count(result: LearnResult): void {
  for (const { reason, count: times } of result.skipped)
    tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + times);
  tally.covered += result.proposals.filter(({ covered }) => covered !== undefined).length;
  for (const { problems } of result.files) for (const problem of problems) reasons.add(problem);
}

function chooser(random: Random): ((proposal: LearnedProposal) => number | undefined) | undefined {
  if (random.chance(0.5)) return undefined;
  return ({ candidates, status }) =>
    status === "covered" || random.chance(0.1) ? undefined : random.below(candidates.length);
}

function tryLog(seed: number): void {
  const random = new Random(seed);
  const lines = hostileLog(random, LINES, random.pick([0, 0.1, 0.5]));
  const createProfiles = random.chance(0.5);
  const { result, ...report } = checkLearnLaw(lines, { createProfiles, choose: chooser(random) });
  tally.lines += lines.length;
  for (const key of ["events", "taken", "written", "created", "refused"] as const) tally[key] += report[key];
  count(result);
}

test("for every log, the written policy allows what confirmed proposals say and nothing else, and compiles", () => {
  for (let at = 0; at < LOGS; at += 1) {
    try {
      tryLog(SEED + at);
    } catch (thrown) {
      throw new Error(`log ${SEED + at}: ${thrown instanceof Error ? thrown.message : ""}`, { cause: thrown });
    }
  }
  if (process.env["ARMORER_LEARN_LOGS"] !== undefined) {
    process.stderr.write(
      `${JSON.stringify({ ...tally, skipped: Object.fromEntries(tally.skipped), reasons: [...reasons] })}\n`,
    );
  }
  assert.ok(tally.taken > LOGS && tally.written > LOGS / 4 && tally.refused < tally.written, JSON.stringify(tally));
});

const isPlain = (kind: string | undefined): boolean => kind !== "abstraction" && kind !== "deny";

/** A log of one profile that asks for much that includes give, and for some that they do not. */
function includedLog(random: Random): readonly string[] {
  const names = ["/etc/f4", "/etc/f5", "/etc/f6", "/etc/f7", "/etc/f8", "/etc/f9", "/lib/a", "/lib/b/c", "/srv/f9"];
  return random.shuffled(names).flatMap((name, at) => {
    const mask = random.pick(["r", "r", "rw", "m"]);
    return [
      `type=AVC msg=audit(1.1:${at}): apparmor="DENIED" operation="open" profile="mail" name="${name}" pid=7 comm="t" requested_mask="${mask}" denied_mask="${mask}" fsuid=${random.pick([0, 1000])} ouid=0`,
    ];
  });
}

test("a rule that an include covers which is taken later is not written; what is permitted is the same", () => {
  let covered = 0;
  let written = 0;
  for (let at = 0; at < LOGS * 2; at += 1) {
    const random = new Random(SEED + at);
    // Plain rules first, as whoever does so who sees only later how many there are; in the end an include.
    let left = 2 + random.below(4);
    const choose = ({ candidates }: LearnedProposal): number | undefined => {
      const include = candidates.findIndex(({ kind }) => kind === "abstraction");
      // A pattern permits more than the include that answers its question.
      const plain = random.pick([...candidates.keys()].filter((one) => isPlain(candidates[one]?.kind)));
      left -= 1;
      return include < 0 || left > 0 ? (random.chance(0.1) ? undefined : plain) : include;
    };
    const { result } = checkLearnLaw(includedLog(random), { createProfiles: false, choose });
    for (const proposal of result.proposals) {
      const rules = proposal.taken === undefined ? [] : (proposal.candidates[proposal.taken]?.rules ?? []);
      const text = result.files.find(({ profiles }) => profiles.includes(proposal.profile))?.after ?? "";
      if (proposal.covered === undefined) continue;
      assert.ok(text.includes(`include <${proposal.covered}>`), text);
      for (const rule of rules) assert.ok(!text.includes(`  ${rule}\n`), `${rule} in ${text}`);
      covered += 1;
    }
    written += result.files.length;
  }
  assert.ok(covered > LOGS && written >= LOGS, `${covered} covered of ${written} texts`);
});
