/** Programs that are learned from one run in complain mode, enforced and run again, on a real kernel. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepResult } from "../../lab/index.ts";
import { defaultPolicySettings, loadEngine, loadLearner } from "../../src/app/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { groupEvents, readLog } from "../../src/learning/audit/index.ts";
import type { Guest } from "./lab.ts";
import { type LearnedProgram, PREPARE } from "./learn-programs.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const learner = await loadLearner();
const engine = await loadEngine();
const files = nodeFiles();

/** A directory of policy with our abstractions, in which one profile is learned. */
class Place {
  readonly base = mkdtempSync(join(tmpdir(), "armorer-learned-"));
  readonly #features: string;

  constructor(features: string) {
    this.#features = features;
    for (const name of ["abi", "abstractions", "tunables"]) {
      cpSync(join(REPOSITORY, "policy", name), join(this.base, name), { recursive: true });
    }
  }

  settings(): ReturnType<typeof defaultPolicySettings> {
    return defaultPolicySettings({ base: this.base, kernelFeatures: this.#features });
  }

  path(name: string): string {
    return join(this.base, `learned-${name}`);
  }

  /** The profile's bytes for the kernel. */
  compile(name: string, text: string): readonly Uint8Array[] {
    engine.forgetFiles();
    writeFileSync(this.path(name), text);
    const compiled = engine.compile({ path: this.path(name), bytes: Buffer.from(text) }, this.settings(), files);
    assert.ok(compiled.ok, `${text}${compiled.diagnostics[0]?.message}`);
    return compiled.units.map(({ bytes }) => bytes);
  }

  /** Learns as it is done where nobody is asked, writes, and gives the new text. */
  learn(name: string, log: readonly string[]): string {
    const events = readLog(log).events.map(({ event }) => event);
    const groups = groupEvents(events, learner.keyOf);
    const result = learner
      .open({ groups, profile: undefined, createProfiles: false }, this.settings(), files)
      .answerRest()
      .result();
    assert.deepEqual(learner.write(result.files, files, undefined), [], name);
    for (const { path, problems } of result.files) assert.deepEqual(problems, [], path);
    return readFileSync(this.path(name), "latin1");
  }

  close(): void {
    rmSync(this.base, { recursive: true });
  }
}

async function load(guest: Guest, units: readonly Uint8Array[]): Promise<void> {
  for (const policy of units) {
    const [loaded] = await guest.run({ kind: "replace", id: "load", policy });
    assert.equal(loaded?.errno, undefined);
  }
}

async function runOnce(guest: Guest, { argv, stdin, before: first }: LearnedProgram): Promise<StepResult> {
  if (first !== undefined) await guest.run({ kind: "run", id: "before", argv: ["/bin/sh", "-ec", first] });
  const [result] = await guest.run({
    kind: "run",
    id: "run",
    argv,
    timeoutMs: 60_000,
    ...(stdin !== undefined && { stdin }),
  });
  assert.ok(result);
  return { ...result, events: result.events.filter((line) => !line.includes('apparmor="STATUS"')) };
}

/** Complain, learn, enforce, run again; what was refused then. */
async function prove(guest: Guest, place: Place, one: LearnedProgram): Promise<readonly string[]> {
  const { name, path } = one;
  const head = (flags: string): string => `include <tunables/global>\nprofile learned-${name} ${path}${flags} {\n}\n`;
  await load(guest, place.compile(name, head(" flags=(complain)")));
  const watched = await runOnce(guest, one);
  if (watched.events.length === 0) return ["it did nothing that was logged"];
  if (watched.exitCode !== 0) return [`it failed by itself: ${watched.exitCode} ${watched.stderr}`];
  const learned = place.learn(name, watched.events);
  await load(guest, place.compile(name, learned.replace(" flags=(complain)", "")));
  const again = await runOnce(guest, one);
  const refused = again.events.map((line) => line.slice(line.indexOf("apparmor=")));
  if (again.exitCode !== watched.exitCode)
    refused.push(`exit ${watched.exitCode} became ${again.exitCode}: ${again.stderr}`);
  await guest.run({ kind: "remove", id: "remove", profile: `learned-${name}` });
  rmSync(place.path(name));
  return refused;
}

/** What was refused of each program once its learned profile was enforced; only programs of which something was. */
export async function proveLearning(
  guest: Guest,
  programs: readonly LearnedProgram[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const place = new Place(guest.features);
  try {
    const [prepared] = await guest.run({ kind: "run", id: "prepare", argv: ["/bin/sh", "-ec", PREPARE] });
    assert.equal(prepared?.exitCode, 0, prepared?.stderr);
    const refused: [string, readonly string[]][] = [];
    for (const one of programs) refused.push([one.name, await prove(guest, place, one)]);
    return Object.fromEntries(refused.filter(([, lines]) => lines.length > 0));
  } finally {
    place.close();
  }
}
