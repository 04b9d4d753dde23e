/** Programs that are learned from one run in complain mode, enforced and run again, on a real kernel. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepResult } from "../../lab/index.ts";
import { defaultPolicySettings, loadEngine, loadLearner } from "../../src/app/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { groupEvents, readLog } from "../../src/learning/audit/index.ts";
import type { Guest } from "./lab.ts";
import { type Accepted, acceptedBy, touchedIn } from "./accepted-sets.ts";
import type { LearnedProgram } from "./learn-programs.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const learner = await loadLearner();
const engine = await loadEngine();
const files = nodeFiles();

/** A directory of policy with our abstractions, in which one profile is learned. */
export class Place {
  readonly base = mkdtempSync(join(tmpdir(), "armorer-learned-"));
  readonly #features: string;

  constructor(features: string) {
    this.#features = features;
    for (const name of ["abi", "abstractions", "tunables"]) {
      cpSync(join(REPOSITORY, "policy", name), join(this.base, name), { recursive: true });
    }
  }

  settings(): ReturnType<typeof defaultPolicySettings> {
    return defaultPolicySettings({ workingDirectory: "/", base: this.base, kernelFeatures: this.#features });
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
    timeoutMs: 300_000,
    ...(stdin !== undefined && { stdin }),
  });
  assert.ok(result);
  return { ...result, events: result.events.filter((line) => !line.includes('apparmor="STATUS"')) };
}

/** Sizes of accepted sets, over the files of the guest and those that the program touched. */
interface Measure {
  readonly learned: number;
  /** What the program touched, with what `abstractions/base` permits. */
  readonly touched: number;
  /** By the profile that Debian ships for the program. */
  readonly shipped: number | undefined;
}

/** One program's way from complaining to enforced. */
export interface Proof {
  readonly name: string;
  /** What was refused once its learned profile was enforced, and what else is wrong. */
  readonly refused: readonly string[];
  /** Where that was asked for. */
  readonly measure: Measure | undefined;
  readonly learned: string;
  /** What the run in complain mode was noted for. */
  readonly log: readonly string[];
}

/** With what learned profiles are measured: the paths of the guest's files, and Debian's own profiles by program. */
interface Scale {
  readonly paths: readonly string[];
  readonly shipped: (path: string) => readonly Uint8Array[];
}

/** All files of the guest's disk; directories end in a slash. */
export async function pathsOf(guest: Guest): Promise<readonly string[]> {
  const argv = ["find", "/", "-xdev", "-type", "d", "-printf", "%p/\\n", "-o", "-printf", "%p\\n"];
  const [found] = await guest.run({ kind: "run", id: "paths", argv, timeoutMs: 300_000 });
  const paths = (found?.stdout ?? "").split("\n").map((path) => path.replace(/^\/\//, "/"));
  assert.ok(paths.length > 2000, `${paths.length} files`);
  return paths.filter((path) => path !== "");
}

function union(streams: readonly Uint8Array[], paths: readonly string[], guest: Guest): Accepted {
  const kernel = guest.session.kernel;
  return new Set(streams.flatMap((stream) => [...acceptedBy(stream, paths, kernel)]));
}

function headOf({ name, path }: LearnedProgram, flags: string, body: string): string {
  return `abi <abi/5.0>,\ninclude <tunables/global>\nprofile learned-${name} ${path}${flags} {\n${body}}\n`;
}

/** KERNEL 7.2: a profile without any file rule is not noted for locks (audit-events 2.3); the one that aa-genprof makes has more. */
function firstOf(one: LearnedProgram): string {
  return headOf(one, " flags=(complain)", `  ${one.path} r,\n`);
}

interface Setting {
  readonly guest: Guest;
  readonly place: Place;
  readonly scale: Scale | undefined;
}

/** Learned as it is suggested, enforced and run again. */
async function enforce(one: LearnedProgram, watched: StepResult, { guest, place, scale }: Setting): Promise<Proof> {
  const { name } = one;
  place.compile(name, firstOf(one));
  const learned = place.learn(name, watched.events);
  const enforced = place.compile(name, learned.replace(" flags=(complain)", ""));
  await load(guest, enforced);
  const again = await runOnce(guest, one);
  const refused = again.events.map((line) => line.slice(line.indexOf("apparmor=")));
  if (again.exitCode !== watched.exitCode)
    refused.push(`exit ${watched.exitCode} became ${again.exitCode}: ${again.stderr}`);
  await guest.run({ kind: "remove", id: "remove", profile: `learned-${name}` });
  const measure = scale === undefined ? undefined : measured(one, watched.events, enforced, { guest, place, scale });
  return { name, refused, measure, learned, log: watched.events };
}

function measured(
  one: LearnedProgram,
  log: readonly string[],
  enforced: readonly Uint8Array[],
  { guest, place, scale }: Setting & { readonly scale: Scale },
): Measure {
  const touched = touchedIn(log);
  const paths = [...new Set([...scale.paths, ...[...touched].map((pair) => pair.slice(0, -2))])];
  const base = union(place.compile(one.name, headOf(one, "", "  include <abstractions/base>\n")), paths, guest);
  const shipped = scale.shipped(one.path);
  return {
    learned: union(enforced, paths, guest).size,
    touched: new Set([...touched, ...base]).size,
    shipped: shipped.length === 0 ? undefined : union(shipped, paths, guest).size,
  };
}

/** Sets that learned profiles accept, at most so many times the other's. */
export const MOST = { shipped: 2, touched: 1.5 };

/** Whether it permits too much, in words. */
function excess({ measure, name }: Proof): string | undefined {
  if (measure === undefined) return undefined;
  const { learned, shipped, touched } = measure;
  const [what, most] =
    shipped === undefined ? ["touched", touched * MOST.touched] : ["shipped", shipped * MOST.shipped];
  return learned <= most ? undefined : `${name}: ${learned} accepted, at most ${most} by what is ${what}`;
}

/** Complain, learn, enforce, run again. */
async function prove(one: LearnedProgram, setting: Setting): Promise<Proof> {
  const { guest, place } = setting;
  await load(guest, place.compile(one.name, firstOf(one)));
  const watched = await runOnce(guest, one);
  const failed = (why: string): Proof => ({
    name: one.name,
    measure: undefined,
    learned: "",
    log: watched.events,
    refused: [why],
  });
  if (watched.events.length === 0) return failed("it did nothing that was logged");
  if (watched.exitCode !== 0) return failed(`it failed by itself: ${watched.exitCode} ${watched.stderr}`);
  const proof = await enforce(one, watched, setting);
  rmSync(place.path(one.name));
  return proof;
}

/** Those whose sets are too wide, in words. */
export function tooWide(proofs: readonly Proof[]): readonly string[] {
  return proofs.flatMap((proof) => excess(proof) ?? []);
}

/** Learns one program after the other. */
export async function proveLearning(
  guest: Guest,
  programs: readonly LearnedProgram[],
  scale?: Scale,
  hear: (proof: Proof) => void = () => undefined,
): Promise<readonly Proof[]> {
  const place = new Place(guest.features);
  try {
    const proofs: Proof[] = [];
    for (const one of programs) {
      const proof = await prove(one, { guest, place, scale });
      hear(proof);
      proofs.push(proof);
    }
    return proofs;
  } finally {
    place.close();
  }
}

/** What was refused, of programs of which something was. */
export function refusedIn(proofs: readonly Proof[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(proofs.filter(({ refused }) => refused.length > 0).map((one) => [one.name, one.refused]));
}

/** Makes what the programs need. */
export async function prepareGuest(guest: Guest, script: string): Promise<void> {
  const [prepared] = await guest.run({
    kind: "run",
    id: "prepare",
    argv: ["/bin/sh", "-ec", script],
    timeoutMs: 300_000,
  });
  assert.equal(prepared?.exitCode, 0, prepared?.stderr);
}

/** Debian's own profiles, compiled for the guest's kernel, by the program that they are for: shipped ones and examples. */
export function debianProfiles(
  oracle: { readonly profiles: string; readonly extraProfiles: string },
  guest: Guest,
): Scale["shipped"] {
  const settings = defaultPolicySettings({
    workingDirectory: "/",
    base: oracle.profiles,
    kernelFeatures: guest.features,
  });
  return (program) => {
    const name = SHIPPED[program];
    if (name === undefined) return [];
    const path = [join(oracle.profiles, name), join(oracle.extraProfiles, name)].find((file) => existsSync(file));
    assert.ok(path !== undefined, `Debian has no ${name}`);
    engine.forgetFiles();
    const compiled = engine.compile({ path, bytes: readFileSync(path) }, settings, files);
    assert.ok(compiled.ok, `${path}: ${compiled.diagnostics[0]?.message}`);
    return compiled.units.map(({ bytes }) => bytes);
  };
}

const SHIPPED: Readonly<Record<string, string>> = {
  "/usr/bin/curl": "curl",
  "/usr/bin/free": "free",
  "/usr/bin/hostname": "hostname",
  "/usr/bin/lsblk": "lsblk",
  "/usr/bin/nc.openbsd": "nc.openbsd",
  "/usr/bin/ping": "bin.ping",
  "/usr/bin/socat": "socat",
  "/usr/bin/tar": "tar",
  "/usr/bin/who": "who",
  "/usr/sbin/dnsmasq": "usr.sbin.dnsmasq",
};
