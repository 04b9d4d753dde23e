/** Laws of questions to policy: one policy, one question, every reading of them held against the others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decide, type Question as AccessQuestion } from "../../src/analysis/monitor/index.ts";
import { draftOf, explainQuestion, type Subject } from "../../src/analysis/explain/index.ts";
import {
  type Access,
  type AccessSet,
  accessesOf,
  asRules,
  type Comparison,
  compareSets,
  contains,
  FileBit,
  type Grant,
  intersect,
  isEmpty,
  meets,
  type Question,
  parseQuestion,
  type SetPart,
  subtract,
} from "../../src/analysis/sets/index.ts";
import { partAtExec } from "../../src/analysis/sets/at-exec.ts";
import { openWorld, type PolicyWorld, type WorldFile } from "../../src/app/meaning-world.ts";
import { smallestEdit } from "../../src/app/flip.ts";
import { defaultPolicySettings } from "../../src/app/index.ts";
import { compilePolicy } from "../../src/compiler/compile/index.ts";
import { MediationClass, match } from "../../src/compiler/compiled/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { printRule } from "../../src/language/edit/index.ts";
import type { Profile, Rule } from "../../src/language/model/index.ts";
import { classes } from "./diff-law.ts";
import { onlyAsked } from "./asked-files.ts";
import { memoryStore } from "./memory-files.ts";
import { Random } from "./random.ts";
import { randomPolicy } from "./random-policy.ts";
import { randomQuestions } from "./random-questions.ts";

export const kernelFeatures = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
const settings = defaultPolicySettings({
  workingDirectory: "/",
  base: "/etc/apparmor.d",
  kernelFeatures,
  policyFeatures: { kind: "kernel" },
});

export interface MeaningCase {
  readonly text: string;
  readonly world: PolicyWorld;
  readonly file: WorldFile;
  readonly subject: Subject;
}

/** The one profile of a text; `undefined`: it does not compile, as contradictions do not. */
export function meaningCase(text: string): MeaningCase | undefined {
  const world = openWorld([{ path: "/p", bytes: encodeBytes(text) }], settings, memoryStore());
  const [file] = world.files;
  const subject = file?.subjects[0];
  return file === undefined || subject === undefined ? undefined : { text, world, file, subject };
}

/** Questions that have to do with a policy: its own rules, bare, and those of another. */
export function questionTexts(seed: number, kinds: readonly string[], profile: Profile): readonly string[] {
  const others = randomPolicy(seed + 5_000_000, kinds).policy.profiles.flatMap(({ rules }) => rules);
  return [...profile.rules, ...others].filter(({ kind }) => kind !== "all").map((rule) => printRule(draftOf(rule)));
}

export interface Tally {
  questions: number;
  witnesses: number;
  accesses: number;
  deletions: number;
  kept: number;
  edits: number;
  unturned: number;
  exact: number;
  near: number;
}

export function emptyTally(): Tally {
  return { questions: 0, witnesses: 0, accesses: 0, deletions: 0, kept: 0, edits: 0, unturned: 0, exact: 0, near: 0 };
}

function value<T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
}

/** All laws of one question. */
export function checkQuestion(one: MeaningCase, text: string, tally: Tally, random: Random): void {
  const asked = parseQuestion(text, one.file.questions);
  if (!asked.ok || !asked.value.isMediated) return;
  const question = asked.value;
  tally.questions += 1;
  const set = accessesOf(one.subject.compiled);
  const compared = value(compareSets(question.set, set));
  checkAlgebra(question, set, compared);
  assert.equal(value(explainQuestion(question, one.subject)).verdict, compared.verdict, "patterns and automata");
  checkWitness(one, compared.inside, "all", tally);
  // a limit up to more than is allowed is a limit up to what is allowed, too
  if (question.rule.kind !== "rlimit") checkWitness(one, compared.outside, "none", tally);
  const { profile } = one.subject;
  tally.accesses += checkAccesses(profile, question, compared.verdict, {
    isGranted: (access) => decide(profile, access).allowed,
    random,
  });
}

function checkAlgebra(question: Question, set: ReturnType<typeof accessesOf>, { verdict }: Comparison): void {
  assert.equal(value(contains(set, question.set)), verdict === "all", "contains");
  assert.equal(value(meets(question.set, set)), verdict !== "none", "meets");
  assert.equal(isEmpty(value(subtract(question.set, set))), verdict === "all", "the remainder");
  assert.equal(isEmpty(value(intersect(question.set, set))), verdict === "none", "what is in common");
}

/**
 * A witness is one access: its input, and what is granted or refused there. The rule that is shown for it speaks of that access, and of nothing
 * that could have been left out; so where the rule says no more than the access, as a question it has the answer that it is a witness of.
 */
function checkWitness(
  one: MeaningCase,
  witness: Access | undefined,
  verdict: Comparison["verdict"],
  tally: Tally,
): void {
  if (witness === undefined) return;
  const asked = parseQuestion(witness.rule, one.file.questions);
  if (!asked.ok) assert.fail(`the witness ${witness.rule} is no question: ${asked.error}`);
  const set = accessesOf(one.subject.compiled);
  const found = value(compareSets(asked.value.set, set)).verdict;
  tally.witnesses += 1;
  const more = moreThanAccess(asked.value, witness, set, verdict);
  if (more === "nothing") assert.equal(found, verdict, `the witness ${witness.rule}`);
  else assert.notEqual(found, verdict === "all" ? "none" : "all", `the witness ${witness.rule}`);
}

/** What a rule says beside the access it is shown for; what it must not say fails. */
function moreThanAccess(
  { rule, set: spoken }: Question,
  witness: Access,
  set: AccessSet,
  verdict: Comparison["verdict"],
): "nothing" | "a little" {
  const shown = shownHalf(witness.grant, rule);
  const changes = spoken.file?.isAtExec === true && set.file ? value(partAtExec(set.file)) : set.file;
  const [own, there] = [grantsAt(spoken, witness), grantsAt({ ...set, file: changes }, witness)];
  if (own.length === 0) return "nothing";
  const said = own.find((grant) => isWithin(shown, grant));
  assert.ok(said !== undefined, `${witness.rule} does not speak of the access it is shown for`);
  const isThere = there.some((grant) => isWithin(shown, grant));
  const isTouched = there.some((grant) => overlaps(shown, grant));
  assert.ok(verdict === "all" ? isThere : !isTouched, `${witness.rule}: ${JSON.stringify([shown, there])}`);
  // unix rules are looked up before and behind the protocol, override_creds also without its label, and one flag of mounts comes with another
  const isWider = rule.kind === "mount" && rule.optionsIn.length > 0;
  if (rule.kind === "unix" || rule.kind === "io_uring" || isWider) return "a little";
  const extra = (said.bits & ~shown.bits) | (said.others & ~shown.others);
  // who writes may append; a link that needs no test of its target is a link
  const inseparable = rule.kind === "link" ? FileBit.l | FileBit.freeLink : FileBit.a;
  if (witness.kind === "file") assert.equal(extra & ~inseparable, 0, `${witness.rule} says more than the access`);
  return witness.kind === "file" && extra !== 0 ? "a little" : "nothing";
}

/** Where owner and others differ, a rule for one half is shown. */
function shownHalf({ bits, others, execs }: Grant, rule: Rule): Grant {
  const half = rule.kind === "file" || rule.kind === "link" ? rule.owner : "any";
  if (half !== "owner" && half !== "other") return { bits, others, execs };
  const own = execs.filter((exec) => exec.startsWith(half));
  return half === "owner" ? { bits, others: 0, execs: own } : { bits: 0, others, execs: own };
}

function grantAt(part: SetPart | undefined, bytes: Uint8Array): readonly Grant[] {
  const grant = part?.grants[part.dfa.outputs[match(part.dfa, 1, bytes)] ?? 0];
  return grant === undefined ? [] : [grant];
}

/** What a set grants for the input of an access; nothing for what is no automaton. */
function grantsAt(set: AccessSet, { kind, input }: Access): readonly Grant[] {
  if (kind === "file") return grantAt(set.file, input);
  const numbers = kind === "ptrace" ? [MediationClass.ptrace] : (classes[kind] ?? []);
  return numbers.flatMap((number) => grantAt(set.policydb, Uint8Array.from([number, ...input])));
}

function isWithin(inner: Grant, outer: Grant): boolean {
  const hasBits = (inner.bits & ~outer.bits) === 0 && (inner.others & ~outer.others) === 0;
  return hasBits && inner.execs.every((exec) => outer.execs.includes(exec));
}

function overlaps(one: Grant, other: Grant): boolean {
  const shared = (one.bits & other.bits) | (one.others & other.others);
  return shared !== 0 || one.execs.some((exec) => other.execs.includes(exec));
}

/** Single accesses, decided rule by rule; how many. `profile`: who is asked, or one of them. */
export function checkAccesses(
  profile: Profile,
  question: Question,
  verdict: string,
  { isGranted: decided, random }: { readonly isGranted: (access: AccessQuestion) => boolean; readonly random: Random },
): number {
  const { rule } = question;
  // how a program is executed is no single access of the monitor
  if (rule.kind === "file" && rule.exec !== undefined) return 0;
  const asking: Profile = { ...profile, rules: [rule] };
  let count = 0;
  for (const access of randomQuestions(random, [rule.kind])) {
    for (const single of singles(access)) {
      if (single.kind === "exec" || !decide(asking, single).allowed || !isAbout(rule, asking, single)) continue;
      count += 1;
      const isGranted = decided(single);
      if (isGranted !== (verdict === "all") && verdict !== "some")
        assert.fail(`${verdict}, but ${JSON.stringify(single)} is ${isGranted ? "granted" : "refused"}`);
    }
  }
  return count;
}

/** With a condition a rule asks about its programs and their labels; without one about labels alone. */
function isAbout(rule: Rule, asking: Profile, access: AccessQuestion): boolean {
  if (rule.kind !== "change_profile" || access.kind !== "change_profile") return true;
  const { program, onExec } = access;
  if (rule.exec === undefined) return !onExec;
  const isNamed = program !== undefined && decide(asking, { ...access, target: program, program: undefined }).allowed;
  return onExec && isNamed;
}

/** One permission at a time. */
function singles(access: AccessQuestion): readonly AccessQuestion[] {
  if (access.kind === "file")
    return access.letters
      .filter((letter) => letter !== "x" && letter !== "l")
      .map((letter) => ({ ...access, letters: [letter] }));
  if (access.kind === "network" || access.kind === "unix" || access.kind === "mqueue")
    return access.permissions.map((permission) => ({ ...access, permissions: [permission] }));
  return [access];
}

/** The rules that are named are those that decide: without them the answer is another, without any other rule it is the same. */
export function checkDeletion(one: MeaningCase, text: string, tally: Tally): void {
  const asked = parseQuestion(text, one.file.questions);
  if (!asked.ok || !asked.value.isMediated) return;
  const compared = value(compareSets(asked.value.set, accessesOf(one.subject.compiled)));
  const { inside } = compared;
  // a rule for a limit takes away: without it every value is allowed
  if (inside === undefined || asked.value.rule.kind === "rlimit") return;
  const single = value(parseQuestion(inside.rule, one.file.questions));
  const explained = value(explainQuestion(single, one.subject));
  if (explained.verdict !== "all" || explained.parts.some(({ isImplied }) => isImplied)) return;
  const named = new Set<Rule>(
    explained.parts.flatMap(({ rules, outranked }) => [...rules, ...outranked.map(({ rule }) => rule)]),
  );
  if (named.size === 0) return;
  const verdictWithout = (gone: ReadonlySet<Rule>): string | undefined => {
    const profile = { ...one.subject.profile, rules: one.subject.profile.rules.filter((rule) => !gone.has(rule)) };
    const compiled = compilePolicy({ ...one.subject.policy, profiles: [profile] }, one.subject.options).value[0]
      ?.profiles[0];
    return compiled && value(compareSets(single.set, accessesOf(compiled))).verdict;
  };
  tally.deletions += 1;
  assert.notEqual(
    verdictWithout(named),
    "all",
    `without ${[...named].map(({ kind }) => kind).join()}, ${inside.rule} is still allowed`,
  );
  for (const rule of one.subject.profile.rules) {
    if (named.has(rule)) continue;
    tally.kept += 1;
    const verdict = verdictWithout(new Set([rule])) ?? "all";
    assert.equal(verdict, "all", `${inside.rule} is not allowed without a rule that was not named`);
  }
}

/** The edit that is offered turns the answer; what it changes beside is what it says. */
export function checkEdit(one: MeaningCase, text: string, tally: Tally): void {
  const asked = parseQuestion(text, one.file.questions);
  if (!asked.ok || !asked.value.isMediated) return;
  const explanation = value(explainQuestion(asked.value, one.subject));
  const edit = smallestEdit({
    question: asked.value,
    subject: one.subject,
    file: one.file,
    explanation,
    world: one.world,
  });
  if (edit === undefined) {
    tally.unturned += 1;
    return;
  }
  tally.edits += 1;
  const after = meaningCase(applyDiff(one.text, edit.diff));
  assert.ok(after !== undefined, "the edited policy compiles");
  const [before, now] = [accessesOf(one.subject.compiled), accessesOf(after.subject.compiled)];
  assert.equal(value(compareSets(asked.value.set, now)).verdict, edit.makes);
  for (const [more, listed] of [
    [value(subtract(now, before)), edit.alsoAllows],
    [value(subtract(before, now)), edit.alsoTakes],
  ] as const) {
    const rest: ReturnType<typeof accessesOf> = value(subtract(more, asked.value.granted));
    assert.equal(isEmpty(rest), listed.length === 0, edit.diff);
  }
}

/** Applies a unified diff; the hunks of this project's own making fit. */
function applyDiff(text: string, diff: string): string {
  const lines = text.split("\n");
  const out: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(2)) {
    const hunk = /^@@ -(\d+)/.exec(line);
    if (hunk !== null) while (at < Number(hunk[1]) - 1) out.push(lines[at++] ?? "");
    else if (line.startsWith("+")) out.push(line.slice(1));
    else if (line.startsWith("-")) at += 1;
    else if (line.startsWith(" ")) out.push(lines[at++] ?? "");
  }
  return [...out, ...lines.slice(at)].join("\n");
}

/** Rules that are given for a set say the set, when they say that they do. */
export function checkCover(one: MeaningCase, text: string, tally: Tally): void {
  const asked = parseQuestion(text, one.file.questions);
  if (!asked.ok || !asked.value.isMediated || asked.value.set.policydb !== undefined) return;
  const rest = value(subtract(asked.value.set, accessesOf(one.subject.compiled)));
  const cover = asRules(rest);
  if (!cover.isExact || cover.rules.length === 0) {
    tally.near += 1;
    return;
  }
  tally.exact += 1;
  const again = meaningCase(`profile t {\n${cover.rules.join("\n")}\n}\n`);
  assert.ok(again !== undefined, cover.rules.join("\n"));
  const now = onlyAsked(accessesOf(again.subject.compiled));
  assert.ok(value(contains(now, onlyAsked(rest))), `missing from\n${cover.rules.join("\n")}`);
  const more = value(subtract({ ...now, policydb: undefined, limits: [] }, asked.value.granted));
  assert.ok(isEmpty(more), `more than asked in\n${cover.rules.join("\n")}`);
}

/** A part in words that are there already is that part: the first line without what the others take away. */
export function checkWords(one: MeaningCase, text: string, tally: Tally): void {
  const asked = parseQuestion(text, one.file.questions);
  if (!asked.ok || !asked.value.isMediated) return;
  for (const part of value(explainQuestion(asked.value, one.subject)).parts) {
    const [first, ...others] = part.words() ?? [];
    if (first === undefined) continue;
    const setOf = (line: string): AccessSet => value(parseQuestion(line, one.file.questions)).set;
    const said = others.reduce((left, line) => {
      assert.ok(line.startsWith("audit deny "), line);
      return value(subtract(left, setOf(line.slice("audit deny ".length))));
    }, setOf(first));
    const own = value(part.set());
    assert.ok(isEmpty(value(subtract(said, own))), `more than the part in\n${[first, ...others].join("\n")}`);
    assert.ok(isEmpty(value(subtract(own, said))), `missing from\n${[first, ...others].join("\n")}`);
    tally.exact += others.length > 0 ? 1 : 0;
  }
}
