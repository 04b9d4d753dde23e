/** Two engines, one answer: rules weighed one by one, and the automata a kernel would walk. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type ExecChoice, type FileLetter, type Question, decide } from "../../src/analysis/monitor/index.ts";
import { compilePolicy } from "../../src/compiler/compile/index.ts";
import {
  type CompiledProfile,
  XINDEX_CHILD,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
} from "../../src/compiler/compiled/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import type { Profile } from "../../src/language/model/index.ts";
import { randomPolicy } from "../support/random-policy.ts";
import { Random } from "../support/random.ts";
import { askKernel, execIndex } from "../support/simulated-kernel.ts";

const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
const options = { kernelFeatures: features, policyFeatures: features, overrideFeatures: features };

const LETTERS: readonly FileLetter[] = ["r", "w", "a", "c", "d", "k", "m", "x", "l"];
const SOCKET = "create bind listen accept connect shutdown getattr setattr getopt setopt send receive".split(" ");
const LABELS = ["foo", "bar", "foo//bar", "fao", "baz", "f", "unconfined", "&foo", ":ns:foo"];

function path(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(["a", "b", "ab", "aab", "c", "cd", "*", "x"]),
  );
  return `/${parts.join("/")}${random.chance(0.15) ? "/" : ""}`;
}

type Asker = (random: Random) => Question;

const ASKERS: Readonly<Record<string, readonly Asker[]>> = {
  file: [
    (random) => ({ kind: "file", path: path(random), letters: LETTERS, owner: random.chance(0.5) }),
    (random) => ({ kind: "exec", path: path(random), owner: random.chance(0.5) }),
  ],
  link: [(random) => ({ kind: "link", path: path(random), target: path(random), owner: random.chance(0.5) })],
  change_profile: [
    (random) => ({
      kind: "change_profile",
      target: random.pick([...LABELS, path(random)]),
      onExec: random.chance(0.5),
    }),
  ],
  capability: [(random) => ({ kind: "capability", capability: random.pick([0, 5, 21, 33, 39, 7]) })],
  network: [
    (random) => ({
      kind: "network",
      family: random.pick(["inet", "inet6", "netlink", "packet", "bluetooth"]),
      type: random.pick(["stream", "dgram", "raw", "seqpacket"]),
      permissions: SOCKET,
    }),
  ],
  unix: [
    (random) => ({
      kind: "unix",
      type: random.pick(["stream", "dgram", "seqpacket"]),
      permissions: SOCKET,
      address: random.pick([null, "@a", "@ab", "@b", "@zx", "@a/x", "@0a1b2"]),
      peerAddress: random.pick([null, "@p", "@pq", "@q"]),
      peerLabel: random.pick(LABELS),
    }),
  ],
  mount: [
    (random) => ({
      kind: "mount",
      mountPoint: random.pick(["/m", "/m/x", "/m/", "/n/", "/m/x/y", "/q"]),
      source: random.maybe(0.8, () => random.pick(["/a", "/bb", "/a/b/c", "tmpfs", "/c"])),
      fstype: random.pick(["ext4", "tmpfs", "fuse", "proc"]),
      flags: random
        .some([0x1, 0x2, 0x4, 0x8, 0x20, 0x1000, 0x2000, 0x4000, 0x100000, 0x40000, 0x80000, 0x200000])
        .slice(0, random.below(4))
        .reduce((sum, bit) => sum | bit, 0),
    }),
    (random) => ({ kind: "umount", mountPoint: random.pick(["/m", "/m/x", "/n/", "/q"]) }),
    (random) => ({
      kind: "pivot_root",
      newRoot: random.pick(["/m", "/n/"]),
      oldRoot: random.pick(["/a", "/old/x", "/b"]),
    }),
  ],
  signal: [
    (random) => ({
      kind: "signal",
      permission: random.pick(["send", "receive"]),
      signal: random.pick([1, 9, 15, 35, 131, 29, 160, 3]),
      peer: random.pick(LABELS),
    }),
  ],
  ptrace: [
    (random) => ({
      kind: "ptrace",
      permission: random.pick(["trace", "tracedby", "read", "readby"]),
      peer: random.pick(LABELS),
    }),
  ],
  dbus: [
    (random) => ({
      kind: "dbus",
      permission: random.pick(["send", "receive", "bind", "eavesdrop"]),
      bus: random.pick(["system", "session", "x"]),
      name: random.pick(["org.x", "org.z", ":1.7"]),
      label: random.pick(LABELS),
      path: random.pick(["/a", "/a/b", "/x/y", "//x/y"]),
      interface: random.pick(["a.b", "a.c", "b"]),
      member: random.pick(["M", "GetX", "Other"]),
    }),
  ],
  io_uring: [
    (random) => ({
      kind: "io_uring",
      permission: random.pick(["sqpoll", "override_creds"]),
      label: random.pick(LABELS),
    }),
  ],
  userns: [() => ({ kind: "userns" })],
};

function questions(random: Random, kinds: readonly string[]): readonly Question[] {
  return kinds.flatMap((kind) => (ASKERS[kind] ?? []).flatMap((ask) => Array.from({ length: 12 }, () => ask(random))));
}

/** The compiled form of the one profile; `undefined` when it is refused, as conflicts are. */
function compiled(policy: ReturnType<typeof randomPolicy>["policy"]): CompiledProfile | undefined {
  return compilePolicy(policy, options).value[0]?.profiles[0];
}

function compare(profile: Profile, table: CompiledProfile, question: Question): void {
  const weighed = decide(profile, question);
  const walked = askKernel(table, question);
  const own = question.kind === "link" ? (weighed.allowed ? ["l"] : []) : weighed.granted;
  assert.deepEqual([...own], [...walked], JSON.stringify(question));
  if (question.kind !== "exec" || weighed.exec === undefined) return;
  assert.equal(shapeOfChoice(weighed.exec.choice), shapeOfIndex(execIndex(table, question)), JSON.stringify(question));
}

/** Scrubbing, fallback and where the search goes, as one text; names are numbers in the tables. */
function shapeOfChoice({ mode, target }: ExecChoice): string {
  const { transition, fallback, safe } = mode;
  const search =
    target !== undefined ? "named" : transition === "profile" || transition === "child" ? transition : "none";
  const inherit = fallback === "inherit" || transition === "inherit";
  // A plain target is a name of the table, whatever the mode before it.
  const unconfined = fallback === "unconfined" || (transition === "unconfined" && target === undefined);
  return [search, inherit && "i", unconfined && "u", !safe && transition !== "inherit" && "unsafe"].join(" ");
}

function shapeOfIndex(index: number): string {
  const kind = index & XINDEX_TYPE;
  const child = (index & XINDEX_CHILD) !== 0 ? "child" : "profile";
  const search = kind === XINDEX_TABLE ? "named" : kind === XINDEX_NAME ? child : "none";
  const bits = [index & XINDEX_INHERIT && "i", index & XINDEX_UNCONFINED && "u", index & XINDEX_UNSAFE && "unsafe"];
  return [search, ...bits.map((bit) => bit || false)].join(" ");
}

for (const kinds of [
  ["file", "link", "change_profile"],
  ["capability"],
  ["network", "unix"],
  ["mount"],
  ["signal", "ptrace"],
  ["dbus"],
  ["io_uring", "userns"],
]) {
  test(`rules and automata give the same answers: ${kinds.join(", ")}`, () => {
    let asked = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const made = randomPolicy(seed, kinds);
      const [profile] = made.policy.profiles;
      const table = compiled(made.policy);
      if (profile === undefined || table === undefined) continue;
      const random = new Random(seed * 7919);
      for (const question of questions(random, kinds)) {
        asked += 1;
        try {
          compare(profile, table, question);
        } catch (error) {
          throw new Error(`seed ${seed}\n${made.text}${String(error)}`, { cause: error });
        }
      }
    }
    assert.ok(asked > 500);
  });
}
