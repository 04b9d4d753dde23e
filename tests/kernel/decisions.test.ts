/**
 * Real operations under generated profiles: what a kernel allows is what our model says, with our binary and with that of
 * Debian's parser. A process changes to each profile and tries files, programs, links, capabilities, sockets, signals and mounts.
 */
import assert from "node:assert/strict";
import { constants, readFileSync } from "node:fs";
import { constants as system } from "node:os";
import { join } from "node:path";

import { before, test } from "node:test";
import { decide, execDestination, type Question } from "../../src/analysis/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { capabilityNumber, familyNumber, signalNumber, socketTypes } from "../../src/language/tables/index.ts";
import { type GuestFile, KERNEL_NAMES, type Step } from "../../lab/index.ts";
import { type Guest, labReady, withGuest } from "../support/lab.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import { findOracle } from "../support/oracle.ts";
import { compileText } from "../support/pipeline.ts";
import { Random, randomPolicy } from "../support/random-policy.ts";

const SCRIPT = readFileSync(join(import.meta.dirname, "../../../tests/kernel/operations.pl"));
const FOLDERS = ["a", "b", "ab"];
const NAMES = ["aab", "c", "cd", "*", "x"];
const NEW_NAMES = ["aa", "bb", "abb", "ca"];
const OTHER_USER = 1000;

/** Every file is there for everybody, so that only AppArmor refuses; every second one is another user's. */
const folders = ["", ...FOLDERS.map((a) => `/${a}`), ...FOLDERS.flatMap((a) => FOLDERS.map((b) => `/${a}/${b}`))];
const paths = folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
const isOwn = (path: string): boolean => paths.indexOf(path) % 2 === 0;

const PEERS = ["foo", "bar", "foo//bar", "fao"];
const peerPolicy =
  "profile foo { signal, profile bar { signal, } }\nprofile bar { signal, }\nprofile fao { signal, }\n";

const MOUNT_POINTS = ["/m/", "/m/x/", "/n/", "/m/x/y/"];
const mountFlags = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 0x1000 } as const;
const capabilities = "sys_admin sys_boot sys_module setgid sys_pacct sys_rawio sys_nice sys_chroot".split(" ");
const families = ["inet", "inet6", "netlink", "packet", "bluetooth"];
const types = ["stream", "dgram", "raw", "seqpacket"];

/** A question for the model, and the operation that asks the kernel the same. */
interface Trial {
  readonly question: Question;
  readonly operation: readonly (string | number)[];
}

function fileTrials(random: Random): readonly Trial[] {
  const newPaths = folders.flatMap((folder) => NEW_NAMES.map((name) => `${folder}/${name}`));
  const opens = [
    ["r", constants.O_RDONLY],
    ["w", constants.O_WRONLY],
    ["a", constants.O_WRONLY | constants.O_APPEND],
  ] as const;
  return Array.from({ length: 6 }, (): readonly Trial[] => {
    const [path, program, target] = [random.pick(paths), random.pick(paths), random.pick(paths)];
    const [letter, flags] = random.pick(opens);
    const name = newPaths.splice(random.below(newPaths.length), 1)[0] ?? "";
    return [
      { question: { kind: "file", path, letters: [letter], owner: isOwn(path) }, operation: ["file", path, flags] },
      { question: { kind: "exec", path: program, owner: isOwn(program) }, operation: ["exec", program] },
      { question: { kind: "link", path: name, target, owner: isOwn(target) }, operation: ["link", name, target] },
    ];
  }).flat();
}

function capabilityTrials(): readonly Trial[] {
  return capabilities.map((name) => ({
    question: { kind: "capability", capability: capabilityNumber(name) ?? -1 },
    operation: [name],
  }));
}

function networkTrials(random: Random): readonly Trial[] {
  return Array.from({ length: 10 }, () => {
    const [family, type] = [random.pick(families), random.pick(types)];
    return {
      question: { kind: "network", family, type, permissions: ["create"] },
      operation: ["socket", familyNumber(family) ?? -1, socketTypes.get(type) ?? -1],
    };
  });
}

function signalTrials(random: Random): readonly Trial[] {
  const names = ["hup", "term", "io", "usr1", "exists"] as const;
  const numbers = { hup: 1, term: 15, io: 29, usr1: 10, exists: 0 };
  return Array.from({ length: 10 }, () => {
    const [name, peer] = [random.pick(names), random.pick(PEERS)];
    return {
      question: { kind: "signal", permission: "send", signal: signalNumber(name) ?? -1, peer },
      operation: ["signal", `peer ${peer}`, numbers[name]],
    };
  });
}

function mountTrials(random: Random): readonly Trial[] {
  return Array.from({ length: 12 }, () => {
    const mountPoint = random.pick(MOUNT_POINTS);
    const bind = random.chance(0.3);
    const chosen = ["ro", "nosuid", "nodev", "noexec"].filter(() => random.chance(0.3));
    const flags = bind ? 0x1000 : chosen.reduce((sum, name) => sum | flagOf(name), 0);
    const source = bind ? random.pick(["/a/", "/b/", "/a/ab/"]) : random.pick(["tmpfs", "none"]);
    const fstype = random.pick(["tmpfs", "proc", "ramfs"]);
    return {
      question: { kind: "mount", mountPoint, source, fstype: bind ? undefined : fstype, flags },
      operation: ["mount", source, mountPoint, fstype, flags],
    };
  });
}

function flagOf(name: string): number {
  return Object.entries(mountFlags).find(([key]) => key === name)?.[1] ?? 0;
}

/** Rules of the classes whose random rules elsewhere are about more than one call can ask for. */
function rulesFor(random: Random, make: () => string): string {
  const rules = Array.from({ length: 1 + random.below(4) }, () => `${random.chance(0.3) ? "deny " : ""}${make()},`);
  return `profile t {\n  ${rules.join("\n  ")}\n}\n`;
}

/** One rule more that covers much of the tree: few of the random patterns meet the files that are there. */
function withBroadRule(seed: number, text: string): string {
  const random = new Random(seed);
  const pattern = random.pick(["/**", "/a/**", "/{a,b}/**", "/a*/*", "/**"]);
  return text.replace(/\}\n$/, `  ${pattern} ${random.pick(["rw", "ral", "rwlix", "rix"])},\n}\n`);
}

const optional = (random: Random, make: () => string): string => random.maybe(0.6, make) ?? "";

const classes: readonly {
  readonly text: (seed: number) => string;
  readonly trials: (random: Random) => readonly Trial[];
}[] = [
  {
    text: (seed) => withBroadRule(seed, randomPolicy(seed, ["file", "file", "file", "link"]).text),
    trials: fileTrials,
  },
  { text: (seed) => withBroadRule(seed, randomPolicy(seed, ["link"]).text), trials: fileTrials },
  { text: (seed) => randomPolicy(seed, ["signal"]).text, trials: signalTrials },
  {
    text: (seed) => {
      const random = new Random(seed);
      return rulesFor(random, () => `capability ${random.chance(0.1) ? "" : random.some(capabilities).join(" ")}`);
    },
    trials: capabilityTrials,
  },
  {
    text: (seed) => {
      const random = new Random(seed);
      const family = (): string => `${random.pick(families)} ${optional(random, () => random.pick(types))}`;
      return rulesFor(random, () => `network ${random.chance(0.15) ? random.pick(types) : optional(random, family)}`);
    },
    trials: networkTrials,
  },
  {
    text: (seed) => {
      const random = new Random(seed);
      const options = (): string =>
        `options ${random.pick(["=", " in "])}(${random.some(Object.keys(mountFlags)).join(",")})`;
      const type = (): string => `fstype=${random.pick(["tmpfs", "proc", "{tmpfs,ramfs}", "r*"])}`;
      const source = (): string => random.pick(["tmpfs", "/a/", "/a/**", "/*/", "none"]);
      const point = (): string => ` -> ${random.pick(["/m/", "/m/**", "/{m,n}/", "/m/*/", "/**"])}`;
      const parts = [type, options, source, point].map((make) => random.maybe(0.3, make) ?? "");
      return rulesFor(random, () => `mount ${parts.join(" ")}`);
    },
    trials: mountTrials,
  },
];

interface Case {
  readonly name: string;
  readonly text: string;
  readonly profile: Profile;
  readonly stream: Uint8Array;
  readonly trials: readonly Trial[];
}

/** Profiles that compile, with their trials; a refused one (conflicting exec modes) is left out. */
function casesFor(features: string): readonly Case[] {
  const tree = parseFeatures(features).tree;
  return classes.flatMap(({ text, trials }, index) =>
    Array.from({ length: 14 }, (_, round) => 900_000 + index * 1000 + round).flatMap((seed) => {
      const name = `t${seed}`;
      const source = text(seed).replace("profile t {", `profile ${name} {`);
      const compiled = compileText(source, { kernelFeatures: tree, policyFeatures: tree });
      const [profile] = compiled.model.profiles;
      if (profile === undefined || compiled.errors.length > 0) return [];
      return [{ name, text: source, profile, stream: compiled.stream(), trials: trials(new Random(seed)) }];
    }),
  );
}

/** What the model says: an exec must also lead somewhere. */
function modelAllows({ profile }: Case, { question }: Trial, world: readonly Profile[]): boolean {
  if (question.kind !== "exec") return decide(profile, question).allowed;
  const { path, owner } = question;
  return execDestination({ caller: [profile], world, path, owner }).kind !== "refused";
}

/** `setpriority` says EACCES where the others say EPERM; no call of a capability fails with it otherwise. */
function kernelAllows(trial: Trial, errno: number): boolean {
  return errno !== system.errno.EACCES && (trial.question.kind !== "capability" || errno !== system.errno.EPERM);
}

interface Asked {
  readonly cases: readonly Case[];
  /** The processes that signals go to, by their profiles. */
  readonly pids: ReadonlyMap<string, number>;
}

/** The operations as the script in the guest reads them. */
function listOf(cases: readonly Case[], pids: ReadonlyMap<string, number>): string {
  const word = (part: string | number): string | number => (typeof part === "string" ? (pids.get(part) ?? part) : part);
  return cases
    .flatMap(({ name, trials }) => trials.map(({ operation }) => `${[name, ...operation.map(word)].join("\t")}\n`))
    .join("");
}

/** Every answer of a kernel that has loaded the streams: errno by profile and number. */
async function answers(guest: Guest, asked: Asked, streams: readonly Uint8Array[]): Promise<readonly number[]> {
  const { cases, pids } = asked;
  const loads = streams.map((policy, index): Step => ({ kind: "replace", id: cases[index]?.name ?? "", policy }));
  for (const { id, errno } of await guest.run(...loads)) assert.equal(errno, undefined, id);
  const [listed] = await guest.run({ kind: "write", id: "list", path: "/srv/list", data: listOf(cases, pids) });
  assert.equal(listed?.errno, undefined);
  const argv = ["perl", "/srv/operations.pl", "/srv/list"];
  const [result] = await guest.run({ kind: "run", id: "operations", argv, timeoutMs: 120_000 });
  assert.ok(result?.exitCode === 0, result?.stderr);
  const found = result.stdout.trimEnd().split("\n");
  const count = cases.reduce((sum, { trials }) => sum + trials.length, 0);
  assert.equal(found.length, count, result.stderr);
  return found.map((line) => Number(line.split("\t")[2]));
}

const files: readonly GuestFile[] = [
  ...folders.filter((path) => path !== "").map((path) => ({ path, directory: true as const, mode: 0o777 })),
  ...MOUNT_POINTS.map((path) => ({ path: path.slice(0, -1), directory: true as const, mode: 0o777 })),
  ...paths.map((path) => ({ path, data: "text\n", mode: 0o777, uid: isOwn(path) ? 0 : OTHER_USER })),
  { path: "/srv/operations.pl", data: SCRIPT },
  { path: "/srv/list", data: "" },
];

before(labReady);

for (const kernel of KERNEL_NAMES) {
  test(`kernel ${kernel} decides as our model does, with our binary and with Debian's`, async () => {
    const oracle = await findOracle();
    if (!oracle.ok) assert.fail(oracle.error);
    await withGuest({ kernel, files }, async (guest) => {
      const tree = parseFeatures(guest.features).tree;
      const peers = compileText(peerPolicy, { kernelFeatures: tree, policyFeatures: tree });
      const ignore = "$SIG{$_} = 'IGNORE' for qw(HUP TERM IO USR1); print qq(ready\\n); sleep 1 while 1";
      await guest.run({ kind: "replace", id: "peers", policy: peers.stream() });
      const started = await guest.run(
        ...PEERS.map((peer): Step => {
          return { kind: "start", id: `peer ${peer}`, argv: ["perl", "-e", changeThen(peer, ignore)], await: "ready" };
        }),
      );
      const pids = new Map(started.map(({ id, pid }) => [id, pid ?? -1]));
      const cases = casesFor(guest.features);
      const world = [...peers.model.profiles, ...cases.map(({ profile }) => profile)];
      const theirs = compileBatch(
        oracle.value,
        cases.map(({ text }) => text),
        { kernel: guest.features, args: ["-q"] },
      );
      const asked = { cases, pids };
      const ours = await answers(
        guest,
        asked,
        cases.map(({ stream }) => stream),
      );
      const same = await answers(
        guest,
        asked,
        theirs.map(({ stream, messages }, index) => {
          assert.ok(stream, `${cases[index]?.text}${messages}`);
          return stream;
        }),
      );
      compare(cases, world, [ours, same]);
    });
  });
}

/** A program for Perl that goes under a profile by itself: the profile allows no exec. */
function changeThen(profile: string, program: string): string {
  return `$| = 1; open(my $f, '>', '/proc/self/attr/current'); syswrite($f, 'changeprofile ${profile}') or die $!; ${program}`;
}

function compare(cases: readonly Case[], world: readonly Profile[], found: readonly (readonly number[])[]): void {
  const asked = cases.flatMap((each) => each.trials.map((trial) => ({ each, trial })));
  const differences: string[] = [];
  const counts = new Map<string, number>();
  for (const [index, { each, trial }] of asked.entries()) {
    const wanted = modelAllows(each, trial, world);
    const key = `${trial.question.kind} ${wanted}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [way, answer] of found.entries()) {
      const errno = answer[index] ?? -1;
      if (kernelAllows(trial, errno) !== wanted) {
        const who = way === 0 ? "our binary" : "Debian's";
        differences.push(`${each.text}${JSON.stringify(trial.question)}: errno ${errno} with ${who}, model ${wanted}`);
      }
    }
  }
  assert.deepEqual(differences.slice(0, 10), [], `${differences.length} differences`);
  assert.ok(asked.length >= 700, `only ${asked.length} questions`);
  for (const kind of ["file", "exec", "link", "capability", "network", "signal", "mount"]) {
    for (const answer of [true, false]) assert.ok((counts.get(`${kind} ${answer}`) ?? 0) >= 5, `${kind} ${answer}`);
  }
}
