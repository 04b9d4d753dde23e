/**
 * The law of learning: for every log, what is written into the policy allows what confirmed proposals say and nothing else, and compiles.
 * What was confirmed is put together by hand from the texts that were shown; the automata of both are compared.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  type LearnedCandidate,
  type LearnedProposal,
  type LearnResult,
  type LearnSession,
  loadEngine,
  loadLearner,
  type PolicySettings,
  skippedName,
} from "../../src/app/index.ts";
import { encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { groupEvents, readLog } from "../../src/learning/audit/index.ts";
import { type Choose, answerEach } from "./dialogues.ts";
import { type MemoryStore, memoryStore } from "./memory-files.ts";
import { compareStreams, renderDifference } from "./policy-equality.ts";

const settings: PolicySettings = {
  base: "/p",
  includePath: [],
  kernelFeatures: readFileSync(new URL("../../../policy/abi/5.0", import.meta.url), "utf8"),
  policyFeatures: { kind: "kernel" },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
};

const POLICY: Readonly<Record<string, string>> = {
  "/p/web":
    "# comment\nprofile web /usr/bin/web {\n  include <abstractions/base>\n  /etc/f1 r,\n  deny /etc/f2 w,\n  /bin/f3 ix,\n\n  ^hat {\n    /srv/f1 r,\n  }\n  profile worker {\n    capability chown,\n  }\n}\n",
  "/p/mail":
    "profile mail {\r\n\t/srv/f1 rw, # kept\r\n\tsignal send peer=web,\r\n}\r\n\r\nprofile db { /srv/f2 r, }\r\n",
  "/p/api": "profile other { }\n",
  "/p/README": "profile readme { }\n",
  "/p/broken": "profile broken {\n  /x rw\n",
  "/p/disable/disabled-one": "",
  "/p/abstractions/base": "  /lib/** rm,\n  /etc/f5 r,\n  /etc/f6 r,\n  /etc/f7 r,\n",
  "/p/abstractions/nameservice": "  /etc/f4 r,\n  network inet stream,\n",
  "/p/tunables/global": "@{HOME}=/home/*/ /root/\n@{PROC}=/proc/\n",
};

/** What the proposals that were taken say, put together by hand: bodies by label, as texts that were shown. */
class Confirmed {
  readonly bodies = new Map<string, string[]>();
  readonly heads = new Map<string, string>();
  readonly flags = new Map<string, Set<string>>();

  take(proposal: LearnedProposal, candidate: LearnedCandidate): void {
    for (const text of candidate.rules) {
      if (text.startsWith("flags=(")) this.flag(proposal.profile, text.slice("flags=(".length, -1));
      else if (/^(?:profile|hat) /.test(text)) this.profile(proposal, candidate, text);
      else {
        assert.equal(statements(`profile x {\n${text}\n}\n`), 1, `more than one rule was shown as one: ${text}`);
        this.add(proposal.profile, text);
      }
    }
  }

  private flag(label: string, flag: string): void {
    assert.match(flag, /^(?:attach_disconnected|mediate_deleted)$/);
    this.flags.set(label, (this.flags.get(label) ?? new Set()).add(flag));
  }

  /** `profile NAME [ATTACHMENT] {`, rules, `}`: the child of the proposal's profile, or a profile of its own. */
  private profile(proposal: LearnedProposal, candidate: LearnedCandidate, text: string): void {
    const [item, ...others] = parse(sourceFile("shown", `${text}\n`)).items;
    assert.ok(item?.kind === "profile" && others.length === 0 && item.close !== undefined, text);
    const own = item.name.value;
    const label = candidate.kind === "profile" ? own : `${proposal.profile}//${own}`;
    if (!this.heads.has(label)) this.heads.set(label, text.slice(0, item.open.start));
    const body = text.slice(item.open.end, item.close.start).trim();
    if (body !== "") for (const line of body.split("\n")) this.add(label, line.trim());
    this.add(label, "");
  }

  add(label: string, line: string): void {
    const lines = this.bodies.get(label) ?? [];
    this.bodies.set(label, lines);
    if (line !== "" && !lines.includes(line)) lines.push(line);
  }

  /** The text that stands for a label nobody had: with all below it. */
  fresh(label: string): string {
    const name = label.slice(label.lastIndexOf("//") < 0 ? 0 : splitAt(label) + 2);
    const isHat = splitAt(label) > 0 && !name.startsWith("/");
    const head = this.heads.get(label) ?? `${isHat ? "hat" : "profile"} "${name.replaceAll('"', '\\"')}"`;
    return `${head} ${flagText(this.flags.get(label))} {\n${(this.bodies.get(label) ?? []).join("\n")}\n${this.below(label)}}\n`;
  }

  private below(label: string): string {
    return this.labels()
      .filter((other) => other !== label && splitAt(other) > 0 && other.slice(0, splitAt(other)) === label)
      .map((other) => (KNOWN.has(other) ? "" : this.fresh(other)))
      .join("");
  }

  /** All labels, with those that only something below them needs. */
  labels(): readonly string[] {
    const all = new Set<string>();
    for (const label of [...this.bodies.keys(), ...this.flags.keys()]) {
      for (let own = label; ; own = own.slice(0, splitAt(own))) {
        all.add(own);
        if (splitAt(own) <= 0) break;
      }
    }
    return [...all];
  }

  /** A file of the policy with what its profiles get: behind their opening brace. */
  insertInto(text: string): string {
    const places: { at: number; text: string }[] = [];
    for (const [label, [from, to]] of bracesOf(text)) {
      const lines = this.bodies.get(label);
      places.push({ at: to, text: `\n${(lines ?? []).join("\n")}\n${this.below(label)}` });
      const flags = this.flags.get(label);
      if (flags !== undefined) places.push({ at: from, text: flagText(flags) });
    }
    return places
      .toSorted((a, b) => b.at - a.at)
      .reduce((all, { at, text: own }) => all.slice(0, at) + own + all.slice(at), text);
  }
}

function flagText(flags: ReadonlySet<string> | undefined): string {
  return flags === undefined ? "" : ` flags=(${[...flags].join(", ")}) `;
}

function splitAt(label: string): number {
  let cut = label.lastIndexOf("//");
  while (cut > 0 && label[cut - 1] === "/") cut -= 1;
  return cut;
}

function statements(text: string): number {
  const tree = parse(sourceFile("shown", text));
  const [item, ...others] = tree.items;
  const fine = tree.diagnostics.every(({ severity }) => severity !== "error");
  return fine && others.length === 0 && item?.kind === "profile" ? item.items.length : -1;
}

/** Where the braces of every profile of a text are: in front of the brace, and behind it. */
function bracesOf(text: string): readonly (readonly [string, readonly [number, number]])[] {
  const found: (readonly [string, readonly [number, number]])[] = [];
  const visit = (items: ReturnType<typeof parse>["items"] | readonly unknown[], above: string): void => {
    for (const item of items) {
      if (!isProfile(item)) continue;
      const label = above === "" ? item.name.value : `${above}//${item.name.value}`;
      found.push([label, [item.open.start, item.open.end]]);
      visit(item.items, label);
    }
  };
  visit(parse(sourceFile("text", text)).items, "");
  return found;
}

type ProfileItem = Extract<ReturnType<typeof parse>["items"][number], { kind: "profile" }>;

function isProfile(item: unknown): item is ProfileItem {
  return typeof item === "object" && item !== null && "kind" in item && item.kind === "profile";
}

const KNOWN: ReadonlySet<string> = new Set(
  Object.entries(POLICY).flatMap(([path, text]) =>
    /^\/p\/[^/]+$/.test(path) && !path.endsWith("README") ? bracesOf(text).map(([label]) => label) : [],
  ),
);

const learner = await loadLearner();
const engine = await loadEngine();

interface Compiled {
  readonly ok: boolean;
  readonly units: ReadonlyMap<string, Uint8Array>;
  readonly message: string;
}

function compile(text: string, texts: Readonly<Record<string, string>>): Compiled {
  engine.forgetFiles();
  const { ok, units, diagnostics } = engine.compile(
    { path: "/p/tried", bytes: encodeBytes(text) },
    settings,
    memoryStore(texts),
  );
  const message = diagnostics.find(({ severity }) => severity === "error")?.message ?? "";
  return { ok, units: new Map(units.map(({ outline, bytes }) => [outline.name, bytes])), message };
}

function assertSame(actual: Compiled, expected: Compiled, what: string): void {
  assert.ok(actual.ok, `${what} does not compile: ${actual.message}`);
  assert.ok(expected.ok, `${what}: what was shown does not compile: ${expected.message}`);
  assert.deepEqual([...actual.units.keys()].toSorted(), [...expected.units.keys()].toSorted(), what);
  for (const [name, bytes] of actual.units) {
    const other = expected.units.get(name);
    if (other === undefined || Buffer.compare(bytes, other) === 0) continue;
    assert.deepEqual(compareStreams(bytes, other).map(renderDifference), [], `${what}, profile ${name}`);
  }
}

/** What came of one log. */
interface LawReport {
  readonly events: number;
  readonly taken: number;
  readonly written: number;
  readonly created: number;
  readonly refused: number;
  readonly result: LearnResult;
}

interface LawLog {
  readonly session: LearnSession;
  /** How many different events there are. */
  readonly events: number;
  /** The policy. */
  readonly store: MemoryStore;
}

/** Opens the dialogue about a log over a small policy in memory. */
export function openLawLog(lines: readonly string[], createProfiles: boolean): LawLog {
  const events = readLog(lines).events.map(({ event }) => event);
  const groups = groupEvents(events, learner.keyOf);
  const store = memoryStore(POLICY);
  const session = learner.open({ groups, profile: undefined, createProfiles }, settings, store);
  return { session, events: groups.length, store };
}

/** Learns from a log, writes, and throws where the law is broken; where nobody chooses, everything is taken as suggested. */
export function checkLearnLaw(
  lines: readonly string[],
  { createProfiles, choose }: { readonly createProfiles: boolean; readonly choose: Choose | undefined },
): LawReport {
  const { session, events, store } = openLawLog(lines, createProfiles);
  const answered = choose === undefined ? session.answerRest() : answerEach(session, choose);
  const result = answered.result();
  assert.deepEqual(learner.write(result.files, store, undefined), []);
  const texts = store.texts();
  const files = checkFiles(result, texts);
  return { events, taken: checkMeaning(result, texts), ...files, result };
}

/** Only what was announced is different, and new files are where every tool reads them. */
function checkFiles(
  { files }: LearnResult,
  texts: Readonly<Record<string, string>>,
): Pick<LawReport, "written" | "created" | "refused"> {
  const announced = new Map(files.filter(({ after }) => after !== undefined).map((file) => [file.path, file]));
  for (const [path, text] of Object.entries(texts)) {
    const file = announced.get(path);
    assert.equal(text, file === undefined ? POLICY[path] : file.after, path);
    if (path in POLICY) continue;
    const name = path.slice("/p/".length);
    assert.ok(file !== undefined && file.before === undefined, path);
    assert.ok(path.startsWith("/p/") && !name.includes("/") && skippedName(name) === undefined, path);
    assert.ok(Buffer.byteLength(name) < 256 && !/^[-.]|[\s"'\\*?$]/.test(name), path);
    assert.ok(!("/p/disable/" + name in POLICY), path);
    const alike = Object.keys(texts).filter((other) => other.toLowerCase() === path.toLowerCase());
    assert.deepEqual(alike, [path]);
  }
  for (const path of Object.keys(POLICY)) assert.ok(path in texts, path);
  return {
    written: announced.size,
    created: [...announced.values()].filter(({ before }) => before === undefined).length,
    refused: files.length - announced.size,
  };
}

/** Each file that was written decides what the old text with the rules that were shown would decide, by its automata. */
function checkMeaning(result: LearnResult, texts: Readonly<Record<string, string>>): number {
  const confirmed = new Confirmed();
  let taken = 0;
  for (const proposal of result.proposals) {
    const candidate = proposal.taken === undefined ? undefined : proposal.candidates[proposal.taken];
    if (candidate === undefined) continue;
    taken += 1;
    confirmed.take(proposal, candidate);
  }
  const tops = confirmed.labels().filter((label) => splitAt(label) <= 0 && !KNOWN.has(label));
  for (const { path, before, after } of result.files) {
    if (after === undefined) continue;
    const actual = compile(after, texts);
    if (before !== undefined) assertSame(actual, compile(confirmed.insertInto(before), texts), path);
    else {
      const own = tops.filter((label) => actual.units.has(label));
      assert.equal(own.length, 1, `${path}: ${[...actual.units.keys()].join(" ")} against ${tops.join(" ")}`);
      const fresh = `include <tunables/global>\n${own.map((label) => confirmed.fresh(label)).join("")}`;
      assertSame(actual, compile(fresh, texts), path);
    }
  }
  return taken;
}
