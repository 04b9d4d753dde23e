/**
 * All, some or none of random rules for Debian's profiles: our verdicts are those on the automata of 5.0.2, on the patterns of the rules, and of
 * both monitors asked about single accesses. `npm run verdicts` asks 3,000 rules of 200 profiles.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { openWorld, type WorldFile } from "../../src/app/meaning-world.ts";
import { draftOf, explainQuestion, type Subject } from "../../src/analysis/explain/index.ts";
import { decide, type Question as AccessQuestion } from "../../src/analysis/monitor/index.ts";
import {
  type AccessSet,
  accessesOf,
  compareSets,
  parseQuestion,
  type Question,
} from "../../src/analysis/sets/index.ts";
import { decideCompiled } from "../../src/analysis/tables/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { emptyProfile, type Profile } from "../../src/language/model/index.ts";
import { printRule } from "../../src/language/edit/index.ts";
import { kernelFeatures } from "../support/meaning-law.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { compileOracleFiles } from "../support/oracle-batch.ts";
import { Random } from "../support/random.ts";
import { questionNear } from "../support/rule-questions.ts";

const RULES = Number(process.env["ARMORER_RULES"] ?? "60");
const PROFILES = Number(process.env["ARMORER_RULES_PROFILES"] ?? "10");
const FIRST = Number(process.env["ARMORER_RULES_SEED"] ?? "1");
const found = await findOracle();

interface Asked {
  readonly subject: Subject;
  readonly theirs: CompiledProfile;
  readonly own: AccessSet;
  readonly reference: AccessSet;
}

/** Profiles from all over the policy, in both compilers' forms, and the company that rules are read in. */
function askedProfiles(oracle: Oracle): { readonly profiles: readonly Asked[]; readonly company: WorldFile } {
  const base = join(oracle.root, "etc/apparmor.d");
  const extra = join(oracle.root, "usr/share/apparmor/extra-profiles");
  const paths = [base, extra]
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => statSync(path).isFile() && !path.endsWith("README"));
  const wanted = paths.filter(
    (_, at) => Math.floor((at * PROFILES) / paths.length) !== Math.floor(((at - 1) * PROFILES) / paths.length),
  );
  const settings = defaultPolicySettings({
    workingDirectory: "/",
    base,
    kernelFeatures,
    policyFeatures: { kind: "kernel" },
  });
  const world = openWorld(
    wanted.map((path) => ({ path, bytes: readFileSync(path) })),
    settings,
    nodeFiles(),
  );
  const inside = world.files.map(({ source }) => source.path.slice(oracle.root.length).replace(/^\/*/, "/"));
  const streams = compileOracleFiles(oracle, inside, { kernel: kernelFeatures, args: ["-q"] });
  const profiles = world.files.flatMap(({ subjects }, at) => {
    const stream = streams[at]?.stream;
    const decoded = stream && decodePolicy(stream);
    const reference = decoded?.ok === true ? decoded.value.profiles : [];
    return subjects.flatMap((subject): readonly Asked[] => {
      const theirs = reference.find(({ name }) => name === subject.profile.name);
      if (theirs === undefined) return [];
      return [{ subject, theirs, own: accessesOf(subject.compiled), reference: accessesOf(theirs) }];
    });
  });
  const company = world.files.find(({ questions }) => questions.preamble.includes("tunables/global"));
  assert.ok(company !== undefined);
  return { profiles: profiles.slice(0, PROFILES), company };
}

const changes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replace(/[^/ {}",]+(?=\/? [a-zA-Z]+,$)/, "*"),
  (text) => text.replace(/[^/ {}",]+\/[^/ {}",]+(?=\/? [a-zA-Z]+,$)/, "**"),
  (text) => text.replace(/ r,$/, " rw,"),
  (text) => text.replace(/ [a-zA-Z]+,$/, " w,"),
  (text) => text.replace(/^owner /, ""),
  (text) => (text.startsWith("/") ? `owner ${text}` : text),
  (text) => text.replace(/peer=[^ ,)]+/, "peer=*"),
];

/** Rules of the profiles, as they are or a little different. */
function nextRule(random: Random, profiles: readonly Asked[], { questions }: WorldFile): Question {
  for (;;) {
    const { rules } = random.pick(profiles).subject.profile;
    if (rules.length === 0) continue;
    const rule = random.pick(rules);
    if (rule.kind === "all") continue;
    const asked = parseQuestion(random.pick(changes)(printRule(draftOf(rule))), questions);
    if (asked.ok && asked.value.isMediated) return asked.value;
  }
}

/** A letter `l` alone is half an access: a deny rule leaves it on the name, and takes the name with its target (kernel-abi 7.7). */
function linkOf(access: AccessQuestion): AccessQuestion {
  if (access.kind !== "file" || !access.letters.includes("l")) return access;
  return { kind: "link", path: access.path, target: access.path, owner: access.owner };
}

/** Accesses that the rule speaks of. */
function accessesOfRule({ rule }: Question, random: Random): readonly AccessQuestion[] {
  if (rule.kind === "rlimit" || (rule.kind === "file" && rule.exec !== undefined) || rule.kind === "change_profile")
    return [];
  const asking: Profile = { ...emptyProfile("asking"), rules: [rule] };
  const drawn = Array.from({ length: 16 }, () => linkOf(questionNear(asking, random)));
  return drawn.filter((access) => access.kind !== "exec" && decide(asking, access).allowed);
}

interface Tally {
  pairs: number;
  accesses: number;
  byVerdict: Record<string, number>;
}

/** What is wrong about one rule and one profile; empty: nothing. */
function wrongOf(question: Question, one: Asked, accesses: readonly AccessQuestion[], tally: Tally): readonly string[] {
  const [own, reference] = [one.own, one.reference].map((set) => compareSets(question.set, set));
  assert.ok(own?.ok === true && reference?.ok === true);
  const { verdict } = own.value;
  tally.pairs += 1;
  tally.byVerdict[verdict] = (tally.byVerdict[verdict] ?? 0) + 1;
  const wrong = verdict === reference.value.verdict ? [] : [`5.0.2's automata: ${reference.value.verdict}`];
  if (tally.pairs % 20 === 0) {
    const explained = explainQuestion(question, one.subject);
    if (explained.ok && explained.value.verdict !== verdict) wrong.push(`patterns: ${explained.value.verdict}`);
  }
  for (const access of accesses) {
    const tables = decideCompiled(one.theirs, access, { kernel: "7.2" });
    if (!tables.isMediated) continue;
    tally.accesses += 1;
    const answers = [tables.allowed, decide(one.subject.profile, access).allowed];
    if (verdict !== "some" && answers.some((allowed) => allowed !== (verdict === "all")))
      wrong.push(`${JSON.stringify(access)}: tables ${answers[0]}, rules ${answers[1]}`);
  }
  return wrong.map((text) => `${one.subject.profile.name}: ${question.text} ${verdict}; ${text}`);
}

test(
  "verdicts on random rules are those of 5.0.2's automata, of the rules and of single accesses",
  { skip: found.ok ? false : found.error },
  (context) => {
    assert.ok(found.ok);
    const { profiles, company } = askedProfiles(found.value);
    assert.ok(profiles.length > 0.8 * PROFILES, `${profiles.length} profiles`);
    const random = new Random(FIRST);
    const tally: Tally = { pairs: 0, accesses: 0, byVerdict: {} };
    const wrong: string[] = [];
    for (let count = 0; count < RULES; count += 1) {
      const question = nextRule(random, profiles, company);
      const accesses = accessesOfRule(question, random);
      for (const one of profiles) wrong.push(...wrongOf(question, one, accesses, tally));
    }
    context.diagnostic(
      `${RULES} rules, ${profiles.length} profiles, ${wrong.length} mismatches; ${JSON.stringify(tally)}`,
    );
    assert.deepEqual(wrong.slice(0, 10), []);
  },
);
