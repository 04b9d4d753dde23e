/** First suites for a profile: of what its own rules say, or of what a log shows. */
import { holds } from "../analysis/expectations/index.ts";
import { eventQuestion } from "../analysis/explain/index.ts";
import { compareText, fail, ok, type Outcome } from "../foundation/basics/index.ts";
import { parseLine } from "../learning/audit/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { placeOfRule, type PolicyWorld, profilesOf } from "./meaning-world.ts";
import { readQuestion } from "./query-policy.ts";
import {
  allowedOf,
  type Asked,
  isNoticed,
  isOwn,
  type MissedMutant,
  missedMutants,
  mutantCount,
  type Tested,
  whyFree,
} from "./tested-file.ts";
import { inPieces, type TestCrew, type TestRequest, WORTH } from "./testing.ts";
import { unknownProfile } from "./unknown-profile.ts";

/**
 * A first suite for a profile: what its own rules say, and of every mutant that this would not notice an access that tells it from the
 * profile. Each line was asked and holds.
 *
 * Errors: a sentence: there is no such profile.
 */
export async function starterSuite(crew: TestCrew, policy: OpenPolicy, name: string): Promise<Outcome<string, string>> {
  const { world } = policy;
  const tested = testedOf(world, name);
  if (tested === undefined) return fail(unknownProfile(name, profilesOf(world)));
  const { file, subject } = tested;
  const { lines, asked, add } = startSuite(tested);
  for (const rule of subject.profile.rules.filter(isOwn)) {
    const text = questionText(placeOfRule(rule, file).text);
    if (rule.kind !== "rlimit" && rule.mode === "deny") add("none", text);
    else if (!add("all", text)) add("some", text);
  }
  const outside: string[] = [];
  const own = suiteText(name, [["", lines]]);
  const requests = missedRequests(policy, tested, own);
  const isShared = crew.isShared(requests, mutantCount(tested) * WORTH.mutant);
  const missed = isShared ? sharedMutants(crew, requests, tested) : ownMutants(tested, asked);
  for await (const mutant of missed) {
    // what others decided knows nothing of the lines that were added since
    if (isShared && isNoticed(mutant, asked)) continue;
    if (add(mutant.kind, mutant.witness)) outside.push(lines.pop() ?? "");
  }
  return ok(
    suiteText(name, [
      ["does what it is for", lines],
      ["and no more", outside],
    ]),
  );
}

/** Policy that is open, and what it was read from. */
export interface OpenPolicy {
  readonly world: PolicyWorld;
  readonly sources: readonly PolicySource[];
  readonly settings: PolicySettings;
}

async function* ownMutants(
  tested: Tested,
  asked: readonly Pick<Asked, "kind" | "question">[],
): AsyncGenerator<MissedMutant> {
  yield* missedMutants(tested, { first: 0, end: mutantCount(tested) }, () => asked);
}

async function* sharedMutants(
  crew: TestCrew,
  requests: readonly TestRequest[],
  tested: Tested,
): AsyncGenerator<MissedMutant> {
  let place = 0;
  const ranges = inPieces(mutantCount(tested));
  for await (const answer of crew.answer(requests, mutantCount(tested) * WORTH.mutant)) {
    const range = ranges[place];
    place += 1;
    if (answer.kind === "missed") yield* answer.missed;
    // what a thread cannot read any more is open here
    else if (range !== undefined) yield* missedMutants(tested, range, () => []);
  }
}

function missedRequests({ settings, sources }: OpenPolicy, tested: Tested, text: string): readonly TestRequest[] {
  const { path } = tested.file.source;
  const place = sources.findIndex((source) => source.path === path);
  const source = sources[place];
  if (source === undefined) return [];
  const profile = tested.file.subjects.indexOf(tested.subject);
  const suites = [{ path: "", text }];
  return inPieces(mutantCount(tested)).map((range) => {
    return { place, source, settings, suites, goal: { kind: "missed", profile, ...range } };
  });
}

function testedOf(world: PolicyWorld, name: string): Tested | undefined {
  const file = world.files.find(({ subjects }) => subjects.some(({ profile }) => profile.name === name));
  const subject = file?.subjects.find(({ profile }) => profile.name === name);
  return file && subject && { file, subject };
}

/** A suite that is being written, to which only what holds is added. */
interface SuiteDraft {
  readonly lines: string[];
  readonly asked: Pick<Asked, "kind" | "question">[];
  /** Whether the line is new, and holds. */
  readonly add: (kind: "all" | "none" | "some", text: string) => boolean;
}

function startSuite({ file, subject }: Tested): SuiteDraft {
  const lines: string[] = [];
  const asked: SuiteDraft["asked"] = [];
  const add: SuiteDraft["add"] = (kind, text) => {
    const question = readQuestion(text, file.questions, subject.profile);
    if (!question.ok || whyFree(subject.profile, question.value) !== undefined) return false;
    const held = holds(kind, question.value.set, allowedOf(subject));
    const line = `${kind.padEnd(4)} ${text}`;
    if (!held.ok || !held.value || lines.includes(line)) return false;
    lines.push(line);
    asked.push({ kind, question: question.value });
    return true;
  };
  return { lines, asked, add };
}

/** A suite made from a log. */
interface LoggedSuite {
  /** Empty: no line of the log says anything of the profile. */
  readonly text: string;
  /** Lines that are no events. */
  readonly otherLines: number;
  /** Events of other profiles. */
  readonly otherProfiles: number;
  /** Why an event is in no expectation, in sentences. */
  readonly unused: readonly string[];
}

/**
 * A suite of what a log shows that a profile was asked: what its rules allow by now, and what they still refuse. All of it holds.
 *
 * Errors: a sentence: no such profile.
 */
export function loggedSuite(world: PolicyWorld, name: string, log: readonly string[]): Outcome<LoggedSuite, string> {
  const tested = testedOf(world, name);
  if (tested === undefined) return fail(unknownProfile(name, profilesOf(world)));
  const [allowed, refused] = [startSuite(tested), startSuite(tested)];
  const unused: string[] = [];
  const rules = new Set<string>();
  let [otherLines, otherProfiles] = [0, 0];
  for (const line of log) {
    const event = parseLine(line);
    if (event === undefined || !("kind" in event)) {
      otherLines += 1;
      continue;
    }
    const asked = eventQuestion(event);
    if (!asked.ok) unused.push(asked.error);
    else if (asked.value.profile !== name) otherProfiles += 1;
    else rules.add(asked.value.rule);
  }
  for (const rule of [...rules].toSorted(compareText)) {
    if (allowed.add("all", rule) || refused.add("none", rule) || allowed.add("some", rule)) continue;
    unused.push(`\`${rule}\` is not decided by rules`);
  }
  const text = suiteText(name, [
    ["may do what the log shows", allowed.lines],
    ["may not do what was refused", refused.lines],
  ]);
  return ok({ text, otherLines, otherProfiles, unused });
}

/** A rule without what says how it decides. */
function questionText(rule: string): string {
  return rule.replace(/^(?:priority=\S+\s+)?(?:audit\s+)?(?:(?:allow|deny|prompt)\s+)?/, "");
}

function suiteText(profile: string, tests: readonly (readonly [string, readonly string[]])[]): string {
  const named = /[\s,{}"]/.test(profile) ? `"${profile}"` : profile;
  return tests
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([name, lines]) =>
        `test "${profile.replaceAll(/["\\]/g, "\\$&")} ${name}" for ${named} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`,
    )
    .join("\n");
}
