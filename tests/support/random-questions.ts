/** Single accesses to ask random policies about. */
import type { FileLetter, Question } from "../../src/analysis/monitor/index.ts";
import type { Random } from "./random.ts";

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
      program: random.chance(0.5) ? path(random) : undefined,
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

/** Twelve questions of every sort for each kind of rule; paths and labels are those that random policies speak of, and others near them. */
export function randomQuestions(random: Random, kinds: readonly string[]): readonly Question[] {
  return kinds.flatMap((kind) => (ASKERS[kind] ?? []).flatMap((ask) => Array.from({ length: 12 }, () => ask(random))));
}
