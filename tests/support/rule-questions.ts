/** Questions near what a profile says: accesses that its rules match, and the same with a byte changed. */
import type { FileLetter, Question } from "../../src/analysis/monitor/index.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";
import { type GlobNode, hasByte, parseGlob, slashes } from "../../src/language/globs/index.ts";
import type { Operand, Profile, Rule } from "../../src/language/model/index.ts";
import { mountOptions } from "../../src/language/tables/index.ts";
import type { Random } from "./random.ts";

const LETTERS: readonly FileLetter[] = ["r", "w", "a", "c", "d", "k", "m", "x", "l"];
const SOCKET = "create bind listen accept connect shutdown getattr setattr getopt setopt send receive".split(" ");
const LIKED = [...encodeBytes("abcdelnorst0189-._/")];
const ANY = [...LIKED, ...encodeBytes(" @%\\*[]{}\"'é\x01\xff~")];

/** Bytes that a pattern matches; `undefined`: it matches nothing that we found. */
function memberBytes(node: GlobNode, random: Random): readonly number[] | undefined {
  switch (node.kind) {
    case "literal":
      return [...node.bytes];
    case "set": {
      const byte = memberOf(node, random);
      return byte === undefined ? undefined : [byte];
    }
    case "star": {
      const bytes = Array.from({ length: random.below(4) }, () => memberOf(node, random));
      return bytes.filter((byte) => byte !== undefined);
    }
    case "alternative":
      return memberBytes(random.pick(node.branches), random);
    case "sequence": {
      const parts = node.parts.map((part) => memberBytes(part, random));
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
    }
  }
}

function memberOf(node: Extract<GlobNode, { kind: "set" | "star" }>, random: Random): number | undefined {
  const takes = (byte: number): boolean => byte !== 0 && hasByte(node.set, byte) !== node.negated;
  const liked = LIKED.filter(takes);
  if (liked.length > 0 && random.chance(0.8)) return random.pick(liked);
  const all = Array.from({ length: 255 }, (_, at) => at + 1).filter(takes);
  return all.length === 0 ? undefined : random.pick(all);
}

/** Something a pattern matches, or nearly: every third time a byte is another, one more or one less. */
function sample(random: Random, operand: Operand | undefined, otherwise: readonly string[], isPath = false): string {
  const text = operand?.text ?? random.pick(otherwise);
  const parsed = parseGlob(isPath ? slashes(text) : text, { nul: false });
  const bytes = parsed.ok ? memberBytes(parsed.value, random) : undefined;
  if (bytes === undefined || bytes.length === 0) return random.pick(otherwise);
  return decodeBytes(Uint8Array.from(random.chance(0.33) ? changed(random, bytes) : bytes));
}

function changed(random: Random, bytes: readonly number[]): readonly number[] {
  const at = 1 + random.below(bytes.length);
  const byte = random.pick(ANY);
  return random.pick([
    bytes.toSpliced(at, 1, byte),
    bytes.toSpliced(at, 0, byte),
    bytes.length > 2 ? bytes.toSpliced(at, 1) : bytes,
    [...bytes, ...encodeBytes(random.pick(["/", "x", "/x", "//", ".so", "s"]))],
  ]);
}

const PATHS = ["/", "/etc/passwd", "/usr/bin/a", "/tmp/x.y", "/proc/1/attr/current", "/dev/null", "/home/a/.b"];
const LABELS = ["unconfined", "a", "foo//bar", "/usr/bin/x", "dbus-daemon", "snap.a.b", "a//&b"];
const NAMES = ["org.a.b", ":1.7", "org.freedesktop.DBus", "x"];

type Maker<K extends Rule["kind"]> = (random: Random, rule: Extract<Rule, { kind: K }>) => Question;

const fileMaker: Maker<"file"> = (random, rule) => {
  const path = sample(random, rule.path, PATHS, true);
  const owner = random.chance(0.5);
  if (rule.linkTarget !== undefined || random.chance(0.1)) {
    return { kind: "link", path, target: sample(random, rule.linkTarget, [...PATHS, path], true), owner };
  }
  return { kind: "file", path, letters: [random.pick(LETTERS)], owner };
};

const makers: { readonly [K in Rule["kind"]]?: Maker<K> } = {
  file: fileMaker,
  link: (random, rule) => ({
    kind: "link",
    path: sample(random, rule.path, PATHS, true),
    target: sample(random, rule.target, PATHS, true),
    owner: random.chance(0.5),
  }),
  change_profile: (random, rule) => ({
    kind: "change_profile",
    target: sample(random, rule.target, LABELS),
    onExec: random.chance(0.5),
    program: random.chance(0.5) ? sample(random, rule.exec, PATHS, true) : undefined,
  }),
  network: (random, rule) => ({
    kind: "network",
    family:
      random.chance(0.7) && rule.family !== undefined && rule.family !== "unix"
        ? rule.family
        : random.pick(["inet", "inet6", "netlink", "packet", "vsock"]),
    type:
      random.chance(0.7) && rule.type !== undefined ? rule.type : random.pick(["stream", "dgram", "raw", "seqpacket"]),
    permissions: [random.pick(SOCKET)],
  }),
  unix: (random, rule) => {
    const address = (operand: Operand | undefined): string | null => {
      if (operand === undefined || operand.text === "none" || operand.text === "auto")
        return random.pick([null, "@a", "@/tmp/x", "@0a1b2"]);
      return `@${sample(random, { ...operand, text: operand.text.slice(1) }, ["a"])}`;
    };
    return {
      kind: "unix",
      type: random.chance(0.7) && rule.type !== undefined ? rule.type : random.pick(["stream", "dgram", "seqpacket"]),
      permissions: [random.pick(SOCKET)],
      address: address(rule.address),
      peerAddress: address(rule.peerAddress),
      peerLabel: sample(random, rule.peerLabel, LABELS),
    };
  },
  mount: (random, rule) => {
    if (rule.verb === "umount") return { kind: "umount", mountPoint: sample(random, rule.target, PATHS, true) };
    if (rule.verb === "pivot_root") {
      return {
        kind: "pivot_root",
        newRoot: sample(random, rule.target, PATHS, true),
        oldRoot: sample(random, rule.oldRoot, PATHS, true),
      };
    }
    const words = random.chance(0.7)
      ? [...(rule.options[0] ?? rule.optionsIn[0] ?? [])]
      : random.some([...mountOptions.keys()]).slice(0, 2);
    return {
      kind: "mount",
      mountPoint: sample(random, rule.target, PATHS, true),
      source: random.chance(0.2) ? undefined : sample(random, rule.source, [...PATHS, "none", "tmpfs"], true),
      fstype: sample(random, rule.fstypes[0], ["ext4", "tmpfs", "proc", "fuse.x"]),
      flags: words.reduce((bits, word) => bits | (mountOptions.get(word)?.set ?? 0), 0),
    };
  },
  signal: (random, rule) => ({
    kind: "signal",
    permission: random.pick(["send", "receive"]),
    signal:
      rule.signals !== undefined && random.chance(0.7) ? random.pick(rule.signals) : random.pick([1, 9, 15, 35, 131]),
    peer: sample(random, rule.peer, LABELS),
  }),
  ptrace: (random, rule) => ({
    kind: "ptrace",
    permission: random.pick(["trace", "read", "tracedby", "readby"]),
    peer: sample(random, rule.peer, LABELS),
  }),
  dbus: (random, rule) => {
    const permission = random.pick(["send", "receive", "bind", "eavesdrop"] as const);
    return {
      kind: "dbus",
      permission,
      bus: sample(random, rule.bus, ["system", "session", "x"]),
      name: sample(random, permission === "bind" ? rule.name : rule.peerName, NAMES),
      label: sample(random, rule.peerLabel, LABELS),
      path: sample(random, rule.path, PATHS, true),
      interface: sample(random, rule.interface, NAMES),
      member: sample(random, rule.member, ["Get", "x", "Hello"]),
    };
  },
  io_uring: (random, rule) => ({
    kind: "io_uring",
    permission: random.pick(["sqpoll", "override_creds"]),
    label: sample(random, rule.label, LABELS),
  }),
  userns: () => ({ kind: "userns" }),
};

/** Rules that stand in for those a profile does not have, so that every class is asked about everywhere. */
const strangers: readonly Question[] = [
  { kind: "userns" },
  { kind: "io_uring", permission: "sqpoll", label: "unconfined" },
  { kind: "signal", permission: "receive", signal: 15, peer: "unconfined" },
  { kind: "ptrace", permission: "readby", peer: "unconfined" },
  { kind: "umount", mountPoint: "/mnt/" },
  { kind: "network", family: "inet", type: "stream", permissions: ["create"] },
  { kind: "network", family: "netlink", type: "raw", permissions: ["send"] },
  { kind: "change_profile", target: "unconfined", onExec: false },
  { kind: "file", path: "/proc/1/attr/apparmor/current", letters: ["w"], owner: true },
];

function make<K extends Rule["kind"]>(random: Random, rule: Extract<Rule, { kind: K }>): Question | undefined {
  const maker: Maker<K> | undefined = makers[rule.kind];
  return maker?.(random, rule);
}

/** One question: about a rule of the profile, kinds with equal weight, or about something it need not mention. */
export function questionNear(profile: Profile, random: Random): Question {
  if (random.chance(0.1)) return random.pick(strangers);
  const kinds = [...new Set(profile.rules.map(({ kind }) => kind))].filter((kind) => kind in makers);
  if (kinds.length === 0) return random.pick(strangers);
  // half of all questions are about files, as most rules are
  const kind = kinds.includes("file") && random.chance(0.4) ? "file" : random.pick(kinds);
  return make(random, random.pick(profile.rules.filter((rule) => rule.kind === kind))) ?? random.pick(strangers);
}
